"""Buttons and their ids. An id holds an action and the random key of a job, nothing else that matters.

Ids come back from anybody's hand: whoever reads one looks the key up and checks where it was pressed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import discord


class Action(StrEnum):
    VARY = "vary"
    AGAIN = "again"
    DELETE = "delete"
    CANCEL = "cancel"
    RETRY = "retry"
    WHY = "why"
    FOLLOW = "follow"
    FETCH = "fetch"
    ERASE = "erase"
    ERASE_POSTS = "eraseposts"
    KEEP = "keep"


ON_PRIVACY = frozenset({Action.ERASE, Action.ERASE_POSTS, Action.KEEP})
"""Their key is that of a question, not of a job."""


_LOOKS = {
    Action.AGAIN: ("Again", discord.ButtonStyle.primary),
    Action.DELETE: ("Delete", discord.ButtonStyle.danger),
    Action.CANCEL: ("Cancel", discord.ButtonStyle.secondary),
    Action.RETRY: ("Try again", discord.ButtonStyle.primary),
    Action.WHY: ("Why? (only you)", discord.ButtonStyle.secondary),
    Action.FOLLOW: ("How is it going?", discord.ButtonStyle.secondary),
    Action.FETCH: ("Show it to me", discord.ButtonStyle.primary),
    Action.ERASE: ("Erase", discord.ButtonStyle.danger),
    Action.ERASE_POSTS: ("Erase and delete my pictures", discord.ButtonStyle.danger),
    Action.KEEP: ("Keep", discord.ButtonStyle.secondary),
}
_ID = re.compile(r"easel:(?P<action>[a-z]+):(?P<key>[0-9a-f]{32})(?::(?P<number>\d{1,2}))?")


@dataclass(frozen=True, slots=True)
class Press:
    """What a button's id says: `number` is the picture's, from 1, for VARY."""

    action: Action
    key: str
    number: int = 0

    @classmethod
    def parse(cls, custom_id: str) -> "Press | None":
        """None for an id that this bot never gave out."""
        match = _ID.fullmatch(custom_id)
        if match is None or match["action"] not in Action._value2member_map_:
            return None
        return cls(Action(match["action"]), match["key"], int(match["number"] or 0))


def button(action: Action, key: str) -> discord.ui.Button[discord.ui.View]:
    label, style = _LOOKS[action]
    return discord.ui.Button(label=label, style=style, custom_id=f"easel:{action}:{key}")


def vary_button(key: str, number: int) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(
        label=f"V{number}", style=discord.ButtonStyle.secondary, custom_id=f"easel:{Action.VARY}:{key}:{number}"
    )


def rows(buttons: Iterable[discord.ui.Button[discord.ui.View]]) -> discord.ui.View:
    """A view that discord.py sends and then forgets: presses are read from the interaction itself."""
    view = discord.ui.View(timeout=None)
    for item in buttons:
        view.add_item(item)
    view.stop()
    return view
