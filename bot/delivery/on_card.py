"""Pictures on the private card: entered before they are put there, and put there again where that is not known.

The card is edited, which can be repeated: no way to show it twice. But nobody can look at it, so a successor could not
tell whether the pictures stand there; it repeats the edit, and does not take them to the channel.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.delivery.card import Cards
from bot.delivery.patience import Patience
from bot.delivery.post import close_files, open_files
from bot.delivery.trouble import Closed, Passing, TooLarge, Unknown
from bot.model import ON_CARD, Job, Picture, Post
from bot.store.artifacts import Artifacts
from bot.ui.faces import Face
from bot.ui.results import Result

REQUEST_MAX_BYTES = 24 * 1024 * 1024  # Discord takes requests up to 25 MiB; the rest is for text and boundaries


class OnCard:
    def __init__(self, cards: Cards, artifacts: Artifacts) -> None:
        self._cards = cards
        self._artifacts = artifacts

    async def unsure(self, job: Job) -> Post | None:
        """What was about to be put on the card, perhaps by a process that is gone: it may stand there."""
        posts = await self._artifacts.posts(job.id)
        return next((post for post in posts if post.is_on_card and post.message_id is None), None)

    async def put(self, result: Result, pictures: Sequence[Picture], place: int, patience: Patience) -> None:
        """Put the pictures on the card, as the job's message no. `place`, or again as the one that is unsure.

        Raises:
            Closed, TooLarge.
        """
        job = result.job
        if sum(picture.size_bytes for picture in pictures) > REQUEST_MAX_BYTES:
            raise TooLarge
        before = await self.unsure(job)
        numbers = tuple(picture.index for picture in pictures)
        part = before.part if before else f"{ON_CARD}{place}"
        post = Post(part, job.arrival.place.channel_id, None, numbers)
        await self._artifacts.post(job.id, post)
        message_id = await self._persist(result, pictures, post, patience, is_unsure=before is not None)
        await self._artifacts.post(job.id, replace(post, message_id=message_id))

    async def _persist(
        self, result: Result, pictures: Sequence[Picture], post: Post, patience: Patience, *, is_unsure: bool
    ) -> int:
        """Try until they stand there; the card's id. What surely does not stand there is not on record either."""
        face = result.face(pictures, private=True)
        try:
            while True:
                try:
                    return await self._once(result.job, face, pictures)
                except Passing as error:
                    is_unsure = is_unsure or isinstance(error, Unknown)
                    if not await patience.pause(error):
                        raise Closed(detail=f"card: {error.detail}") from error
        except (Closed, TooLarge):
            if not is_unsure:
                await self._artifacts.forget_post(result.job.id, post.part)
            raise

    async def _once(self, job: Job, face: Face, pictures: Sequence[Picture]) -> int:
        files = await open_files(job, pictures)
        try:
            size_bytes = sum(picture.size_bytes for picture in pictures)
            return await self._cards.show_pictures(job, face, files, size_bytes=size_bytes)
        finally:
            close_files(files)  # a card that is out of reach was never sent to
