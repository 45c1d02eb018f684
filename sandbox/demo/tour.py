"""The tour: scenes one after the other, each of which checks that it went as it should."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp

from sandbox.demo.stage import Stage
from sandbox.discord.seen import ClientRefused
from sandbox.terminal.player import Player
from sandbox.terminal.screen import Screen
from sandbox.terminal.seat import Seat
from sandbox.terminal.watch import Happened, pictures

_LEFT = re.compile(r"(\d+) pictures? left")


class Tour:
    """What a scene has at hand. `failures` counts checks that failed, `charged` the pictures that /quota took off."""

    def __init__(self, stage: Stage, player: Player) -> None:
        self.stage = stage
        self.player = player
        self.failures = 0
        self.charged = 0

    @property
    def screen(self) -> Screen:
        return self.player.screen

    async def play(self, *scenes: "Scene") -> None:
        for number, scene in enumerate(scenes, start=1):
            self.screen.heading(number, scene.__doc__ or scene.__name__)
            try:
                await scene(self)
            except (ClientRefused, TimeoutError, aiohttp.ClientError) as error:
                self.check(f"the scene could not be played to its end: {error}", is_good=False)

    def check(self, words: str, *, is_good: bool) -> None:
        self.failures += not is_good
        self.screen.checked(words, is_good=is_good)

    def check_painted(self, happened: Happened, count: int) -> None:
        """So many pictures for everybody, and nothing else in public."""
        words = "1 picture stands" if count == 1 else f"{count} pictures stand"
        is_good = len(happened.public) == 1 and len(pictures(happened.public)) == count and happened.is_over
        self.check(f"{words} in the channel for everybody", is_good=is_good)

    def check_refused(self, happened: Happened, reason: str) -> None:
        """A private answer with this reason, and nothing that anybody else saw."""
        is_good = reason in happened.words and bool(happened.private) and not happened.public
        self.check(f"refused in private, in plain words («{reason}»)", is_good=is_good)

    @asynccontextmanager
    async def charging(self, seat: Seat, count: int) -> AsyncIterator[None]:
        """Ask /quota before and after, and check that it went down by `count`."""
        before = await self.left(seat)
        yield
        after = await self.left(seat)
        charged = before - after
        self.charged += charged
        if charged:
            words = f"{charged} picture{'s' * (charged > 1)}: {seat.name} had {before} left and now has {after}"
        else:
            words = f"nothing: {seat.name} still has {after} left"
        self.check(f"charged {words}, says /quota", is_good=charged == count)

    async def left(self, seat: Seat) -> int:
        """The balance as /quota says it, asked without showing it. Raises ClientRefused for an unreadable answer."""
        said = (await (await seat.guest.slash("quota", channel=seat.channel)).answer()).text
        found = _LEFT.search(said)
        if found is None:
            raise ClientRefused(f"/quota says {said!r}")
        return int(found[1])


Scene = Callable[[Tour], Awaitable[None]]
