"""One person in front of Discord: what they do, and what comes of it."""

import asyncio

from sandbox.discord.command_rules import CommandType
from sandbox.discord.keyboard import DIRECT, Keyboard, Upload
from sandbox.discord.seen import ClientRefused, SeenMessage
from sandbox.discord.server import FakeDiscord
from sandbox.discord.wire import Json
from sandbox.terminal.typed import Values, read
from sandbox.terminal.watch import Happened, Watch


class Seat:
    """`channel` is the one that is open on the screen, by name, or `dm`. What cannot be done raises ClientRefused."""

    def __init__(self, discord: FakeDiscord, name: str, channel: str = "general") -> None:
        self._discord = discord
        self.guest = discord.guest(name)
        self.channel = channel
        self._keyboard = Keyboard(discord, self.guest.person)

    @property
    def name(self) -> str:
        return self.guest.name

    def enter(self, channel: str) -> None:
        name = channel.removeprefix("#")
        self.guest.sees(name)
        self.channel = name

    async def type(self, line: str, *, raw: bool = False) -> Happened:
        """A slash command in one line. `raw` sends it even where the client would not offer the command."""
        place = self._keyboard.place(self.channel)
        name, _, _ = line.removeprefix("/").partition(" ")
        typed = read(line, self._command(name, raw=raw))
        values = await asyncio.to_thread(Values(self._discord.world, place).of, typed)
        watch = self._watch()
        return await watch.after(await self.guest.slash(typed.command, channel=place, raw=raw, options=values))

    async def menu(self, name: str, message: SeenMessage) -> Happened:
        """A command of the message's context menu."""
        watch = self._watch()
        return await watch.after(await self.guest.menu(name, message))

    async def click(self, label: str, message: SeenMessage) -> Happened:
        watch = self._watch()
        return await watch.after(await self.guest.click(message, label))

    async def reply(self, words: str, message: SeenMessage) -> Happened:
        watch = self._watch()
        return await watch.after_message(await self.guest.reply(message, words))

    async def say(self, words: str, *uploads: Upload) -> Happened:
        watch = self._watch()
        return await watch.after_message(await self.guest.say(words, channel=self.channel, uploads=uploads))

    def shown(self) -> list[SeenMessage]:
        return self.guest.sees(self.channel)

    def last_picture(self) -> SeenMessage:
        """The newest message with a picture."""
        for message in reversed(self.shown()):
            if message.attachments:
                return message
        raise ClientRefused("there is no picture in this channel yet")

    def last_with(self, button: str) -> SeenMessage:
        """The newest message with that button."""
        for message in reversed(self.shown()):
            if button in message.buttons:
                return message
        offered = sorted({each for message in self.shown() for each in message.buttons})
        there = f"only {', '.join(offered)}" if offered else "and no other"
        raise ClientRefused(f"there is no button {button!r} in this channel, {there}")

    def _command(self, name: str, *, raw: bool) -> Json:
        if not self._discord.gateway.connected():
            raise ClientRefused("no bot is connected")
        return self._keyboard.command(CommandType.SLASH, name, self._keyboard.place(self.channel), raw=raw)

    def _watch(self) -> Watch:
        return Watch(self._screen, self._discord.changes)

    def _screen(self) -> list[SeenMessage]:
        """The open channel and the direct messages."""
        return self.shown() if self.channel == DIRECT else [*self.shown(), *self.guest.sees(DIRECT)]
