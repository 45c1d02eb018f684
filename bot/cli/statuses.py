"""What the process ends with: a number for scripts. docs/operations.md lists them."""

from enum import IntEnum

from bot.errors import (
    BotError,
    ContentRefused,
    InvalidRequest,
    ModelGone,
    ModerationRefused,
    OwnerMustAct,
    RequestRejected,
    RouteMissing,
)


class Status(IntEnum):
    """UNAVAILABLE, BUG and CANNOT_START are those of sysexits; a supervisor need not try the last one again."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    OWNER_MUST_ACT = 4
    GONE = 5
    UNAVAILABLE = 69
    BUG = 70
    CANNOT_START = 78


_OF_ERRORS: tuple[tuple[type[BotError], Status], ...] = (
    (InvalidRequest, Status.USAGE),
    (RequestRejected, Status.USAGE),
    (ContentRefused, Status.REFUSED),
    (ModerationRefused, Status.REFUSED),
    (OwnerMustAct, Status.OWNER_MUST_ACT),
    (ModelGone, Status.GONE),
    (RouteMissing, Status.GONE),
)


def status_of(error: BotError) -> Status:
    return next((status for kind, status in _OF_ERRORS if isinstance(error, kind)), Status.FAILED)
