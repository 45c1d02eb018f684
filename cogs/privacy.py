"""/privacy export and /privacy erase: members see, and end, what is kept of them."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import ImageBot
from bot.delivery.doors import InteractionDoor, answer_press, change
from bot.delivery.on_card import REQUEST_MAX_BYTES
from bot.delivery.routes import FILES_MAX
from bot.delivery.trouble import Obstacle, TooLarge
from bot.errors import InvalidRequest, TooLate
from bot.privacy.exporting import Export, ExportFile
from bot.rooms import Rooms
from bot.store.erasures import Answer
from bot.ui import privacy
from bot.ui.buttons import ON_PRIVACY, Action, Press
from bot.ui.faces import words

log = logging.getLogger(__name__)

Interaction = discord.Interaction[ImageBot]

NOT_HERE = "I do not wait for that answer here: type /privacy erase again."


class Privacy(commands.GroupCog, group_name="privacy", group_description="What this bot keeps of you"):
    def __init__(self, bot: ImageBot, rooms: Rooms) -> None:
        super().__init__()
        self._bot = bot
        self._rooms = rooms

    @app_commands.command()
    async def export(self, interaction: Interaction) -> None:
        """Get everything that is stored about you, as a file."""
        self._rooms.exporting.admit(interaction.user.id)
        try:
            await self._serve(interaction)
        except BaseException:  # whatever it was: he has nothing yet
            self._rooms.exporting.not_served(interaction.user.id)
            raise

    async def _serve(self, interaction: Interaction) -> None:
        await InteractionDoor(interaction).answer(words(privacy.GATHERING))
        limit_bytes = min(interaction.filesize_limit, REQUEST_MAX_BYTES)
        try:
            async with self._rooms.exporting.export(interaction.user.id, limit_bytes=limit_bytes) as export:
                await self._send(interaction, export)
        except Obstacle as error:
            log.warning("export not sent detail=%s", error.detail)
            raise InvalidRequest(privacy.NOT_SENT) from error
        log.info("exported requests=%d parts=%d pictures=%d", export.requests, len(export.parts), export.zipped)

    @app_commands.command()
    async def erase(self, interaction: Interaction) -> None:
        """Erase what is stored about you; you are asked first."""
        key = await self._rooms.erasures.ask(
            interaction.user.id, channel_id=interaction.channel_id or 0, at=self._rooms.clock.now()
        )
        await InteractionDoor(interaction).answer(privacy.ask(key))

    async def _send(self, interaction: Interaction, export: Export) -> None:
        """The first files on the private answer, more of them in private messages behind it."""
        files = [*export.parts[:1], *([export.pictures] if export.pictures else []), *export.parts[1:]]
        try:
            first, *more = _in_messages(files)
            await self._attach(interaction, export, first)
        except TooLarge:
            if export.pictures is None:
                raise
            export.pictures, export.zipped = None, 0  # the words count more
            first, *more = _in_messages(export.parts)
            await self._attach(interaction, export, first)
        send = partial(interaction.followup.send, ephemeral=True)
        for group in more:
            await self._upload(partial(_send_files, send, group), group)

    async def _attach(self, interaction: Interaction, export: Export, group: Sequence[ExportFile]) -> None:
        edit = partial(interaction.edit_original_response, content=_words(export))
        await self._upload(lambda: edit(attachments=_opened(group)), group)

    async def _upload(self, call: Callable[[], Awaitable[object]], group: Sequence[ExportFile]) -> None:
        line = self._rooms.line
        within_s = line.deadlines.upload_of(sum(file.size_bytes for file in group))
        await line.once(call, bucket=None, within_s=within_s)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        custom_id = interaction.data.get("custom_id") if interaction.data else None
        press = Press.parse(str(custom_id))
        if interaction.type is not discord.InteractionType.component or press is None:
            return
        if press.action not in ON_PRIVACY:
            return
        try:
            await self._answered(interaction, press)
        except Exception as error:  # noqa: BLE001 -- the place where failures become words takes all of them
            await self._bot.tell(interaction, error)

    async def _answered(self, interaction: Interaction, press: Press) -> None:
        if interaction.message is None or not interaction.message.flags.ephemeral:
            raise InvalidRequest(NOT_HERE)
        delete_posts = press.action is Action.ERASE_POSTS
        given = await self._rooms.erasures.answer(
            press.key,
            Answer.KEEP if press.action is Action.KEEP else Answer.ERASE,
            user_id=interaction.user.id,
            channel_id=interaction.channel_id or 0,
            delete_posts=delete_posts,
            at=self._rooms.clock.now(),
        )
        if given is Answer.KEEP:
            await answer_press(interaction, privacy.kept(), self._rooms.line)
            return
        with suppress(TooLate):  # it has been written down, and is done whoever sees it
            await answer_press(interaction, privacy.erasing(), self._rooms.line)
        await self._rooms.erasing.erase()
        left = await self._rooms.erasing.left(interaction.user.id)
        await change(interaction, privacy.erased(left, delete_posts=delete_posts), self._rooms.line)


async def _send_files(send: Callable[..., Awaitable[object]], group: Sequence[ExportFile]) -> None:
    await send(files=_opened(group))


def _words(export: Export) -> str:
    return privacy.exported(requests=export.requests, parts=len(export.parts), kept=export.kept, zipped=export.zipped)


def _in_messages(files: Sequence[ExportFile]) -> list[list[ExportFile]]:
    groups: list[list[ExportFile]] = [[]]
    for file in files:
        size_bytes = sum(each.size_bytes for each in groups[-1]) + file.size_bytes
        if groups[-1] and (len(groups[-1]) == FILES_MAX or size_bytes > REQUEST_MAX_BYTES):
            groups.append([])
        groups[-1].append(file)
    return groups


def _opened(files: Sequence[ExportFile]) -> list[discord.File]:
    for file in files:
        file.stream.seek(0)
    return [discord.File(file.stream, filename=file.name) for file in files]


async def setup(bot: ImageBot) -> None:
    await bot.add_cog(Privacy(bot, bot.rooms))
