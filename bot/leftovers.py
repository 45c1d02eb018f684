"""What dead processes left on the disk: removed at the start and after each death, before their jobs are taken up.

A process that lives on the same folder, as in a hand-over, keeps everything that its jobs have there.
"""

import asyncio
import logging
import time
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

        The disk is looked at first: a job's row is older than its folder, so a folder without a row stays without one.
        """
        async with self._turn:
            gone = await asyncio.to_thread(self._owner.gone)
            try:
                await self._clear_after(gone)
            finally:  # rubbish shall keep nobody's job
                self._cleared |= gone

    async def _clear_after(self, gone: AbstractSet[str]) -> None:
        since_s = time.time()
        on_disk = await asyncio.to_thread(self._spool.jobs_on_disk)
        known = await self._files.of(on_disk)
        folders = files = 0
        for job_id in on_disk:
            job = known.get(job_id)
            if job is None or (job.is_ended and not job.are_kept):
                await asyncio.to_thread(self._spool.remove, job_id)
                folders += 1
            elif job.owner in gone or (job.is_ended and await self._is_unknown(job)):
                # what is younger is of a process that lives, and has just taken the job up
                files += await asyncio.to_thread(self._spool.keep_only, job_id, job.names, since_s=since_s)
        if folders or files:
            log.info("cleared what was left folders=%d files=%d", folders, files)

    async def _is_unknown(self, job: Belonging) -> bool:
        """Whether it ended with a process of long ago, whose lock was swept."""
        return await asyncio.to_thread(self._owner.is_gone, job.owner) is None
