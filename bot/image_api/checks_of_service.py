"""A call held against what its service takes, whatever the model."""

from bot.errors import InvalidRequest
from bot.image_api.call import Call
from bot.image_api.dialects.dialect import Dialect


def check_service(call: Call, dialect: Dialect) -> None:
    """
    Raises:
        InvalidRequest: it lacks what cannot be left out without painting something else.
    """
    for name in ("mask", "markup"):
        if getattr(call, name) is not None and not dialect.knows(name):
            raise InvalidRequest(f"The image service ({dialect.title}) takes no {name}. Leave it out.")
    if dialect.sources_max is not None and len(call.sources) > dialect.sources_max:
        most = dialect.sources_max
        raise InvalidRequest(f"The image service ({dialect.title}) takes {most} pictures at a time. Leave some out.")
