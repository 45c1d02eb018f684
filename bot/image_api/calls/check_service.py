"""A call held against what its service takes, whatever the model."""

from bot.errors import InvalidRequest
from bot.image_api.call import OPTIONS, Call, Measured
from bot.image_api.calls.bodies import goes_as_json
from bot.image_api.calls.sizes import can_say
from bot.image_api.dialects.dialect import Dialect
from bot.image_api.wire.json_with_pictures import url_bytes
from bot.model import Endpoint

# What a person chooses. Previews, users and the form of the answer change no picture and are just not sent.
_CHOSEN = (*(name for name, option in OPTIONS.items() if option.is_choice), "mask", "markup")


def check_service(call: Call, dialect: Dialect) -> None:
    """
    Raises:
        InvalidRequest: it lacks what was asked for; without that it would paint something else.
    """
    for name in _CHOSEN:
        if getattr(call, name) is not None and not dialect.knows(name):
            what = name.replace("_", " ")
            raise InvalidRequest(f"The image service ({dialect.title}) takes no {what}. Leave it out.")
    if dialect.formats is not None and call.output_format not in (None, *dialect.formats):
        formats = " and ".join(form.upper() for form in dialect.formats)
        raise InvalidRequest(f"The image service ({dialect.title}) paints {formats} alone. Choose one of them.")
    if call.size is not None and not can_say(call.size, dialect.size_form):
        raise InvalidRequest(
            f"The image service ({dialect.title}) takes sizes as width x height in pixels, such as 1024x1024."
        )
    if call.endpoint is Endpoint.EDITS:
        _check_edit(call, dialect)
    if dialect.sources_max is not None and len(call.sources) > dialect.sources_max:
        most = dialect.sources_max
        raise InvalidRequest(f"The image service ({dialect.title}) takes {most} pictures at a time. Leave some out.")


def _check_edit(call: Call, dialect: Dialect) -> None:
    """What the two forms of an edit cannot say: a form no moderation, JSON no markup and no large pictures."""
    if call.moderation is not None and "moderation" not in dialect.json_only:
        raise InvalidRequest(f"The image service ({dialect.title}) takes no moderation of edits. Leave it out.")
    if call.moderation is not None and call.markup is not None:
        raise InvalidRequest("A markup and `moderation` do not go together. Leave one of them out.")
    most_chars = dialect.data_url_max_chars
    if most_chars is None or not goes_as_json(call, dialect):
        return
    for picture in (*call.sources, *((call.mask,) if call.mask else ())):
        if isinstance(picture, Measured) and url_bytes(picture, picture.size_bytes) > most_chars:
            size, most = picture.size_bytes / 1_000_000, most_chars * 3 // 4 / 1_000_000
            raise InvalidRequest(
                f"With `moderation` an edit takes pictures of up to {most:.1f} MB; yours has {size:.1f} MB. "
                "Leave `moderation` out, or take a smaller picture."
            )
