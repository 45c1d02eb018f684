"""What the process ends with: a number for scripts. docs/operations.md lists them."""

from enum import IntEnum

from bot.errors import (
    BotError,
    ContentRefused,
    DiscordUnreachable,
    FolderInUse,
    InvalidRequest,
    ModelGone,
    ModerationRefused,
    OwnerMustAct,
    PartEnded,
    RequestRejected,
    RouteMissing,
    StoreBusy,
    StoreDamaged,
)


class Status(IntEnum):
    """From 65 on those of sysexits. A supervisor need not try DAMAGED and CANNOT_START again: only the owner helps."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    OWNER_MUST_ACT = 4
    GONE = 5
    DAMAGED = 65
    UNAVAILABLE = 69
    BUG = 70
    TRY_AGAIN = 75
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


_OF_STARTS: tuple[tuple[type[BotError], Status], ...] = (
    (InvalidRequest, Status.USAGE),
    (DiscordUnreachable, Status.UNAVAILABLE),
    (PartEnded, Status.BUG),
    (StoreDamaged, Status.DAMAGED),
    (StoreBusy, Status.TRY_AGAIN),
    (FolderInUse, Status.TRY_AGAIN),
)


def status_of_start(error: BotError) -> Status:
    """What a process ends with that could not begin its work."""
    return next((status for kind, status in _OF_STARTS if isinstance(error, kind)), Status.CANNOT_START)
