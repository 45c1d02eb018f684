"""Acts of people, shown as they happen: what was done, what was seen, and where the pictures are."""

import asyncio
from collections.abc import Awaitable

from sandbox.discord.keyboard import Upload
from sandbox.discord.seen import SeenMessage
from sandbox.discord.server import FakeDiscord
from sandbox.terminal.album import Album
from sandbox.terminal.screen import Screen
from sandbox.terminal.seat import Seat
from sandbox.terminal.watch import Happened


class Player:
    def __init__(self, discord: FakeDiscord, screen: Screen, album: Album) -> None:
        self.screen = screen
        self.album = album
        self._discord = discord
        self._seats: dict[str, Seat] = {}

    def seat(self, name: str) -> Seat:
        """A person's own seat; it remembers the open channel."""
        if name not in self._seats:
            self._seats[name] = Seat(self._discord, name)
        return self._seats[name]

    async def types(self, seat: Seat, line: str, *, raw: bool = False) -> Happened:
        self.screen.does(seat.name, "types", line)
        return await self.show(seat, seat.type(line, raw=raw))

    async def opens_menu(self, seat: Seat, name: str, message: SeenMessage) -> Happened:
        self.screen.does(seat.name, "right-clicks", f"{_about(message)} → Apps → {name}")
        return await self.show(seat, seat.menu(name, message))

    async def clicks(self, seat: Seat, label: str, message: SeenMessage) -> Happened:
        self.screen.does(seat.name, "clicks", f"[{label}] under {_about(message)}")
        return await self.show(seat, seat.click(label, message))

    async def replies(self, seat: Seat, words: str, message: SeenMessage) -> Happened:
        self.screen.does(seat.name, "replies", f"{words}   (to {_about(message)})")
        return await self.show(seat, seat.reply(words, message))

    async def says(self, seat: Seat, words: str, *uploads: Upload) -> Happened:
        self.screen.does(seat.name, "says", words or ", ".join(upload.filename for upload in uploads))
        return await self.show(seat, seat.say(words, *uploads))

    async def show(self, seat: Seat, act: Awaitable[Happened]) -> Happened:
        """Let an act happen, and show what came of it."""
        happened = await act
        self.screen.happened(seat.name, happened)
        await self._keep_pictures(seat, happened.messages)
        return happened

    async def _keep_pictures(self, seat: Seat, messages: tuple[SeenMessage, ...]) -> None:
        """Download new pictures into the album, as the person's client would."""
        for message in messages:
            for attachment in message.attachments:
                if not self.album.has(attachment):
                    content = await seat.guest.download(attachment)
                    path = await asyncio.to_thread(self.album.keep, attachment, content, owner=seat.name)
                    self.screen.picture(path, attachment)


def _about(message: SeenMessage) -> str:
    described = next((each.description for each in message.attachments if each.description), None)
    return f"«{described}»" if described else f"{message.author}’s message"
