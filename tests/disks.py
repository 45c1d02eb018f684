"""Disks that are small, full or read-only, by the kernel's own means; where those are not allowed, tests say so."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

NOT_ALLOWED = "NOT TESTED HERE: mounting needs root; run the tests as root (or in a user namespace) to see it"


def _mount(*words: str) -> None:
    done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)  # noqa: S603, S607
    if done.returncode:
        pytest.skip(f"{NOT_ALLOWED} ({done.stderr.strip()})")


def _unmount(place: Path) -> None:
    # lazily: a process that a test has killed may still be on its way out
    subprocess.run(["umount", "--lazy", str(place)], capture_output=True, check=False)  # noqa: S603, S607


@contextlib.contextmanager
def small_disk(place: Path, *, size_kb: int) -> Iterator[None]:
    place.mkdir(parents=True, exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={size_kb}k,mode=0700", "tmpfs", str(place))
    try:
        yield
    finally:
        _unmount(place)


@contextlib.contextmanager
def read_only(place: Path) -> Iterator[None]:
    """A folder or a file that nobody can write, root neither."""
    _mount("--bind", str(place), str(place))
    try:
        _mount("-o", "remount,ro,bind", str(place))
        yield
    finally:
        _unmount(place)


def fill(folder: Path) -> Path:
    """Leave not a byte free; the file that has to go to make room."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
        for size_bytes in (65_536, 1):
            with contextlib.suppress(OSError):
                while stream.write(bytes(size_bytes)):
                    pass
    there = os.statvfs(folder)
    assert there.f_bavail == 0
    return filler
