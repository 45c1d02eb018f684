"""What a call reports as it goes on: the studio, the card and the command line read the same events.

A call's events are `LeftOut` for each refusal of a field, `Accepted`, then `Preview` and `Painted` as they come, and
last `Done` or `Failed`. A call that is refused before it began has `Failed` alone.
"""

from dataclasses import dataclass

from bot.errors import ImageServiceError
from bot.model import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens that a call counted, as the service says."""

    text_in: int = 0
    image_in: int = 0
    text_out: int = 0
    image_out: int = 0


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The service does not know these fields and did nothing; the call is about to be made again without them."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The service has begun to answer. `request_id` is its own number for the call, for its support."""

    request_id: str | None


@dataclass(frozen=True, slots=True)
class Preview:
    """A picture that is still being painted, whole on the spool. `number` counts a picture's previews from 0."""

    picture: Picture
    number: int


@dataclass(frozen=True, slots=True)
class Painted:
    """A picture is finished and whole on the spool."""

    picture: Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """All that will come has come: `count` pictures, at least one, perhaps fewer than asked.

    `usage` and `revised_prompt` are None where the service does not say; `left_out` names fields that the service did
    not know, without which it painted.
    """

    count: int
    usage: Usage | None = None
    revised_prompt: str | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The call ended without all of its pictures; those that were reported before stay."""

    error: ImageServiceError


Event = LeftOut | Accepted | Preview | Painted | Done | Failed
