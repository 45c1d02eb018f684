"""The picture to vary: fetched, kept on the spool, checked and put into the forms that are needed."""

import asyncio

from bot.download import Downloader
from bot.errors import TooOld
from bot.model import Job
from bot.pictures import Form, Made, Pictures
from bot.request import Source
from bot.spool import Spool, disk_trouble_in_words
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
            PictureUnavailable, BadPicture, TooOld, DiskTrouble: with a sentence for the member.
        """
        if job.request.source is None:
            return None
        file = self._spool.path(job.id, NAME)
        uploads = {form: self._spool.path(job.id, f"upload-{form}") for form in Form}
        await asyncio.to_thread(self._spool.remove_some, job.id, ".*")  # what was cut short
        with disk_trouble_in_words():
            if not await self._is_whole(job.id):
                await asyncio.to_thread(self._spool.remove_some, job.id, NAME)
                await self._bring(job.request.source, job.id)
            return await self._pictures.prepare(file, uploads=uploads)

    async def forget(self, job_id: int) -> None:
        """Remove the picture that was flagged."""
        await asyncio.to_thread(self._spool.remove, job_id)

    async def _bring(self, source: Source, job_id: int) -> None:
        """
        Raises:
            PictureUnavailable, BadPicture, TooOld: with a sentence for the member.
        """
        if await self._is_linked(source, job_id):
            return
        if not source.url:
            raise TooOld
        spooled = await self._downloads.fetch_member_picture(source.url, self._spool.new(job_id, NAME))
        await self._jobs.set_source(job_id, spooled.sha256)

    async def _is_linked(self, wanted: Source, job_id: int) -> bool:
        """Two jobs, one picture: the file stays until both are forgotten. False: it is not there as it was.

        A job that ended before it had the file names the one that it wanted it from, and so on.
        """
        source: Source | None = wanted
        while source is not None and source.kept_by_job is not None:
            kept_by_job = source.kept_by_job
            if await self._is_whole(kept_by_job) and await self._link(kept_by_job, job_id):
                return True
            source = (await self._jobs.get(kept_by_job)).request.source
        return False

    async def _link(self, kept_by_job: int, job_id: int) -> bool:
        sha256 = await self._jobs.source_sha256(kept_by_job)
        try:
            await asyncio.to_thread(self._spool.link, kept_by_job, job_id, NAME)
        except FileNotFoundError:
            return False
        if sha256 is not None:
            await self._jobs.set_source(job_id, sha256)
        return True

    async def _is_whole(self, job_id: int) -> bool:
        """Whether the picture is here already, as it was when it came."""
        sha256 = await self._jobs.source_sha256(job_id)
        return sha256 is not None and await asyncio.to_thread(
            self._spool.verify, self._spool.path(job_id, NAME), sha256
        )
