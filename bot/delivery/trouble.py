"""What keeps an answer or a picture from getting through."""

import discord


class Obstacle(Exception):
    """`detail` is for the log; whoever meets one tries another way, or the same one later."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class Closed(Obstacle):
    """This way is closed: no permission, no channel, refused by AutoMod, or not answering for too long."""


class Refused(Closed):
    """Discord said no. Surely nothing happened, and asking again would not help. `code` is its JSON error code."""

    def __init__(self, status: int, code: int) -> None:
        super().__init__(f"status={status} code={code}")
        self.status = status
        self.code = code


class Undecided(Obstacle):
    """It may have been posted, and nothing can tell: posting again might show it twice."""


class TooLarge(Obstacle):
    """Discord did not take the files for their size."""


class Passing(Obstacle):
    """It did not work now and may work later."""


class Later(Passing):
    """Surely nothing happened: Discord was not reached, or asked for a pause of `retry_after_s` (None: it named none).

    `is_global`: the pause is for everything but answers to interactions.
    """

    def __init__(self, detail: str, retry_after_s: float | None = None, *, is_global: bool = False) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s
        self.is_global = is_global


class Unknown(Passing):
    """Perhaps it happened: the request had left when the line broke, or the server failed over it.

    `may_come_late`: it was given up without an answer, and may still be carried out.
    """

    def __init__(self, detail: str, *, may_come_late: bool = False) -> None:
        super().__init__(detail)
        self.may_come_late = may_come_late


TOO_LARGE = (40005, 50045)  # Discord: JSON error codes, request entity too large and file too large
NO_CHANNEL, NO_MESSAGE = 10003, 10008
NO_ACCESS = 50001
UNKNOWN_WEBHOOK = 10015
NO_MORE_EDITS = 30046  # of messages older than an hour; Discord sends it with 429, and it does not pass within minutes


def obstacle_of(error: discord.HTTPException) -> Obstacle:
    """What an answer that is not a success means."""
    if error.status == 413 or error.code in TOO_LARGE:
        return TooLarge(f"status={error.status} code={error.code}")
    if error.status >= 500:
        return Unknown(f"status={error.status}")
    is_theirs = error.response.headers.get("Content-Type") == "application/json"
    if error.code == NO_MORE_EDITS or (is_theirs and error.status != 429):
        return Refused(error.status, error.code)
    return Later(
        f"status={error.status}, not an answer of Discord's own" if not is_theirs else f"status={error.status}"
    )
