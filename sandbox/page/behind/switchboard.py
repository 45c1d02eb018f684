"""Switches that make the image service or Discord misbehave: for every page that is open, until they are off again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from sandbox.discord.faults import Happening, rate_limited
from sandbox.discord.seen import ClientRefused
from sandbox.discord.server import FakeDiscord
from sandbox.discord.wire import Json
from sandbox.image_api.faults.errors import rate_limited as busy
from sandbox.image_api.faults.errors import refused_by_safety, server_error
from sandbox.image_api.faults.faults import Fault, Planned
from sandbox.image_api.records import PICTURE_ROUTES
from sandbox.image_api.server import FakeImageApi

SLOW_S = 8.0
RETRY_AFTER_S = 2.0
RETIRING = "gpt-image-2.5-flare"
ANSWERING = {"busy", "broken", "forbidding"}  # they answer instead of the image service
FOR_EVER = 1_000_000_000
POSTS_AND_EDITS = r"^/channels/\d+/messages|^/webhooks/"

Side = Literal["images", "discord"]


@dataclass(slots=True)
class Switch:
    """`label` goes on where the name of its side stops; `says` is what it does while it is on.

    `_turn_on` returns what turns it off again.
    """

    name: str
    side: Side
    label: str
    says: str
    _turn_on: Callable[[], Callable[[], None]]
    _turn_off: Callable[[], None] | None = field(default=None, init=False)

    @property
    def is_on(self) -> bool:
        return self._turn_off is not None

    def turn(self, *, on: bool) -> None:
        if on and self._turn_off is None:
            self._turn_off = self._turn_on()
        elif not on and self._turn_off is not None:
            turn_off, self._turn_off = self._turn_off, None
            turn_off()

    def shown(self) -> Json:
        return {"name": self.name, "side": self.side, "label": self.label, "says": self.says, "on": self.is_on}


class Switchboard:
    """One trouble of a kind at a time: turning on one that answers for the image service turns the others off."""

    def __init__(self, discord: FakeDiscord, images: FakeImageApi) -> None:
        self._discord = discord
        self._images = images
        self._switches = {switch.name: switch for switch in (*self._of_images(), *self._of_discord())}

    def _of_images(self) -> Iterator[Switch]:
        yield Switch("slow", "images", "slow", f"A picture takes {SLOW_S:.0f} s longer.", self._slow)
        yield Switch(
            "busy",
            "images",
            "busy",
            f"Every call for pictures is answered with 429 and «try again in {RETRY_AFTER_S:.0f} s».",
            lambda: self._answers(busy(f"{RETRY_AFTER_S:.0f}")),
        )
        yield Switch(
            "broken",
            "images",
            "broken",
            "Every call for pictures is answered with 500.",
            lambda: self._answers(server_error()),
        )
        yield Switch(
            "forbidding",
            "images",
            "forbidding",
            "Every call for pictures is refused by the service’s own safety system, after moderation let it pass.",
            lambda: self._answers(refused_by_safety("violence")),
        )
        yield Switch(
            "retired",
            "images",
            "retired",
            f"{RETIRING}, which the bot takes by default, is gone: the service knows it no longer.",
            self._retire,
        )

    def _of_discord(self) -> Iterator[Switch]:
        yield Switch(
            "limited",
            "discord",
            "says 429",
            f"Messages and edits of the bot are answered with 429 and «try again in {RETRY_AFTER_S:.0f} s»; "
            "only first answers pass.",
            self._limit,
        )
        yield Switch(
            "dropped",
            "discord",
            "drops the gateway",
            "The connection over which the bot hears of anything is cut, and none comes about.",
            self._drop,
        )

    def turn(self, name: str, *, on: bool) -> None:
        """Raises ClientRefused for a switch that is not here."""
        if name not in self._switches:
            raise ClientRefused(f"there is no switch «{name}»")
        if on and name in ANSWERING:
            for other in ANSWERING - {name}:
                self._switches[other].turn(on=False)
        self._switches[name].turn(on=on)

    def all_off(self) -> None:
        for switch in self._switches.values():
            switch.turn(on=False)

    def shown(self) -> list[Json]:
        return [switch.shown() for switch in self._switches.values()]

    def _answers(self, fault: Fault) -> Callable[[], None]:
        faults = self._images.faults
        planned: list[Planned] = [faults.add(route=route, then=fault, times=None) for route in PICTURE_ROUTES]

        def off() -> None:
            for each in planned:
                faults.drop(each)

        return off

    def _slow(self) -> Callable[[], None]:
        before = self._images.latency_s
        self._images.latency_s = before + SLOW_S

        def off() -> None:
            self._images.latency_s = before

        return off

    def _retire(self) -> Callable[[], None]:
        before = self._images.models
        self._images.models = tuple(model for model in before if model.id != RETIRING)

        def off() -> None:
            self._images.models = before

        return off

    def _limit(self) -> Callable[[], None]:
        faults = self._discord.faults
        planned: Happening = faults.add(
            then=rate_limited(RETRY_AFTER_S), method="POST|PATCH", path=POSTS_AND_EDITS, times=FOR_EVER
        )
        return lambda: faults.drop(planned)

    def _drop(self) -> Callable[[], None]:
        gateway = self._discord.gateway
        gateway.is_away = True
        gateway.cut()

        def off() -> None:
            gateway.is_away = False

        return off
