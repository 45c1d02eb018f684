"""The nouns: who asked, where, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from bot.request import ImageRequest


class Endpoint(StrEnum):
    """The image service's three ways to a picture."""

    GENERATIONS = "generations"
    EDITS = "edits"
    VARIATIONS = "variations"


class Way(StrEnum):
    """How a request came in."""

    SLASH = "slash"
    MENU = "menu"
    REPLY = "reply"
    BUTTON = "button"


class JobState(StrEnum):
    """States only move forward; the last four end a job."""

    QUEUED = "queued"
    PAINTING = "painting"
    PAINTED = "painted"
    DELIVERED = "delivered"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


ON_CARD = "p"  # in the names of posts
ENDED = frozenset({JobState.DELIVERED, JobState.REFUSED, JobState.FAILED, JobState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks. `role_ids` decide the allowance in a server and are empty in direct messages."""

    user_id: int
    role_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a request was made and what may be posted there.

    `guild_id` is None in direct messages. `missing` names the permissions the bot lacks to post a result,
    as Discord's settings show them; `member_may_write` is whether the requester may write there.
    `file_limit_bytes` is the largest single attachment Discord takes there.
    """

    channel_id: int
    guild_id: int | None = None
    missing: tuple[str, ...] = ()
    member_may_write: bool = True
    file_limit_bytes: int = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A request's way in. `id` is the snowflake of the interaction or message: one id, one job, ever.

    `token` answers the interaction for 15 minutes; a reply has none. `application_id` goes with it.
    """

    id: int
    way: Way
    requester: Requester
    place: Place
    application_id: int = 0
    token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A request that was accepted, and how far it has come.

    `key` is random and stands in the ids of buttons. `waiting` marks pictures that found no way to their member and
    wait in /quota. `told`: the member knows the end, or that the pictures wait. `failure` is the sentence that was
    shown. `left_out` are fields that the model does not take, so that it painted without them. After a while words
    are forgotten. `most_microusd` is what it can cost the bot's owner at most, `cost_microusd` what its calls did cost;
    None where that is not known (yet).
    """

    id: int
    key: str
    state: JobState
    request: ImageRequest
    arrival: Arrival
    accepted_at: datetime
    card_message_id: int | None = None
    painted_model: str | None = None
    endpoint: Endpoint | None = None
    started_at: datetime | None = None
    painted_at: datetime | None = None
    failure: str | None = None
    left_out: tuple[str, ...] = ()
    waiting: bool = False
    told: bool = False
    words_kept: bool = True
    most_microusd: int | None = None
    cost_microusd: int | None = None

    @property
    def is_ended(self) -> bool:
        return self.state in ENDED

    @property
    def painting_s(self) -> float | None:
        """Seconds from the first call to the last picture."""
        if self.started_at is None or self.painted_at is None:
            return None
        return (self.painted_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a job stands in the queue.

    `position` 1 is next, 0 starts at once. `estimate_s` is the time to its pictures, None when nothing is known yet.
    """

    position: int
    estimate_s: float | None


@dataclass(frozen=True, slots=True)
class Post:
    """A message of a result. `part` is `c` for a reply's card, 0, 1, … for the result's messages, p0, p1, … for those
    of its pictures that are put on the private card, and `w` for words by direct message.

    It is written down before it is sent, when its `message_id` is not known yet. `numbers` are its pictures.
    """

    part: str
    channel_id: int
    message_id: int | None = None
    numbers: tuple[int, ...] = ()

    @property
    def is_on_card(self) -> bool:
        """Whether its pictures are on the private card: no message that anybody could look for."""
        return self.part.startswith(ON_CARD)

    @property
    def place(self) -> int:
        """Which of the messages with pictures it is."""
        return int(self.part.removeprefix(ON_CARD))


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on the spool, exactly as the service sent it. `size_px` is (width, height) where its head tells."""

    index: int
    file: Path
    sha256: str
    size_bytes: int
    media_type: str
    size_px: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How a member stands today. `used` counts reserved and charged pictures of the day's allowance."""

    allowed: int
    used: int
    extra: int

    @property
    def left(self) -> int:
        return max(0, self.allowed - self.used) + self.extra
