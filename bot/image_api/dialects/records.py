"""The services we know, one record each.

Sources are the providers' own documents and source code, read in November 2026; where a record follows anything else,
it says so. Nothing here was tried against a paid service.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.image_api.dialects.dialect import Dialect, Route

_LISTS = frozenset({Route.MODELS, Route.MODEL})
_PAINTS = _LISTS | {Route.GENERATIONS}
_EDITS = _PAINTS | {Route.EDITS}
# What every service takes that has a documented list of fields.
_PLAIN = frozenset({"model", "prompt", "n", "size", "response_format"})


def _openai_pictures(sources: Sequence[object], mask: object) -> Mapping[str, Any]:
    """OpenAI: Create image edit, the JSON body."""
    fields: dict[str, Any] = {"images": [{"image_url": source} for source in sources]}
    return fields if mask is None else fields | {"mask": {"image_url": mask}}


def _xai_pictures(sources: Sequence[object], mask: object) -> Mapping[str, Any]:
    """xAI: Image edit. One source is `image`, several are `images`; the two exclude each other."""
    pictures = [{"type": "image_url", "url": source} for source in sources]
    fields: dict[str, Any] = {"image": pictures[0]} if len(pictures) == 1 else {"images": pictures}
    return fields if mask is None else fields | {"mask": {"type": "image_url", "url": mask}}


# Variations are gone since the DALL·E models were retired: their route answers an empty 404. `moderation` of an edit
# exists in the JSON body alone.
OPENAI = Dialect(
    name="openai",
    title="OpenAI",
    hosts=r"(?:\w+\.)?api\.openai\.com",
    needs_key=True,
    routes=_EDITS | {Route.MODERATIONS},
    edit_pictures=_openai_pictures,
    json_only=frozenset({"moderation"}),
    data_url_max_chars=20_971_520,
    streams=True,
    has_shutdown_dates=True,
)

# Microsoft: `output_format` is png or jpeg, though the models behind know WebP.
_AZURE_FORMATS = ("png", "jpeg")
_AZURE_HOSTS = r"[\w-]+\.(?:openai|cognitiveservices|services\.ai)\.azure\.(?:com|us|cn)"

AZURE_V1 = Dialect(
    name="azure-v1",
    title="Azure OpenAI (v1)",
    hosts=_AZURE_HOSTS,
    address=r"/openai/v1(?:/|$)",
    base_path="/openai/v1",
    key_header="api-key",
    key_prefix="",
    needs_key=True,
    routes=_EDITS,
    has_deployments=True,
    formats=_AZURE_FORMATS,
    streams=True,
)

# The deployment stands in the path, and a `model` in the body breaks gpt-image-2 (LiteLLM issue 26316). Microsoft:
# Models - List names what could be deployed, not what is. A key goes into `api-key`; Microsoft's page for learners
# says only «the authorization key in the header».
AZURE = Dialect(
    name="azure",
    title="Azure OpenAI (deployments)",
    hosts=_AZURE_HOSTS,
    base_path="/openai",
    paths={
        Route.GENERATIONS: "deployments/{model}/images/generations",
        Route.EDITS: "deployments/{model}/images/edits",
    },
    query={"api-version": "2025-04-01-preview"},
    key_header="api-key",
    key_prefix="",
    needs_key=True,
    routes=_EDITS,
    has_deployments=True,
    formats=_AZURE_FORMATS,
    sends_model=False,
    streams=True,
)

# The count and size of Flux models have other names: those stand in the models' records. AI/ML API's page on DALL·E 2
# takes prompts of 4,000 characters, writes «201 No content» and sends `quality` and `style`; its own schema of that
# model says 1,000 characters and has neither field, so the catalogue does, too, and any 2xx counts. One model is
# described outside of /v1.
AIMLAPI = Dialect(
    name="aimlapi",
    title="AI/ML API",
    hosts=r"api\.aimlapi\.com",
    paths={Route.MODEL: "../model/{model}"},
    needs_key=True,
    routes=_EDITS,
    provider="aimlapi",
)

# YEScale's page on DALL·E 3 has the texts of three rows shifted: under `style` stands the list of sizes, under `user`
# that of styles, and under `size` that of dall-e-2. They mean what they mean at OpenAI (style: vivid or natural;
# user: any id), and its «optional» Authorization is needed. Flux is painted in the same form. Which of the other
# routes exist is not shown.
YESCALE = Dialect(
    name="yescale",
    title="YEScale",
    hosts=r"api\.yescale\.io",
    needs_key=True,
    unsure=frozenset({Route.MODELS, Route.MODEL, Route.EDITS, Route.VARIATIONS, Route.MODERATIONS}),
    provider="yescale",
)

LITELLM = Dialect(
    name="litellm",
    title="LiteLLM proxy",
    routes=_EDITS | {Route.MODERATIONS},
)

# A bad size is painted as 512x512 without a word, and `|` in a prompt begins what shall not be painted.
LOCALAI = Dialect(
    name="localai",
    title="LocalAI",
    routes=_PAINTS | {Route.MODERATIONS},
    takes=_PLAIN | {"quality"},
    asks_for_base64=True,
    provider="localai",
)

# stable-diffusion.cpp (routes_openai.cpp): `model`, `quality` and `response_format` are ignored, and a null is a 500.
# Older releases take sources as `image[]` only, also a single one.
SD_SERVER = Dialect(
    name="sd-server",
    title="stable-diffusion.cpp (sd-server)",
    routes=_EDITS - {Route.MODEL},
    takes=frozenset({"model", "prompt", "n", "size", "output_format", "output_compression", "mask"}),
    never_in_prompt=("<sd_cpp_extra_args>", "</sd_cpp_extra_args>"),
    source_field="image[]",
    provider="sd-server",
)

# Several sources come as repeated `image` fields.
VLLM_OMNI = Dialect(
    name="vllm-omni",
    title="vLLM-Omni",
    routes=_EDITS - {Route.MODEL},
    takes=_PLAIN | {"output_format", "output_compression", "background", "user"},
    list_field="image",
    provider="vllm-omni",
)

# Its own choice between link and base64 changed from one version to the next, so it is always told. Links are
# relative.
SGLANG = Dialect(
    name="sglang",
    title="SGLang Diffusion",
    routes=_EDITS,
    takes=_PLAIN | {"quality", "style", "background", "output_format", "output_compression", "user"},
    asks_for_base64=True,
    provider="sglang",
)

# xAI: Image generation and Image edit list every field. Forms are not read at all.
XAI = Dialect(
    name="xai",
    title="xAI",
    hosts=r"(?:[\w-]+\.)?api\.x\.ai",
    needs_key=True,
    routes=_EDITS,
    takes=_PLAIN | {"quality", "user", "mask"},
    names={"size": "aspect_ratio"},
    size_form="ratio_and_resolution",
    asks_for_base64=True,
    edits_as_form=False,
    edit_pictures=_xai_pictures,
    sources_max=3,
    provider="xai",
)

TOGETHER = Dialect(
    name="together",
    title="Together",
    hosts=r"api\.together\.(?:ai|xyz)",
    needs_key=True,
    routes=_PAINTS - {Route.MODEL},
    takes=_PLAIN,
    size_form="edges",
    base64_word="base64",
    asks_for_base64=True,
    provider="together",
)

GEMINI = Dialect(
    name="gemini",
    title="Gemini (OpenAI form)",
    hosts=r"generativelanguage\.googleapis\.com",
    base_path="/v1beta/openai",
    id_prefix="models/",
    needs_key=True,
    routes=_PAINTS,
    takes=frozenset({"model", "prompt", "n", "response_format"}),
    asks_for_base64=True,
    provider="gemini",
)

COMPATIBLE = Dialect(
    name="compatible",
    title="OpenAI-compatible",
    unsure=frozenset({Route.EDITS, Route.VARIATIONS, Route.MODERATIONS}),
    streams=True,
)

DIALECTS: Mapping[str, Dialect] = {
    record.name: record
    for record in (
        OPENAI,
        AZURE_V1,
        AZURE,
        AIMLAPI,
        YESCALE,
        LITELLM,
        LOCALAI,
        SD_SERVER,
        VLLM_OMNI,
        SGLANG,
        XAI,
        TOGETHER,
        GEMINI,
        COMPATIBLE,
    )
}
