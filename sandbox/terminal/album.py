"""The folder into which the pictures are put, so that a person can open them."""

import re
from pathlib import Path

from sandbox.discord.seen import SeenAttachment

FOLDER = Path("demo-output")
WORDS_IN_NAME = 4
_NUMBERED = "[0-9][0-9]*-*"
_LITTLE = frozenset(["a", "an", "the", "of", "in", "on", "at", "and", "with"])


class Album:
    """Numbers the pictures as they come: `01-ada-lighthouse-dusk.png`. Each attachment is kept once."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        self._count = 0
        self._kept: dict[int, Path] = {}

    def clear(self) -> None:
        """Take away what an earlier run left, and nothing else."""
        self.folder.mkdir(exist_ok=True)
        for path in self.folder.glob(_NUMBERED):
            path.unlink()

    def has(self, attachment: SeenAttachment) -> bool:
        return attachment.id in self._kept

    def keep(self, attachment: SeenAttachment, content: bytes, *, owner: str) -> Path:
        suffix = Path(attachment.filename).suffix
        path = self.add(f"{owner} {attachment.description or ''}", content, suffix=suffix)
        self._kept[attachment.id] = path
        return path

    def add(self, words: str, content: bytes, *, suffix: str = ".png") -> Path:
        self._count += 1
        path = self.folder / f"{self._count:02}-{_slug(words)}{suffix}"
        path.write_bytes(content)
        return path


def _slug(words: str) -> str:
    kept = [word for word in re.findall(r"[a-z0-9]+", words.casefold()) if word not in _LITTLE]
    return "-".join(kept[: WORDS_IN_NAME + 1])[:60] or "picture"
