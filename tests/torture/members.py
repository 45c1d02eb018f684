"""Who asks the bot for things while it is killed: all that members can do, drawn from the seed."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

from sandbox.discord.server import FakeDiscord
from sandbox.guest import Asked, ClientRefused, Guest, SeenMessage, Upload
from tests.end_to_end.screen import has_result, shows_pictures
from tests.end_to_end.uploads import picture

CANARY = "wapping"  # in every prompt, and in no line of any log
PUBLIC = ("general", "sketches", "lounge", "no-uploads", "read-only")
IN_SERVER = {"Ada": PUBLIC, "Ben": PUBLIC, "Cleo": ("general", "sketches"), "Pia": ("general", "sketches")}
LOOKS_BACK = 12  # messages of a channel
ANSWER_S = 1.0

Deed = Callable[[Guest], Awaitable[object]]


class Members:
    """`asked` are all interactions so far, `taken_away` the messages that were to be deleted."""

    def __init__(self, discord: FakeDiscord, chance: Random) -> None:
        self.asked: list[Asked] = []
        self.taken_away: set[int] = set()
        self._discord = discord
        self._chance = chance
        self._guests = [discord.guest(name) for name in IN_SERVER]
        self._number = 0
        self._upload = Upload("cat.png", picture())
        self._deeds: list[tuple[int, Deed]] = [
            (30, self.imagine),
            (12, self._several),
            (14, self._private),
            (8, self._direct),
            (6, self._forbidden),
            (5, self._vary_upload),
            (8, self._reply),
            (4, self._more),
            (3, self._wrong_reply),
            (6, self._again),
            (8, self._vary_button),
            (7, self._cancel),
            (4, self._retry),
            (3, self._twice),
            (3, self._follow),
            (3, self._delete),
        ]

    async def act(self) -> None:
        """One of them does something; what a client would not allow just now becomes a plain request."""
        guest = self._chance.choice(self._guests)
        weights = [weight for weight, _ in self._deeds]
        [(_, deed)] = self._chance.choices(self._deeds, weights)
        try:
            await deed(guest)
        except ClientRefused:
            await self.imagine(guest)

    def guest(self, user_id: int) -> Guest:
        return next(guest for guest in self._guests if guest.id == user_id)

    @property
    def guests(self) -> list[Guest]:
        return self._guests

    def prompt(self, words: str = "a heron") -> str:
        """Words that name their request: what the image service is asked for can be told apart."""
        self._number += 1
        return f"{words} of {CANARY} <{self._number}>"

    async def imagine(self, guest: Guest, *, channel: str = "", private: bool = False, count: int = 1) -> Asked:
        channel = channel or self._chance.choice(IN_SERVER[guest.name])
        asked = await guest.slash(
            "imagine", channel=channel, options={"private": private, "count": count}, prompt=self.prompt()
        )
        self.asked.append(asked)
        return asked

    async def _several(self, guest: Guest) -> None:
        await self.imagine(guest, count=self._chance.randint(2, 3), private=self._chance.random() < 0.3)

    async def _private(self, guest: Guest) -> None:
        await self.imagine(guest, private=True)

    async def _direct(self, guest: Guest) -> None:
        await self.imagine(guest, channel="dm")

    async def _forbidden(self, guest: Guest) -> None:
        prompt = self.prompt("a forbidden heron")
        self.asked.append(
            await guest.slash("imagine", channel=self._chance.choice(IN_SERVER[guest.name]), prompt=prompt)
        )

    async def _vary_upload(self, guest: Guest) -> None:
        channel = self._chance.choice(IN_SERVER[guest.name])
        self.asked.append(await guest.slash("vary", channel=channel, image=self._upload, prompt=self.prompt()))

    async def _reply(self, guest: Guest) -> None:
        await guest.reply(self._a_result(guest), f"vary {self.prompt()}")

    async def _more(self, guest: Guest) -> None:
        await guest.reply(self._a_result(guest), "more")

    async def _wrong_reply(self, guest: Guest) -> None:
        await guest.reply(self._a_result(guest), "vary #9")

    async def _again(self, guest: Guest) -> None:
        self.asked.append(await guest.click(self._a_result(guest), "Again"))

    async def _vary_button(self, guest: Guest) -> None:
        self.asked.append(await guest.click(self._a_result(guest), "V1"))

    async def _cancel(self, guest: Guest) -> None:
        """Several at once, so that one has to wait; then that one is taken back."""
        mine = [await self.imagine(guest) for _ in range(3)]
        await asyncio.sleep(self._chance.uniform(0.02, 0.3))
        await self._press(guest, "Cancel", mine[-1:])

    async def _retry(self, guest: Guest) -> None:
        await self._press(guest, "Try again", self._mine(guest))

    async def _follow(self, guest: Guest) -> None:
        await self._press(guest, "How is it going?", self._mine(guest))

    async def _twice(self, guest: Guest) -> None:
        asked = await self.imagine(guest)
        self._discord.interactions.send_again(asked.interaction)

    async def _delete(self, guest: Guest) -> None:
        seen = self._a_result(guest)
        if guest.id not in seen.mentions:
            raise ClientRefused("somebody else's")
        self.asked.append(await guest.click(seen, "Delete"))
        self.taken_away.add(seen.id)

    def _mine(self, guest: Guest) -> list[Asked]:
        return [asked for asked in self.asked if asked.interaction.person.id == guest.id][-8:]

    async def _press(self, guest: Guest, button: str, cards: list[Asked]) -> None:
        for asked in cards:
            if (card := asked.message) is not None and button in card.buttons:
                self.asked.append(await guest.click(card, button))
                return
        raise ClientRefused(f"no card has {button!r}")

    def _a_result(self, guest: Guest) -> SeenMessage:
        """One of the newest public pictures in a channel where this person may write."""
        world = self._discord.world
        channel = self._discord.channel(self._chance.choice(IN_SERVER[guest.name][:3]))
        messages = list(world.messages.get(channel.id, {}).values())[-LOOKS_BACK:]
        seen = [SeenMessage(message.versions[-1]) for message in messages if not message.deleted]
        pictures = [each for each in seen if shows_pictures(each) and has_result(each) and each.author == "Easel"]
        if not pictures:
            raise ClientRefused("there is no picture yet")
        return self._chance.choice(pictures)

    async def fetch(self, guest: Guest) -> bool:
        """Type /quota and take the first pictures that wait there; whether some did."""
        asked = await guest.slash("quota", channel="dm")
        self.asked.append(asked)
        answer = await asked.answer(ANSWER_S * 3)
        waits = "Show it to me" in answer.buttons
        if waits:
            self.asked.append(await guest.click(answer, "Show it to me"))
        return waits
