"""The prompt: one line, one act of one of the people."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from sandbox.discord.command_rules import CommandType
from sandbox.discord.seen import ClientRefused
from sandbox.discord.server import FakeDiscord
from sandbox.terminal.player import Player
from sandbox.terminal.typed import file
from sandbox.terminal.usage import usage

LOOK_BACK = 8
HELP = (
    ("as Cleo", "be somebody else: Ada, Ben, Cleo (she manages the server), Pia (a patron), Olga (its owner)"),
    ("in no-uploads", "open another channel: general, sketches, no-uploads, read-only, lounge, or dm"),
    ("look", "what stands in the channel, as you see it"),
    ("reply vary 2", "reply to the last picture"),
    ("click V1", "press the newest button of that name"),
    ("menu", "right-click the last picture and choose the bot's command there"),
    ("upload FILE", "post a picture of yours, without any bot"),
    ("say WORDS", "say something"),
    ("quit", "or Ctrl-D"),
)


class Prompt:
    """`who` is at the keyboard; `hints` are more lines for `help`."""

    def __init__(self, discord: FakeDiscord, player: Player, hints: Sequence[tuple[str, str]] = ()) -> None:
        self._discord = discord
        self._player = player
        self._hints = hints
        self._seat = player.seat("Ada")
        self._verbs: dict[str, Callable[[str], Awaitable[None]]] = {
            "as": self._become,
            "in": self._enter,
            "look": self._look,
            "reply": self._reply,
            "click": self._click,
            "menu": self._menu,
            "upload": self._upload,
            "say": self._say,
            "help": self._help,
        }

    @property
    def sign(self) -> str:
        place = "direct messages" if self._seat.channel == "dm" else f"#{self._seat.channel}"
        return f"{self._seat.name} in {place}> "

    async def obey(self, line: str) -> None:
        """Do what one line says; what cannot be done is said."""
        verb, _, rest = line.strip().partition(" ")
        try:
            if verb.startswith("/"):
                await self._player.show(self._seat, self._seat.type(line.strip()))
            elif verb.casefold() in self._verbs:
                await self._verbs[verb.casefold()](rest.strip())
            elif verb:
                self._player.screen.failure(f"I do not know «{verb}»: commands begin with /, «help» lists the rest.")
        except (ClientRefused, TimeoutError) as error:
            self._player.screen.failure(f"Not done: {error}" if str(error) else "That took too long.")

    def beginnings(self) -> list[str]:
        """What a line may begin with, for completion."""
        slash = [path.partition(" [")[0] for path, _ in usage(self._discord.commands.listed(None))]
        return [*slash, *self._verbs, "quit"]

    async def _become(self, name: str) -> None:
        people = [person.name for person in self._discord.world.people.values() if not person.is_bot]
        found = next((one for one in people if one.casefold() == name.lstrip("@").casefold()), None)
        if found is None:
            raise ClientRefused(f"there is nobody called {name!r}, only {', '.join(people)}")
        channel, self._seat = self._seat.channel, self._player.seat(found)
        with suppress(ClientRefused):  # a channel that this person does not have: they stay where they were
            self._seat.enter(channel)

    async def _enter(self, channel: str) -> None:
        self._seat.enter(channel)
        await self._look("")

    async def _look(self, _: str) -> None:
        shown = self._seat.shown()[-LOOK_BACK:]
        if not shown:
            self._player.screen.note("Nothing stands here yet.")
        for message in shown:
            self._player.screen.stands(message)

    async def _reply(self, words: str) -> None:
        await self._player.replies(self._seat, words, self._seat.last_picture())

    async def _click(self, label: str) -> None:
        offered = {each.casefold(): each for message in self._seat.shown() for each in message.buttons}
        label = offered.get(label.strip("[]").casefold(), label)
        await self._player.clicks(self._seat, label, self._seat.last_with(label))

    async def _menu(self, name: str) -> None:
        listed = self._discord.commands.listed(None)
        offered = [command["name"] for command in listed if command["type"] == CommandType.MESSAGE_MENU]
        if not offered:
            raise ClientRefused("no bot offers anything there")
        await self._player.opens_menu(self._seat, name or offered[0], self._seat.last_picture())

    async def _upload(self, path: str) -> None:
        await self._player.says(self._seat, "", await asyncio.to_thread(file, path))

    async def _say(self, words: str) -> None:
        await self._player.says(self._seat, words)

    async def _help(self, _: str) -> None:
        self._player.screen.listing([*usage(self._discord.commands.listed(None)), *HELP, *self._hints])
