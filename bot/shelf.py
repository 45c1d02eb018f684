"""The shelf: pictures of jobs that have ended stay within a budget of the disk, the oldest request's go first."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from bot.spool import Files, Spool
from bot.store.history import History

log = logging.getLogger(__name__)


class Shelf:
    """`budget_bytes`: None where only the days count. `min_free_bytes`: what is kept gives way before members have to.

    Pictures of jobs that are unfinished or wait in /quota are not on the shelf, and neither is what an unfinished job
    still has to vary.
    """

    def __init__(self, *, history: History, spool: Spool, budget_bytes: int | None, min_free_bytes: int) -> None:
        self._history = history
        self._spool = spool
        self._budget_bytes = budget_bytes
        self._min_free_bytes = min_free_bytes

    async def trim(self) -> None:
        kept = await self._history.kept()
        chosen = await asyncio.to_thread(self._choose, kept)
        gone = await asyncio.to_thread(self._spool.remove_each, chosen)
        if gone:
            await self._history.pictures_gone(gone)
            log.info("pictures gone before their days, for the room jobs=%d", len(gone))

    def _choose(self, kept: list[int]) -> list[int]:
        on_disk = self._spool.jobs_on_disk()
        shelf = self._spool.holdings(job_id for job_id in kept if job_id in on_disk)
        in_use = {file for files in self._spool.holdings(on_disk - shelf.keys()).values() for file in files}
        missing_bytes = max(0, self._min_free_bytes - self._spool.free_bytes())
        return too_much(shelf, in_use, self._budget_bytes, missing_bytes=missing_bytes)


def too_much(
    shelf: Mapping[int, Files],
    in_use: AbstractSet[tuple[int, int]],
    budget_bytes: int | None,
    *,
    missing_bytes: int = 0,
) -> list[int]:
    """Which jobs' pictures have to go, in the order of the shelf.

    A file that several jobs have counts once, and is there until the last of them has gone; one that is `in_use`
    elsewhere does not count: removing it here would make no room. `missing_bytes` have to go in any case.
    """
    sizes = {file: size for files in shelf.values() for file, size in files.items() if file not in in_use}
    holders = Counter(file for files in shelf.values() for file in files)
    total_bytes = sum(sizes.values())
    most_bytes = total_bytes - missing_bytes
    if budget_bytes is not None:
        most_bytes = min(most_bytes, budget_bytes)
    gone = []
    for job_id, files in shelf.items():
        if total_bytes <= max(0, most_bytes):
            break
        holders.subtract(files.keys())
        total_bytes -= sum(sizes.get(file, 0) for file in files if not holders[file])
        gone.append(job_id)
    return gone
