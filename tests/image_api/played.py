"""The services that the stand-in plays, and what is painted with at each."""

from dataclasses import dataclass

from bot.image_api.catalogue.catalogue import Catalogue
from bot.image_api.catalogue.facts import ModelFacts
from bot.model import Endpoint

FIVE_SIZES = ("1024x1024", "1536x1024", "1024x1536", "1024x768", "512x512")


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """`paints` and `edits` are the models for that, None where no picture can be edited."""

    name: str
    paints: str
    edits: str | None = None
    size: str = "1536x1024"
    most: int = 2


PLAYED = (
    Played(name="openai", paints="gpt-image-2", edits="gpt-image-2"),
    Played(name="azure", paints="painter", edits="painter"),
    Played(name="azure-v1", paints="painter", edits="painter"),
    Played(name="aimlapi", paints="flux/schnell", edits="flux/dev/image-to-image", size="1024x768"),
    Played(name="yescale", paints="flux-kontext-pro", edits="gpt-image-1.5"),
    Played(name="litellm", paints="gpt-image-2", edits="gpt-image-2"),
    Played(name="localai", paints="stablediffusion"),
    Played(name="sd-server", paints="sd-cpp-local", edits="sd-cpp-local"),
    Played(name="vllm-omni", paints="Qwen/Qwen-Image", edits="Qwen/Qwen-Image"),
    Played(name="sglang", paints="black-forest-labs/FLUX.1-dev", edits="black-forest-labs/FLUX.1-dev"),
    Played(name="xai", paints="grok-imagine-image", edits="grok-imagine-image"),
    Played(name="together", paints="black-forest-labs/FLUX.1-schnell"),
    Played(name="gemini", paints="gemini-2.5-flash-image", size=""),
)


def _plain(model_id: str) -> ModelFacts:
    return ModelFacts(id=model_id, sizes=FIVE_SIZES, count_max=4)


def _flux(model_id: str, endpoint: Endpoint) -> ModelFacts:
    """AI/ML API's Flux: a picture to start from stands among the words."""
    names = {"n": "num_images", "size": "image_size"}
    if endpoint is Endpoint.EDITS:
        names["image"] = "image_url"
    return ModelFacts(
        id=model_id,
        endpoints=frozenset({endpoint}),
        sizes=FIVE_SIZES,
        count_max=4,
        response_formats=(),
        names=names,
        size_form="object",
    )


# Sizes that the tests ask for, as the catalogue or an owner's file would name them.
_ALL = (
    _flux("flux/schnell", Endpoint.GENERATIONS),
    _flux("flux/dev/image-to-image", Endpoint.EDITS),
    *(_plain(played.paints) for played in PLAYED if played.name != "aimlapi"),
    _plain("gpt-image-1.5"),
)
FACTS = Catalogue(near={facts.id: facts for facts in _ALL}, openai={}, offered=(), families={})
