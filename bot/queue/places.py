"""The places at the image service: as many as calls may be out at the same time, of all processes on one folder."""

import fcntl
import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)


class Places:
    """A lock on a file is a place, so that the places of a process that dies are free at once.

    While two processes hand over, they share the places, and each is fair among its own requests only.
    """

    def __init__(self, folder: Path, most: int) -> None:
        """`folder` is made when missing."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._most = most
        self._taken: dict[int, int] = {}  # descriptors of the places that are ours
        self._is_in_trouble = False

    def take(self) -> int | None:
        """A place, to be given back with `free`; None while all are taken, here or by others, or cannot be locked.

        Who waits does not fail over a disk or a system that has no room for one more file: such trouble passes.
        """
        try:
            free = next((place for place in range(self._most) if place not in self._taken and self._lock(place)), None)
        except OSError as error:
            if not self._is_in_trouble:
                log.warning("places cannot be locked, nobody gets a turn error=%s", error.strerror)
            self._is_in_trouble = True
            return None
        if self._is_in_trouble:
            log.info("places can be locked again")
        self._is_in_trouble = False
        return free

    def _lock(self, place: int) -> bool:
        descriptor = os.open(self._folder / f"{place}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError:
            os.close(descriptor)
            raise
        self._taken[place] = descriptor
        return True

    def free(self, place: int) -> None:
        os.close(self._taken.pop(place))
