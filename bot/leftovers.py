"""What dead processes left on the disk: removed at the start, before the first job is taken up.

A process that lives on the same folder, as in a hand-over, keeps everything that its jobs have there.
"""

import asyncio
import logging

from bot.owner import Owner
from bot.spool import Spool
from bot.store.spool_files import SpoolFiles

log = logging.getLogger(__name__)


class Leftovers:
    def __init__(self, *, files: SpoolFiles, spool: Spool, owner: Owner) -> None:
        self._files = files
        self._spool = spool
        self._owner = owner

    async def clear(self) -> None:
        """Folders that no job has, and in those of jobs unfinished files, previews and whatever no row names.

        The disk is looked at first: a job's row is older than its folder, so a folder without a row stays without one;
        and what a dead owner has left is older than anything of the process that takes its job up in this moment.
        """
        seen = await asyncio.to_thread(self._look)
        known = await self._files.of(seen)
        folders = files = 0
        for job_id, found in seen.items():
            job = known.get(job_id)
            if job is None or (job.is_ended and not job.are_kept):
                await asyncio.to_thread(self._spool.remove, job_id)
                folders += 1
            elif await asyncio.to_thread(self._owner.is_gone, job.owner):
                left = {name: facts for name, facts in found.items() if name not in job.names}
                files += await asyncio.to_thread(self._spool.remove_these, job_id, left)
        if folders or files:
            log.info("cleared what was left folders=%d files=%d", folders, files)

    def _look(self) -> dict[int, dict[str, tuple[int, int]]]:
        return {job_id: self._spool.names_in(job_id) for job_id in self._spool.jobs_on_disk()}
