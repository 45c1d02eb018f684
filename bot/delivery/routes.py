"""Where a finished job's pictures go: the channel, the private card, a direct message, or waiting in /quota."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from enum import StrEnum

import discord

from bot.clock import Clock
from bot.delivery.card import Cards
from bot.delivery.fitting import Fitting
from bot.delivery.heard import Heard
from bot.delivery.line import Line
from bot.delivery.on_card import REQUEST_MAX_BYTES, OnCard
from bot.delivery.patience import Patience
from bot.delivery.post import Message, Posts
from bot.delivery.rights import missing_rights
from bot.delivery.trouble import Closed, Passing, TooLarge, Undecided
from bot.delivery.words import DirectWords
from bot.errors import BadPicture
from bot.model import Job, Picture, Post, Way
from bot.pictures import WorkFailed
from bot.store.artifacts import Artifacts
from bot.ui import faces
from bot.ui.results import Result

log = logging.getLogger(__name__)

FILES_MAX = 10  # Discord: attachments of one message
SMALLEST_LIMIT_BYTES = 128 * 1024
SLOW_POST_S = 2.0
CALLED_FOR_S = 30.0  # for so long a picture is tried whose member waits for it; then it goes back to /quota


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
        self,
        client: discord.Client,
        *,
        line: Line,
        cards: Cards,
        posts: Posts,
        words: DirectWords,
        artifacts: Artifacts,
        fitting: Fitting,
        clock: Clock,
    ) -> None:
        self._client = client
        self._line = line
        self._cards = cards
        self._on_card = OnCard(cards, artifacts)
        self._posts = posts
        self._words = words
        self._artifacts = artifacts
        self._fitting = fitting
        self._clock = clock

    @property
    def is_cut_off(self) -> bool:
        """Whether Discord does not answer, so that nothing can be delivered."""
        return self._line.is_away

    async def deliver(self, result: Result, pictures: Sequence[Picture], *, called_for: bool = False) -> Delivered:
        """Bring the pictures to their member on the first way that is open; what is delivered is not sent again.

        A way is closed by a refusal; while Discord does not answer, the job stands before it and tries again.
        Another process may have posted already, without having been able to say so: then the channel is read first.
        `called_for`: the member came for pictures that waited, and has a fresh private card.
        """
        job = result.job
        patience = self._line.patience(CALLED_FOR_S if called_for else self._line.deadlines.in_all_s)
        is_on_card = await self._on_card.unsure(job) is not None
        closed = await self._look_for_posts(job, patience)
        done = await self._entered(job)
        last = _route_of(job, done) if done else Route.WAITING
        for route in [Route.CARD] if called_for else self._routes(job, closed, is_on_card=is_on_card):
            missing = _not_in(pictures, done)
            if not missing:
                break
            try:
                await self._by(route, result, missing, patience)
                last = route
            except (Closed, Undecided) as error:
                log.warning("way closed job=%d route=%s detail=%s", job.id, route, error.detail)
                result = self._explained(result) if route is Route.CHANNEL else result
            done = await self._entered(job)
        return Delivered(Route.WAITING if _not_in(pictures, done) else last, done)

    async def delivered(self, job: Job) -> Delivered:
        """What of a job has reached its member."""
        posts = await self._entered(job)
        return Delivered(_route_of(job, posts) if posts else Route.WAITING, posts)

    def _routes(self, job: Job, closed: set[int], *, is_on_card: bool) -> list[Route]:
        """`closed` are channels where the pictures may stand already, and nothing can tell.

        `is_on_card`: they may stand there, and putting them there once more is how to make sure.
        """
        place = job.arrival.place
        public = not job.request.private and not place.missing and place.member_may_write and not is_on_card
        card = job.arrival.way is not Way.REPLY
        return [Route.CHANNEL] * (public and place.channel_id not in closed) + [Route.CARD] * card + [Route.DIRECT]

    async def _look_for_posts(self, job: Job, patience: Patience) -> set[int]:
        """Enter what another process posted without being able to say so; the channels that cannot be looked at."""
        posts = await self._artifacts.posts(job.id)
        unsure = [post for post in posts if post.message_id is None and post.numbers and not post.is_on_card]
        undecided = set()
        for post in unsure:
            try:
                there = await self._posts.find_patiently(job, post.channel_id, patience)
            except Undecided:
                log.warning("cannot tell whether posted job=%d part=%s", job.id, post.part)
                undecided.add(post.channel_id)
                continue
            same = [found for found in there if set(found.numbers) & set(post.numbers)]
            if same:
                await self._artifacts.post(job.id, replace(same[0], part=post.part))
            else:
                await self._artifacts.forget_post(job.id, post.part)  # surely not posted
        return undecided

    def _explained(self, result: Result) -> Result:
        """The result as it is shown elsewhere: what keeps us out of the channel, as far as we can see."""
        job = result.job
        place = job.arrival.place
        missing = missing_rights(self._client.get_channel(place.channel_id))
        arrival = replace(job.arrival, place=replace(place, missing=missing))
        return replace(result, job=replace(job, arrival=arrival), was_refused=True)

    async def _entered(self, job: Job) -> list[Post]:
        posts = await self._artifacts.posts(job.id)
        entered = [post for post in posts if post.numbers and post.message_id is not None]
        return sorted(entered, key=lambda post: post.place)

    async def _by(self, route: Route, result: Result, pictures: Sequence[Picture], patience: Patience) -> None:
        """Send the pictures on one way; those that are entered stand there, whatever is raised."""
        job = result.job
        limit = job.arrival.place.file_limit_bytes
        while True:
            try:
                fitting = [await self._fitting.one(job, picture, limit) for picture in pictures]
            except (BadPicture, WorkFailed) as error:
                raise Closed(detail=f"picture cannot be made smaller: {type(error).__name__}") from error
            try:
                return await self._send(route, result, fitting, patience)
            except TooLarge as error:
                left = _not_in(fitting, await self._entered(job))
                limit = min(limit, max(picture.size_bytes for picture in left)) // 2
                if limit < SMALLEST_LIMIT_BYTES:
                    raise Closed(detail="too large at any size") from error
                pictures = _not_in(pictures, await self._entered(job))

    async def _send(self, route: Route, result: Result, pictures: Sequence[Picture], patience: Patience) -> None:
        job = result.job
        places = [post.place for post in await self._artifacts.posts(job.id) if post.numbers]
        first_part = max(places, default=-1) + 1  # what may have been posted elsewhere stays on record
        if route is Route.CARD:
            await self._on_card.put(result, pictures, first_part, patience)
        elif route is Route.DIRECT:
            channel_id = await self._direct_channel(job, patience)
            await self._post(result, pictures, first_part, channel_id, patience, private=True)
        else:
            async with self._notice_when_slow(job):
                await self._post(result, pictures, first_part, job.arrival.place.channel_id, patience, private=False)

    async def _post(
        self,
        result: Result,
        pictures: Sequence[Picture],
        first_part: int,
        channel_id: int,
        patience: Patience,
        *,
        private: bool,
    ) -> None:
        user = discord.Object(result.job.arrival.requester.user_id)
        mentions = discord.AllowedMentions(everyone=False, roles=False, users=[user], replied_user=False)
        for part, group in enumerate(_in_messages(pictures), start=first_part):
            face = result.face(group, private=private)
            message = Message(face.content, face.view, group, mentions)
            await self._posts.send(result.job, str(part), channel_id, message, patience)

    @asynccontextmanager
    async def _notice_when_slow(self, job: Job) -> AsyncIterator[None]:
        """The card says that the post waits, once it does; only then, so that it never comes over the pictures."""
        notice = asyncio.create_task(self._say_that_it_waits(job))
        try:
            yield
        finally:
            notice.cancel()
            await asyncio.gather(notice, return_exceptions=True)

    async def _say_that_it_waits(self, job: Job) -> None:
        await self._clock.sleep(SLOW_POST_S)
        patience = self._line.patience(self._line.deadlines.in_all_s)
        while await self._cards.show(job, faces.posting(job)) is Heard.LATER and await patience.pause(Passing()):
            pass

    async def _direct_channel(self, job: Job, patience: Patience) -> int:
        try:
            return await self._words.channel_with(job.arrival.requester.user_id, patience)
        except Passing as error:
            raise Closed(detail=f"direct message: {error.detail}") from error


def _route_of(job: Job, posts: list[Post]) -> Route:
    last = posts[-1]
    if last.is_on_card or last.message_id == job.card_message_id:
        return Route.CARD
    return Route.CHANNEL if last.channel_id == job.arrival.place.channel_id else Route.DIRECT


def _not_in(pictures: Sequence[Picture], posts: Sequence[Post]) -> list[Picture]:
    there = {number for post in posts for number in post.numbers}
    return [picture for picture in pictures if picture.index not in there]


def _in_messages(pictures: Sequence[Picture]) -> list[list[Picture]]:
    """Groups that each fit one message, by number and by sum of sizes."""
    groups: list[list[Picture]] = [[]]
    for picture in pictures:
        size_bytes = sum(each.size_bytes for each in groups[-1]) + picture.size_bytes
        if groups[-1] and (len(groups[-1]) == FILES_MAX or size_bytes > REQUEST_MAX_BYTES):
            groups.append([])
        groups[-1].append(picture)
    return groups
