"""What dead processes left on the disk: removed at the start and after each death, before their jobs are taken up.

A process that lives on the same folder, as in a hand-over, keeps everything that its jobs have there.
"""

import asyncio
import logging
from collections.abc import Set as AbstractSet

from bot.owner import Owner
from bot.spool import Spool
from bot.store.spool_files import Belonging, SpoolFiles

log = logging.getLogger(__name__)


class Leftovers:
    def __init__(self, *, files: SpoolFiles, spool: Spool, owner: Owner) -> None:
        self._files = files
        self._spool = spool
        self._owner = owner
        self._cleared: set[str] = set()  # after these processes
        self._turn = asyncio.Lock()

    def is_gone(self, boot_id: str) -> bool | None:
        """`Owner.is_gone`, where a process counts as gone only once it has been cleared up after.

        Whoever takes up its jobs begins with folders in which everything is of use.
        """
        is_gone = self._owner.is_gone(boot_id)
        return is_gone and boot_id in self._cleared if is_gone is not None else None

    async def clear_up(self) -> None:
        """Clear up after processes that have died since the last time, if any have."""
        if await asyncio.to_thread(self._owner.gone) - self._cleared:
            await self.clear()

    async def clear(self) -> None:
        """Folders that no job has, and in those of dead processes unfinished files, previews and whatever no row names.

        The disk is looked at first: a job's row is older than its folder, so a folder without a row stays without one;
        and what a dead owner has left is older than anything of the process that takes its job up in this moment.
        """
        async with self._turn:
            gone = await asyncio.to_thread(self._owner.gone)
            try:
                await self._clear_after(gone)
            finally:  # rubbish shall keep nobody's job
                self._cleared |= gone

    async def _clear_after(self, gone: AbstractSet[str]) -> None:
        seen = await asyncio.to_thread(self._look)
        known = await self._files.of(seen)
        folders = files = 0
        for job_id, found in seen.items():
            job = known.get(job_id)
            if job is None or (job.is_ended and not job.are_kept):
                folders += len(await asyncio.to_thread(self._spool.remove_each, [job_id]))
            elif job.owner in gone or (job.is_ended and await self._is_unknown(job)):
                left = {name: facts for name, facts in found.items() if name not in job.names}
                files += await asyncio.to_thread(self._spool.remove_these, job_id, left)
        if folders or files:
            log.info("cleared what was left folders=%d files=%d", folders, files)

    async def _is_unknown(self, job: Belonging) -> bool:
        """Whether it ended with a process of long ago, whose lock was swept."""
        return await asyncio.to_thread(self._owner.is_gone, job.owner) is None

    def _look(self) -> dict[int, dict[str, tuple[int, int]]]:
        return {job_id: self._spool.names_in(job_id) for job_id in self._spool.jobs_on_disk()}
