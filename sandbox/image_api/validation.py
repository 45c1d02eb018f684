"""Orders for pictures: what a call must say for each model, as OpenAI's reference has it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.image_api.errors import ApiError, invalid_value, missing, unknown_model, unsupported_value
from sandbox.image_api.fields import Fields
from sandbox.image_api.forms import Form, Upload
from sandbox.image_api.models import Family, Model, PictureRules
from sandbox.image_api.sources import check_markup, check_mask, check_sources

USER = frozenset({"user", "safety_identifier"})
SHARED = USER | {"model", "n", "size"}
GPT_IMAGE = SHARED | {
    "prompt",
    "quality",
    "background",
    "output_format",
    "output_compression",
    "stream",
    "partial_images",
}
FIELDS = {
    ("generations", Family.GPT_IMAGE): GPT_IMAGE | {"moderation"},
    ("generations", Family.DALL_E): SHARED | {"prompt", "quality", "response_format"},
    ("edits", Family.GPT_IMAGE): GPT_IMAGE,
    ("edits", Family.DALL_E): SHARED | {"prompt", "response_format"},
    ("variations", Family.DALL_E): SHARED | {"response_format"},
    ("generations", Family.FOREIGN): SHARED | {"prompt", "response_format", "quality", "output_format"},
    ("edits", Family.FOREIGN): SHARED | {"prompt", "response_format", "quality", "output_format"},
}
SIZE = re.compile(r"([1-9]\d{1,4})x([1-9]\d{1,4})")
EDGE_STEP_PX = 16
EDGE_MAX_PX = 3840
PIXELS_MIN, PIXELS_MAX = 655_360, 8_294_400
RATIO_MAX = 3
USER_MAX_CHARS = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to paint. If you hold one, the model takes it as it is."""

    route: str
    model: Model
    rules: PictureRules
    prompt: str
    count: int
    width_px: int
    height_px: int
    quality: str
    output_format: str
    compression: int
    transparent: bool
    as_url: bool
    streams: bool = False
    previews: int = 0
    sources: tuple[Upload, ...] = ()
    mask: Upload | None = None
    markup: Upload | None = None

    @property
    def size(self) -> str:
        return f"{self.width_px}x{self.height_px}"


def check_order(route: str, form: Form, models: Mapping[str, Model]) -> Order:
    """The order that a call makes. `form` has the pictures of a JSON body among its uploads already.

    Raises:
        ApiError: 400 or 404, in OpenAI's words.
    """
    fields = Fields(form)
    model, rules = _model(route, fields, models)
    fields.allow_only(_allowed(route, form, rules))
    sources, mask, markup = _pictures(route, form, rules)
    prompt = "" if route == "variations" else fields.required_text("prompt", max_chars=rules.prompt_max_chars)
    output_format = "png"
    if rules.family is not Family.DALL_E:
        output_format = fields.choice("output_format", ("png", "jpeg", "webp"), default="png")
    width_px, height_px = _size(fields, rules, sources)
    _check_minor(fields, rules)
    count = fields.integer("n", least=1, most=rules.most_pictures, default=1)
    streams, previews = _streaming(fields, count)
    return Order(
        route=route,
        model=model,
        rules=rules,
        prompt=prompt,
        count=count,
        width_px=width_px,
        height_px=height_px,
        quality=_quality(fields, rules),
        output_format=output_format,
        compression=_compression(fields, output_format),
        transparent=_transparent(fields, output_format),
        as_url=_as_url(fields, rules),
        streams=streams,
        previews=previews,
        sources=sources,
        mask=mask,
        markup=markup,
    )


def _model(route: str, fields: Fields, models: Mapping[str, Model]) -> tuple[Model, PictureRules]:
    name = fields.required_text("model", max_chars=200)
    model = models.get(name)
    if model is None:
        raise unknown_model(name)
    painters = [known for known, one in models.items() if one.rules is not None and _serves(one.rules, route)]
    if model.rules is None or not _serves(model.rules, route):
        raise unsupported_value("model", name, painters)
    return model, model.rules


def _serves(rules: PictureRules, route: str) -> bool:
    return {"generations": True, "edits": rules.edits, "variations": rules.variations}[route]


def _allowed(route: str, form: Form, rules: PictureRules) -> frozenset[str]:
    names = FIELDS[route, rules.family]
    if route == "edits" and rules.family is Family.GPT_IMAGE and not form.is_multipart:
        names |= {"images", "mask", "moderation"}
    if rules.styles:
        names |= {"style"}
    if rules.complexities:
        names |= {"complexity"}
    if route == "edits" and rules.input_fidelities:
        names |= {"input_fidelity"}
    return names


def _streaming(fields: Fields, count: int) -> tuple[bool, int]:
    """Whether the answer is streamed, and with how many partial pictures."""
    streams = fields.flag("stream")
    previews = fields.integer("partial_images", least=0, most=3, default=0)
    if previews and not streams:
        raise invalid_value("partial_images", "Partial images are only supported when 'stream' is true.")
    if streams and count > 1:  # what OpenAI does then is written nowhere
        raise ApiError(501, "This stand-in streams one picture a call.", kind="not_implemented", param="n")
    return streams, previews


def _pictures(route: str, form: Form, rules: PictureRules) -> tuple[tuple[Upload, ...], Upload | None, Upload | None]:
    """Sources, mask and markup."""
    if route == "generations":
        return (), None, None
    sources = tuple(upload for upload in form.uploads if upload.field in ("image", "image[]", "images"))
    masks = [upload for upload in form.uploads if upload.field == "mask"]
    markups = [upload for upload in form.uploads if upload.field == "markup" and rules.markup]
    strangers = [upload.field for upload in form.uploads if upload not in (*sources, *masks, *markups)]
    Fields(Form(dict.fromkeys(strangers, ""))).allow_only(())
    if not sources:
        raise missing("image" if form.is_multipart else "images")
    check_sources(sources, rules, has_mask=bool(masks))
    if masks and markups:
        raise invalid_value("markup", "'markup' cannot be used together with 'mask'.")
    for mask in masks[:1]:
        check_mask(mask, sources[0])
    for markup in markups[:1]:
        check_markup(markup, sources[0])
    return sources, next(iter(masks), None), next(iter(markups), None)


def _size(fields: Fields, rules: PictureRules, sources: tuple[Upload, ...]) -> tuple[int, int]:
    asked = fields.text("size", max_chars=100) or ("auto" if "auto" in rules.sizes else "1024x1024")
    if asked == "auto" and asked in rules.sizes:
        return _auto_size(sources)
    match = SIZE.fullmatch(asked)
    if match is None or (asked not in rules.sizes and not rules.free_sizes):
        raise unsupported_value("size", asked, rules.sizes)
    width_px, height_px = int(match[1]), int(match[2])
    if rules.free_sizes:
        _check_free_size(asked, width_px, height_px)
    return width_px, height_px


def _check_free_size(asked: str, width_px: int, height_px: int) -> None:
    short_px, long_px = sorted((width_px, height_px))
    problem = None
    if width_px % EDGE_STEP_PX or height_px % EDGE_STEP_PX:
        problem = f"width and height must be divisible by {EDGE_STEP_PX}"
    elif long_px > EDGE_MAX_PX:
        problem = f"no edge may be longer than {EDGE_MAX_PX} pixels"
    elif long_px > RATIO_MAX * short_px:
        problem = "the aspect ratio must be between 1:3 and 3:1"
    elif not PIXELS_MIN <= width_px * height_px <= PIXELS_MAX:
        problem = f"the picture must have between {PIXELS_MIN} and {PIXELS_MAX} pixels"
    if problem:
        raise invalid_value("size", f"Invalid size '{asked}': {problem}.")


def _auto_size(sources: tuple[Upload, ...]) -> tuple[int, int]:
    """The documented size whose shape is nearest to the first source; a square without one."""
    ratio = (sources[0].width_px or 1) / (sources[0].height_px or 1) if sources else 1.0
    if ratio > 1.2:
        return 1536, 1024
    return (1024, 1536) if ratio < 1 / 1.2 else (1024, 1024)


def _check_minor(fields: Fields, rules: PictureRules) -> None:
    for name in USER:
        fields.text(name, max_chars=USER_MAX_CHARS)
    fields.choice("moderation", ("low", "auto"), default="auto")
    fields.choice("style", rules.styles or ("vivid",), default="vivid")
    fields.choice("complexity", rules.complexities or ("high",), default="high")
    fields.choice("input_fidelity", rules.input_fidelities or ("low",), default="low")


def _quality(fields: Fields, rules: PictureRules) -> str:
    """The quality really used: `auto` becomes medium."""
    quality = fields.choice("quality", rules.qualities, default="auto" if "auto" in rules.qualities else "standard")
    return "medium" if quality == "auto" else quality


def _compression(fields: Fields, output_format: str) -> int:
    percent = fields.integer("output_compression", least=0, most=100, default=100)
    if percent != 100 and output_format == "png":
        raise invalid_value("output_compression", "Compression less than 100 is not supported for PNG output format.")
    return percent


def _transparent(fields: Fields, output_format: str) -> bool:
    background = fields.choice("background", ("transparent", "opaque", "auto"), default="auto")
    if background == "transparent" and output_format == "jpeg":
        raise invalid_value("background", "Transparent background is not supported for JPEG output format.")
    return background == "transparent"


def _as_url(fields: Fields, rules: PictureRules) -> bool:
    if rules.family is Family.GPT_IMAGE:
        return False
    return fields.choice("response_format", ("url", "b64_json"), default="url") == "url"
