"""What keeps an answer or a picture from getting through."""

import aiohttp
import discord

UNREACHABLE = (discord.HTTPException, aiohttp.ClientError, TimeoutError, OSError)
"""Discord said no, or did not answer."""


_TOO_LARGE = (40005, 50045)  # Discord: JSON error codes, request entity too large and file too large


def is_too_large(error: discord.HTTPException) -> bool:
    return error.status == 413 or error.code in _TOO_LARGE


class Obstacle(Exception):
    """`detail` is for the log; whoever meets one tries another way."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class Closed(Obstacle):
    """This way is closed: no permission, no channel, refused by AutoMod, or Discord does not answer."""


class Undecided(Obstacle):
    """It may have been posted, and nothing can tell: posting again might show it twice."""


class TooLarge(Obstacle):
    """Discord did not take the files for their size."""
