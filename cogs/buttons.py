"""Buttons. A press is read from the interaction itself, so every button survives a restart.

discord.py's DynamicItem would do the same, but drops ids that are not on the message without an answer and only
logs what its callbacks raise; here a forged press gets words, and failures become words where all others do.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import discord
from discord.ext import commands

from bot.client import ImageBot
from bot.delivery.arrivals import arrival_of
from bot.delivery.doors import InteractionDoor, answer_later, answer_press, change
from bot.errors import InvalidRequest, NotAllowed, TooOld
from bot.model import Job, JobState, Post, Way
from bot.request import ImageRequest, Source
from bot.rooms import Rooms
from bot.store.jobs import Overtaken
from bot.ui import faces
from bot.ui.buttons import ON_PRIVACY, Action, Press
from bot.ui.results import number_of

Interaction = discord.Interaction[discord.Client]

ON_CARDS = {Action.CANCEL, Action.RETRY, Action.FOLLOW}  # for the requester alone, whose card it is
ON_REPLY_CARDS = {*ON_CARDS, Action.WHY}
ON_RESULTS = {Action.VARY, Action.AGAIN, Action.DELETE}
NOT_MINE = "This button is not one of mine any more: what it stood for was erased, or never was here."
HAVE_IT = "You have it already."
NOT_YOURS = "Only the person who asked for this can press that button."
TOO_LATE_BEGUN = "It is too late to cancel: painting has begun."
TOO_LATE_DONE = "It is too late to cancel: this is done."


class Buttons(commands.Cog):
    def __init__(self, bot: ImageBot, rooms: Rooms) -> None:
        self._bot = bot
        self._rooms = rooms
        self._actions: dict[Action, Callable[[Interaction, Job, Press], Awaitable[None]]] = {
            Action.VARY: self._vary,
            Action.AGAIN: self._again,
            Action.DELETE: self._delete,
            Action.CANCEL: self._cancel,
            Action.RETRY: self._retry,
            Action.WHY: self._why,
            Action.FOLLOW: self._follow,
            Action.FETCH: self._fetch,
        }

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        if interaction.type is not discord.InteractionType.component:
            return
        try:
            await self._press(interaction)
        except Exception as error:  # noqa: BLE001 -- the place where failures become words takes all of them
            await self._bot.tell(interaction, error)

    async def _press(self, interaction: Interaction) -> None:
        custom_id = interaction.data.get("custom_id") if interaction.data else None
        press = Press.parse(str(custom_id))
        if press is None:
            raise InvalidRequest(NOT_MINE)
        if press.action in ON_PRIVACY:
            return  # cogs.privacy hears it too
        if press.action is Action.WHY and (reason := self._rooms.notices.reason(press.key, interaction.user.id)):
            raise InvalidRequest(reason)
        job = await self._rooms.jobs.find(press.key)
        if job is None or not await self._belongs(job, interaction, press):
            raise InvalidRequest(NOT_MINE)
        await self._actions[press.action](interaction, job, press)

    async def _belongs(self, job: Job, interaction: Interaction, press: Press) -> bool:
        """Whether this job's button can stand where it was pressed: ids come back from anybody's hand."""
        if press.action is Action.FETCH:
            return True  # on /quota, anywhere; its owner is checked
        message = interaction.message
        if message is None:
            return False
        posts = await self._rooms.artifacts.posts(job.id)
        for post in posts:
            if post.message_id == message.id:
                return post.channel_id == interaction.channel_id
        for post in posts:  # one whose answer was lost, and which turns up now
            if post.channel_id == interaction.channel_id and self._is_it(post, message, press):
                await self._rooms.artifacts.post(job.id, replace(post, message_id=message.id))
                return True
        if press.action not in ON_CARDS or not message.flags.ephemeral:
            return False
        is_card = job.card_message_id in (None, message.id)
        return is_card and interaction.guild_id == job.arrival.place.guild_id

    def _is_it(self, post: Post, message: discord.Message, press: Press) -> bool:
        """Whether a message is one that was not known to stand there: a card is not mistaken for a result."""
        if post.message_id is not None or message.author != self._bot.user:
            return False
        if post.numbers:
            return press.action in ON_RESULTS and message.flags.ephemeral == post.is_on_card
        return press.action in ON_REPLY_CARDS and not message.flags.ephemeral

    async def _vary(self, interaction: Interaction, job: Job, press: Press) -> None:
        message = interaction.message
        assert message is not None, "checked when the press was read"
        for attachment in message.attachments:
            if number_of(attachment.filename) == press.number:
                request = ImageRequest.vary(
                    Source(url=attachment.url), private=job.request.private or message.flags.ephemeral
                )
                await self._accept(interaction, request)
                return
        raise InvalidRequest("That picture is not there any more.")

    async def _again(self, interaction: Interaction, job: Job, _: Press) -> None:
        if job.request.model and job.painted_model:
            self._rooms.models.stock.was_here(job.request.model)
        await self._accept(interaction, _same(job))

    async def _retry(self, interaction: Interaction, job: Job, _: Press) -> None:
        _only_requester(interaction, job)
        await self._accept(interaction, _same(job))

    async def _accept(self, interaction: Interaction, request: ImageRequest) -> None:
        await self._rooms.studio.accept(request, arrival_of(interaction, Way.BUTTON), InteractionDoor(interaction))

    async def _delete(self, interaction: Interaction, job: Job, _: Press) -> None:
        if interaction.user.id != job.arrival.requester.user_id and not interaction.permissions.manage_messages:
            raise NotAllowed("Only the person who asked for this, or who may manage messages here, can delete it.")
        await answer_later(interaction, self._rooms.line)  # several messages may take a while
        await self._rooms.removal.remove(job, interaction.channel_id or 0)
        await change(interaction, faces.words("Deleted."), self._rooms.line)

    async def _cancel(self, interaction: Interaction, job: Job, _: Press) -> None:
        _only_requester(interaction, job)
        now = await self._rooms.studio.cancel(job)
        if now.state is not JobState.CANCELLED:
            raise InvalidRequest(TOO_LATE_DONE if now.is_ended else TOO_LATE_BEGUN)
        is_shown = await answer_press(interaction, faces.words(faces.CANCELLED), self._rooms.line)
        await self._rooms.studio.cancel_was_answered(now, is_shown=is_shown)

    async def _why(self, interaction: Interaction, job: Job, _: Press) -> None:
        _only_requester(interaction, job)
        raise InvalidRequest(job.failure or NOT_MINE)

    async def _follow(self, interaction: Interaction, job: Job, _: Press) -> None:
        """A click on an aged card brings a new token: the card lives on, or gets the pictures that waited."""
        _only_requester(interaction, job)
        if job.waiting:
            await self._fetch(interaction, job, _)
            return
        assert interaction.message is not None, "checked when the press was read"
        face = self._rooms.noticeboard.card_of(job)
        await answer_press(interaction, face, self._rooms.line)
        await self._rooms.jobs.set_token(
            job.id, token=interaction.token, message_id=interaction.message.id, at=self._rooms.clock.now()
        )
        now = await self._rooms.jobs.get(job.id)
        if now.state is not job.state:  # it went on while the card was being answered
            await change(interaction, self._rooms.noticeboard.card_of(now), self._rooms.line)

    async def _fetch(self, interaction: Interaction, job: Job, _: Press) -> None:
        """Pictures that waited are shown to the member who came for them."""
        _only_requester(interaction, job)
        if not job.waiting:
            raise InvalidRequest(job.failure or HAVE_IT)
        message_id = await InteractionDoor(interaction).answer(faces.words("One moment…"))
        try:
            await self._rooms.studio.hand_over(
                job,
                token=interaction.token,
                channel_id=interaction.channel_id or job.arrival.place.channel_id,
                card_message_id=message_id,
            )
        except Overtaken:  # by another click, or by the end of the time for which they waited
            now = await self._rooms.jobs.get(job.id)
            raise InvalidRequest(now.failure or HAVE_IT) from None


def _only_requester(interaction: Interaction, job: Job) -> None:
    if interaction.user.id != job.arrival.requester.user_id:
        raise NotAllowed(NOT_YOURS)


def _same(job: Job) -> ImageRequest:
    """The job's request once more, from its row: the whole prompt, and the source as it was kept."""
    if not job.words_kept:
        raise TooOld
    if job.request.source is not None:
        return job.request.once_more(Source(url=job.request.source.url, kept_by_job=job.id))
    return job.request


async def setup(bot: ImageBot) -> None:
    await bot.add_cog(Buttons(bot, bot.rooms))
