"""Where a finished job's pictures go: the channel, the private card, a direct message, or waiting in /quota."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import aiohttp
import discord

from bot.delivery.card import Cards
from bot.delivery.post import Closed, Message, Posts, TooLarge, Undecided, open_files
from bot.errors import BadPicture
from bot.model import Job, Painted, Post, Way
from bot.pictures import Pictures, WorkFailed
from bot.store.artifacts import Artifacts
from bot.ui.results import Painting

log = logging.getLogger(__name__)

FILES_MAX = 10  # Discord: attachments of one message
REQUEST_MAX_BYTES = 24 * 1024 * 1024  # Discord takes requests up to 25 MiB; the rest is for text and boundaries
SMALLEST_LIMIT_BYTES = 128 * 1024
TELL_TIMEOUT_S = 30.0


class Route(StrEnum):
    CHANNEL = "channel"
    CARD = "card"
    DIRECT = "direct"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Delivered:
    """Which pictures reached their member and on which way the last of them went."""

    route: Route
    posts: list[Post]

    @property
    def count(self) -> int:
        return len({number for post in self.posts for number in post.numbers})


class Delivery:
    def __init__(
        self, client: discord.Client, cards: Cards, posts: Posts, artifacts: Artifacts, pictures: Pictures
    ) -> None:
        self._client = client
        self._cards = cards
        self._posts = posts
        self._artifacts = artifacts
        self._pictures = pictures

    async def deliver(
        self, painting: Painting, pictures: Sequence[Painted], *, resumed: bool = False, called_for: bool = False
    ) -> Delivered:
        """Bring the pictures to their member on the first way that is open; what is delivered is not sent again.

        `resumed`: another process may have posted already, without having been able to say so.
        `called_for`: the member came for pictures that waited, and has a fresh private card.
        """
        job = painting.job
        done = await self._delivered_before(job, resumed=resumed)
        for route in [Route.CARD] if called_for else self._routes(job):
            missing = _not_in(pictures, done)
            if not missing:
                return Delivered(_route_of(job, done), done)
            try:
                done += await self._by(route, painting, missing, first_part=len(done))
            except (Closed, Undecided) as error:
                done = await self._entered(job)
                log.warning("way closed job=%d route=%s detail=%s", job.id, route, error.detail)
        if _not_in(pictures, done):
            return Delivered(Route.WAITING, done)
        return Delivered(_route_of(job, done), done)

    def _routes(self, job: Job) -> list[Route]:
        place = job.arrival.place
        public = not job.request.private and not place.missing and place.member_may_write
        card = job.arrival.way is not Way.REPLY
        return [Route.CHANNEL] * public + [Route.CARD] * card + [Route.DIRECT]

    async def _delivered_before(self, job: Job, *, resumed: bool) -> list[Post]:
        posts = await self._artifacts.posts(job.id)
        unsure = {post.channel_id for post in posts if post.message_id is None}
        if resumed and unsure:
            for channel_id in unsure:
                try:
                    for found in await self._posts.find(job, channel_id):
                        await self._artifacts.post(job.id, found)
                except Undecided:
                    log.warning("cannot tell whether posted job=%d", job.id)
        return await self._entered(job)

    async def _entered(self, job: Job) -> list[Post]:
        posts = await self._artifacts.posts(job.id)
        return [post for post in posts if post.numbers and post.message_id is not None]

    async def _by(
        self, route: Route, painting: Painting, pictures: Sequence[Painted], *, first_part: int
    ) -> list[Post]:
        limit = painting.job.arrival.place.file_limit_bytes
        while True:
            fitting = [await self._fit(painting.job, picture, limit) for picture in pictures]
            try:
                return await self._send(route, painting, fitting, first_part)
            except TooLarge as error:
                largest = max(picture.size_bytes for picture in fitting)
                limit = min(limit, largest) // 2
                if limit < SMALLEST_LIMIT_BYTES:
                    raise Closed(detail="too large at any size") from error

    async def _fit(self, job: Job, picture: Painted, limit_bytes: int) -> Painted:
        """The picture as the service sent it, unless it is too big for the place."""
        if picture.size_bytes <= limit_bytes:
            return picture
        file = picture.file.with_name(f"{picture.index}-fit")
        try:
            fitted = await self._pictures.fit(picture.file, file, limit_bytes=limit_bytes)
        except (BadPicture, WorkFailed) as error:
            raise Closed(detail=f"picture cannot be made smaller: {type(error).__name__}") from error
        log.info("picture shrunk job=%d from_bytes=%d to_bytes=%d", job.id, picture.size_bytes, fitted.size_bytes)
        return replace(picture, file=file, size_bytes=fitted.size_bytes, media_type=fitted.media_type)

    async def _send(self, route: Route, painting: Painting, pictures: Sequence[Painted], first_part: int) -> list[Post]:
        job = painting.job
        if route is Route.CARD:
            return [await self._on_card(painting, pictures)]
        private = route is Route.DIRECT
        channel_id = await self._direct_channel(job) if private else job.arrival.place.channel_id
        user = discord.Object(job.arrival.requester.user_id)
        mentions = discord.AllowedMentions(everyone=False, roles=False, users=[user], replied_user=False)
        posts = []
        for part, group in enumerate(_in_messages(pictures), start=first_part):
            face = painting.face(group, private=private)
            message = Message(face.content, face.view, group, mentions)
            posts.append(await self._posts.send(job, str(part), channel_id, message))
        return posts

    async def _on_card(self, painting: Painting, pictures: Sequence[Painted]) -> Post:
        """The card is edited, which can be repeated: no way to show it twice."""
        job = painting.job
        if sum(picture.size_bytes for picture in pictures) > REQUEST_MAX_BYTES:
            raise TooLarge
        files = await asyncio.to_thread(open_files, job, pictures)
        message_id = await self._cards.show(job, painting.face(pictures, private=True), files)
        if message_id is None:
            raise Closed(detail="card")
        post = Post("0", job.arrival.place.channel_id, message_id, tuple(picture.index for picture in pictures))
        await self._artifacts.post(job.id, post)
        return post

    async def tell(self, job: Job, sentence: str) -> None:
        """Words to the member whose card cannot be reached any more. Never raises."""
        try:
            channel = self._client.get_partial_messageable(await self._direct_channel(job))
            async with asyncio.timeout(TELL_TIMEOUT_S):
                await channel.send(sentence, nonce=f"{job.id}.w")
        except (Closed, discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
            log.info("member not told job=%d error=%s", job.id, type(error).__name__)

    async def _direct_channel(self, job: Job) -> int:
        try:
            user = await self._client.fetch_user(job.arrival.requester.user_id)
            return (await user.create_dm()).id
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Closed(detail=f"direct message: {type(error).__name__}") from error


def _route_of(job: Job, posts: list[Post]) -> Route:
    last = posts[-1]
    if last.channel_id != job.arrival.place.channel_id:
        return Route.DIRECT
    return Route.CARD if last.message_id == job.card_message_id else Route.CHANNEL


def _not_in(pictures: Sequence[Painted], posts: Sequence[Post]) -> list[Painted]:
    there = {number for post in posts for number in post.numbers}
    return [picture for picture in pictures if picture.index not in there]


def _in_messages(pictures: Sequence[Painted]) -> list[list[Painted]]:
    """Groups that each fit one message, by number and by sum of sizes."""
    groups: list[list[Painted]] = [[]]
    for picture in pictures:
        size_bytes = sum(each.size_bytes for each in groups[-1]) + picture.size_bytes
        if groups[-1] and (len(groups[-1]) == FILES_MAX or size_bytes > REQUEST_MAX_BYTES):
            groups.append([])
        groups[-1].append(picture)
    return groups
