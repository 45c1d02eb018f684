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

        The disk is looked at first: a job's row is older than its folder, so a folder without a row stays without one.
        """
        on_disk = await asyncio.to_thread(self._spool.jobs_on_disk)
        known = await self._files.of(on_disk)
        folders = files = 0
        for job_id in on_disk:
            job = known.get(job_id)
            if job is None or (job.is_ended and not job.are_kept):
                folders += len(await asyncio.to_thread(self._spool.remove_each, [job_id]))
            elif await asyncio.to_thread(self._owner.is_gone, job.owner):
                files += await asyncio.to_thread(self._spool.keep_only, job_id, job.names)
        if folders or files:
            log.info("cleared what was left folders=%d files=%d", folders, files)
