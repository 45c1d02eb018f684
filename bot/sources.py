"""The picture to vary: fetched, kept on the spool, checked and put into the forms that are needed."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.download import Downloader
from bot.errors import TooOld
from bot.model import Job
from bot.pictures import Converted, Form, Pictures
from bot.spool import Spool
from bot.store.jobs import Jobs

NAME = "source"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checked source: its upload forms on the spool and a small JPEG for moderation."""

    uploads: Mapping[Form, Converted]
    small_jpeg: bytes


class Sources:
    def __init__(self, spool: Spool, downloads: Downloader, pictures: Pictures, jobs: Jobs) -> None:
        self._spool = spool
        self._downloads = downloads
        self._pictures = pictures
        self._jobs = jobs

    async def prepare(self, job: Job) -> Prepared | None:
        """The job's source, ready for moderation and upload; None when it paints from words alone.

        Raises:
            PictureUnavailable, BadPicture, TooOld: with a sentence for the member.
        """
        if job.request.source is None:
            return None
        file = self._spool.path(job.id, NAME)
        if job.request.source.kept_by_job is not None:
            await asyncio.to_thread(_share, self._spool.path(job.request.source.kept_by_job, NAME), file)
        elif not await asyncio.to_thread(file.exists):
            spooled = await self._downloads.fetch_member_picture(job.request.source.url, self._spool.new(job.id, NAME))
            await self._jobs.set_source(job.id, spooled.sha256)
        uploads = {form: self._spool.path(job.id, f"upload-{form}") for form in Form}
        prepared = await self._pictures.prepare(file, uploads=uploads)
        return Prepared(prepared.uploads, prepared.small_jpeg)


def _share(kept: Path, file: Path) -> None:
    """Two jobs, one picture: the file stays until both are forgotten."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if file.exists():
        return
    try:
        os.link(kept, file)
    except FileNotFoundError:
        raise TooOld from None
