"""Pictures in the size that the place takes where they go."""

import logging
from dataclasses import replace

from bot.errors import BadAnswer, BadPicture
from bot.model import Job, Picture
from bot.pictures import Pictures, WorkFailed
from bot.store.artifacts import Artifacts

log = logging.getLogger(__name__)


class Fitting:
    def __init__(self, pictures: Pictures, artifacts: Artifacts) -> None:
        self._pictures = pictures
        self._artifacts = artifacts

    async def all(self, job: Job) -> list[Picture]:
        """The job's pictures, each as the service sent it unless it is too big for the job's place.

        One that is too big and cannot be read could never be shown to anybody: it counts as one that did not come.

        Raises:
            BadAnswer: that is so with all of them.
        """
        fitting = []
        for picture in await self._artifacts.pictures(job.id):
            try:
                fitting.append(await self.one(job, picture, job.arrival.place.file_limit_bytes))
            except (OSError, WorkFailed):
                fitting.append(picture)  # perhaps it is not the picture's fault
            except BadPicture as error:
                log.warning("picture left out job=%d number=%d detail=%s", job.id, picture.index, error.detail)
                await self._artifacts.forget_picture(job.id, picture.index)
        if not fitting:
            raise BadAnswer(detail="no picture that is small enough or can be made so")
        return fitting

    async def one(self, job: Job, picture: Picture, limit_bytes: int) -> Picture:
        """
        Raises:
            BadPicture, OSError, WorkFailed: it cannot be made smaller.
        """
        if picture.size_bytes <= limit_bytes:
            return picture
        file = picture.file.with_name(f"{picture.index}-fit")
        fitted = await self._pictures.fit(picture.file, file, limit_bytes=limit_bytes)
        log.info("picture shrunk job=%d from_bytes=%d to_bytes=%d", job.id, picture.size_bytes, fitted.size_bytes)
        return replace(
            picture,
            file=file,
            sha256=fitted.sha256,
            size_bytes=fitted.size_bytes,
            media_type=fitted.media_type,
            size_px=fitted.size_px,
        )
