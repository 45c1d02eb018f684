"""The picture to vary: fetched, kept on the spool, checked and put into the forms that are needed."""

import asyncio

from bot.download import Downloader
from bot.errors import TooOld
from bot.model import Job
from bot.pictures import Form, Made, Pictures
from bot.request import Source
from bot.spool import Spool
from bot.store.jobs import Jobs

NAME = "source"


class Sources:
    def __init__(self, spool: Spool, downloads: Downloader, pictures: Pictures, jobs: Jobs) -> None:
        self._spool = spool
        self._downloads = downloads
        self._pictures = pictures
        self._jobs = jobs

    async def prepare(self, job: Job) -> Made | None:
        """The job's source, ready for moderation and upload; None when it paints from words alone.

        Raises:
            PictureUnavailable, BadPicture, TooOld: with a sentence for the member.
        """
        if job.request.source is None:
            return None
        file = self._spool.path(job.id, NAME)
        if not await asyncio.to_thread(file.exists) and not await self._is_linked(job.request.source, job.id):
            spooled = await self._downloads.fetch_member_picture(job.request.source.url, self._spool.new(job.id, NAME))
            await self._jobs.set_source(job.id, spooled.sha256)
        uploads = {form: self._spool.path(job.id, f"upload-{form}") for form in Form}
        return await self._pictures.prepare(file, uploads=uploads)

    async def forget(self, job_id: int) -> None:
        """Remove the picture that was flagged."""
        await asyncio.to_thread(self._spool.remove, job_id)

    async def _is_linked(self, source: Source, job_id: int) -> bool:
        """Two jobs, one picture: the file stays until both are forgotten.

        Raises:
            TooOld: it is not kept any more, and there is no link to fetch it from.
        """
        if source.kept_by_job is None:
            return False
        try:
            await asyncio.to_thread(self._spool.link, source.kept_by_job, job_id, NAME)
        except FileNotFoundError:
            if source.url:
                return False
            raise TooOld from None
        return True
