"""What is left of somebody on the disk: the bytes of every file, not what a query would say."""

from collections.abc import Iterator
from pathlib import Path

from tests.scene import Scene


def files(scene: Scene) -> Iterator[Path]:
    """Database, its log and journal, the spool, the locks: everything below the data folder."""
    yield from (path for path in sorted(scene.settings.data_dir.rglob("*")) if path.is_file())


def holding(scene: Scene, trace: str | bytes | int) -> list[str]:
    """The files that hold these bytes, by name. A number is looked for as text and as SQLite stores it."""
    if isinstance(trace, int):
        forms = [str(trace).encode(), trace.to_bytes(8, "big")]
    else:
        forms = [trace.encode() if isinstance(trace, str) else trace]
    return [path.name for path in files(scene) if any(form in path.read_bytes() for form in forms)]
