"""What a process leaves of a job in the middle of its painting: which of its pictures can be delivered."""

import asyncio
import logging
from collections.abc import Set as AbstractSet

from bot.image_api.answers.media_types import media_type_of, size_of
from bot.model import Job, JobState, Picture
from bot.spool import Spool
from bot.store.artifacts import Artifacts

log = logging.getLogger(__name__)

PASSING = (".*", "preview-*")  # files that are of no use to another process: unfinished ones and previews


class Remains:
    def __init__(self, spool: Spool, artifacts: Artifacts) -> None:
        self._spool = spool
        self._artifacts = artifacts

    async def keep_whole(self, job: Job) -> bool:
        """Forget pictures whose files are not as they were entered, enter those that came and were not; any left?"""
        await asyncio.to_thread(self._spool.remove_some, job.id, *PASSING)
        pictures = await self._artifacts.pictures(job.id)
        for picture in pictures:
            if not await asyncio.to_thread(self._spool.verify, picture.file, picture.sha256):
                log.warning("picture not whole job=%d number=%d", job.id, picture.index)
                await asyncio.to_thread(self._spool.remove_some, job.id, picture.file.name)
                await self._artifacts.forget_picture(job.id, picture.index)
        if job.state is JobState.PAINTING:
            await self._adopt(job, {picture.index for picture in pictures})
        return bool(await self._artifacts.pictures(job.id))

    async def _adopt(self, job: Job, entered: AbstractSet[int]) -> None:
        """A file has its name when it is whole: what the end of a process or a full disk kept from being entered."""
        for index in sorted(set(range(job.request.count)) - entered):
            spooled = await asyncio.to_thread(self._spool.found, job.id, str(index))
            media_type = media_type_of(spooled.head) if spooled else None
            if spooled and media_type:
                log.info("picture entered late job=%d number=%d", job.id, index)
                size_px = size_of(spooled.head)
                picture = Picture(index, spooled.file, spooled.sha256, spooled.size_bytes, media_type, size_px)
                await self._artifacts.picture(job.id, picture)
