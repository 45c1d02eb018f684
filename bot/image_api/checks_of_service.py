"""A call held against what its service takes, whatever the model."""

from bot.errors import InvalidRequest
from bot.image_api.call import Call
from bot.image_api.dialects.dialect import Dialect
from bot.model import Endpoint

# What a person chooses. Previews, users and the form of the answer change no picture and are just not sent.
_CHOSEN = (
    "size",
    "quality",
    "style",
    "background",
    "output_format",
    "output_compression",
    "moderation",
    "input_fidelity",
    "complexity",
    "frame_count",
    "frame_duration_ms",
    "svg",
    "mask",
    "markup",
)


def check_service(call: Call, dialect: Dialect) -> None:
    """
    Raises:
        InvalidRequest: it lacks what was asked for; without that it would paint something else.
    """
    for name in _CHOSEN:
        if getattr(call, name) is not None and not dialect.knows(name):
            what = name.replace("_", " ")
            raise InvalidRequest(f"The image service ({dialect.title}) takes no {what}. Leave it out.")
    if call.endpoint is Endpoint.EDITS and call.moderation is not None and "moderation" not in dialect.json_only:
        raise InvalidRequest(f"The image service ({dialect.title}) takes no moderation of edits. Leave it out.")
    if dialect.sources_max is not None and len(call.sources) > dialect.sources_max:
        most = dialect.sources_max
        raise InvalidRequest(f"The image service ({dialect.title}) takes {most} pictures at a time. Leave some out.")
