"""Words of strangers, made safe to show: no pings, no links, no broken formatting."""

from collections.abc import Sequence

_STRAIGHT, _HARMLESS = "`", "\N{MODIFIER LETTER GRAVE ACCENT}"

PROMPT_SHOWN_CHARS = 1_200
ALT_TEXT_MAX_CHARS = 1_024  # Discord: Message, attachment description


def quoted(prompt: str, *, most: int = PROMPT_SHOWN_CHARS) -> str:
    """A prompt in a code block, where Discord renders nothing: the only way out, a backtick, is replaced."""
    return f"```\n{cut(prompt.replace(_STRAIGHT, _HARMLESS), most)}\n```"


def plain(name: str) -> str:
    """A short foreign word (a model's id, a size) in running text."""
    return f"`{cut(name.replace(_STRAIGHT, _HARMLESS), 100)}`"


def named(permissions: Sequence[str]) -> str:
    """Permissions as a reader's list: «the permission «Attach Files»»."""
    word = "permission" if len(permissions) == 1 else "permissions"
    return f"the {word} {' and '.join(f'«{name}»' for name in permissions)}"


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def alt_text(prompt: str) -> str:
    return cut(prompt or "A variation of a picture", ALT_TEXT_MAX_CHARS)


def seconds(duration_s: float) -> str:
    """A duration as people say it: «8 s», «3 min»."""
    if duration_s < 90:
        return f"{max(1, round(duration_s))} s"
    return f"{round(duration_s / 60)} min"
