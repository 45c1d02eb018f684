"""What people look for on their screens."""

from collections.abc import Callable

from sandbox.guest import Asked, Guest, SeenMessage
from sandbox.patience import PATIENCE_S
from tests.end_to_end.books import charged
from tests.scene import Scene

DONE = "Done:"
NOT_CHARGED = "This cost you nothing."


def says(*words: str) -> Callable[[SeenMessage], bool]:
    """A message whose text holds all of these."""
    return lambda seen: all(word in seen.text for word in words)


def shows_pictures(seen: SeenMessage) -> bool:
    """A public message with files on it."""
    return bool(seen.attachments) and not seen.ephemeral


def has_result(seen: SeenMessage) -> bool:
    """A message with pictures of a result on it, public or private; not with a preview of one."""
    return any(each.filename.startswith("easel-") for each in seen.attachments)


def has_preview(seen: SeenMessage) -> bool:
    return any(each.filename.startswith("preview-") for each in seen.attachments)


def public(guest: Guest, channel: str = "general") -> list[SeenMessage]:
    """Everything in the channel that all can see."""
    return [seen for seen in guest.sees(channel) if not seen.ephemeral]


def results(guest: Guest, channel: str = "general") -> list[SeenMessage]:
    """The bot's pictures in the channel, oldest first."""
    return [seen for seen in public(guest, channel) if shows_pictures(seen) and seen.author == "Easel"]


async def variation(guest: Guest, *, before: int) -> SeenMessage:
    """The newest result, once there are more than before."""
    await guest.until_sees("general", lambda seen: len(results(guest)) > before and shows_pictures(seen))
    return results(guest)[-1]


def pings(guest: Guest) -> list[str]:
    return [notification.reason for notification in guest.notifications]


async def ends(asked: Asked, *words: str, timeout_s: float = PATIENCE_S) -> SeenMessage:
    """The answer when it looks so and nothing newer has come over it."""

    def look() -> SeenMessage | None:
        seen = asked.message
        return seen if seen is not None and says(*words)(seen) else None

    try:
        return await asked._changes.until(look, timeout_s)
    except TimeoutError:
        last = None if asked.message is None else asked.message.text
        raise AssertionError(f"never ended with {words}; last seen: {last!r}") from None


async def finished(asked: Asked) -> SeenMessage:
    """The card when its pictures have been posted: the job has ended."""
    return await ends(asked, DONE)


async def refused(asked: Asked) -> SeenMessage:
    """The private words that say why nothing came of it, and that it was free."""
    return await ends(asked, NOT_CHARGED)


async def paints(scene: Scene, guest: Guest, prompt: str = "a quiet harbour") -> SeenMessage:
    """The bot goes on: an ordinary request of this person gets its picture, for the usual price."""
    before = charged(scene, guest)
    asked = await guest.slash("imagine", prompt=prompt)
    await finished(asked)
    assert charged(scene, guest) == before + 1
    return public(guest)[-1]
