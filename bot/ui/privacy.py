"""What members read about their data: the question before they are erased, and what came of it."""

from bot.errors import NOT_CHARGED, pictures
from bot.ui.buttons import Action, button, rows
from bot.ui.faces import Face, words

GATHERING = "I am gathering what I keep of you…"
NOT_SENT = "Your data did not get through to Discord. Try again in a minute."
ASK = f"""\
**Erase what I keep of you, in every server and in direct messages?**
- **Goes:** the words of your requests, links, reasons of refusals, pictures on my disk, extra pictures from admins, \
and your name in my books. Requests in line and pictures that wait for you end. {NOT_CHARGED}
- **Stays:** numbers without your name (how many pictures, when, at what cost), so that the books add up. An allowance \
or a block that an admin set for you is the server's. Until midnight UTC I still know how much of today you used.
- **First:** a picture that is being painted comes to its end, and goes right after.
- **In channels:** what I posted stays there, and its buttons work no more, Delete neither. I can delete it, too.
- **Not mine to erase:** what others made of your pictures, and the owner's backups until they expire.

This cannot be undone."""
ERASING = "I am erasing what I keep of you. It takes a moment, and goes on should I be restarted."
KEPT = "Nothing was erased."


def ask(key: str) -> Face:
    return Face(ASK, rows(button(action, key) for action in (Action.ERASE, Action.ERASE_POSTS, Action.KEEP)))


def erasing() -> Face:
    return words(ERASING)


def kept() -> Face:
    return words(KEPT)


def erased(left: int, *, delete_posts: bool) -> Face:
    """`left`: requests that are still being painted or delivered."""
    lines = [
        "Erased." if not left else "Erased, but for what is just being painted or delivered: that goes right after."
    ]
    if delete_posts:
        lines.append("I delete your pictures in the channels now, as far as I may there; many of them take a while.")
    return words(" ".join(lines))


def exported(*, requests: int, parts: int, kept: int, zipped: int) -> str:
    """What stands beside the files, whose fields `docs/privacy.md` explains. `kept` pictures, `zipped` among them."""
    count = "1 request" if requests == 1 else f"{requests} requests"
    lines = [f"This is what I keep of you, in every server and in direct messages: {count}."]
    if parts > 1:
        lines.append(f"It is too much for one file here, so it comes in {parts} parts.")
    if kept:
        lines.append(f"Of your pictures I still have {pictures(kept)}.")
    if 0 < zipped < kept:
        lines.append(f"There is room for {zipped} of them here, the newest first; the file names them all.")
    elif zipped < kept:
        lines.append("There is no room for them here; the file names them all.")
    return " ".join(lines)
