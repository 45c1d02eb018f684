"""What people read about a default model that goes."""

from bot.image_api.catalogue.departures import Ending
from bot.ui.text import plain


def what_ends(ending: Ending) -> str:
    whose = "IMAGE_MODEL" if ending.is_owners else "the default model"
    name = f"{plain(ending.model.id)} ({whose})"
    if ending.is_gone:
        return f"{name} has been retired."
    return f"{name} ends on {ending.model.retires_on:%Y-%m-%d}."


def what_then(ending: Ending) -> str:
    if ending.successor is None:
        return "Nothing here can paint in its place."
    successor = plain(ending.successor.id)
    return f"{successor} paints in its place." if ending.is_gone else f"After that {successor} paints."


def to_owner(ending: Ending) -> str:
    """For the bot's owner, by direct message."""
    advice = "Set IMAGE_MODEL to a model that stays"
    advice += ", or leave it empty and I choose one." if ending.is_owners else "."
    return f"{what_ends(ending)} {what_then(ending)} {advice} I will not repeat this today."
