"""Where trouble can be put on the way of a request: Discord's routes, its refusals, and calls that are held."""

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.discord.faults import Hold
from sandbox.guest import Asked, Guest
from sandbox.image_api.faults.faults import Call, Fault
from tests.end_to_end.screen import says
from tests.scene import Scene

CALLBACK = r"/callback"
POST = r"^/channels/\d+/messages$"
CARD = r"^/webhooks/"
FORBIDDEN = {"message": "Missing Permissions", "code": 50013}
NO_CHANNEL = {"message": "Unknown Channel", "code": 10003}
NO_MESSAGE = {"message": "Unknown Message", "code": 10008}
TOO_LARGE = {"message": "Request entity too large", "code": 40005}
TOKEN_S = 15 * 60
NONCE_KEPT_S = 5 * 60


async def held(scene: Scene, guest: Guest, prompt: str = "a red bicycle", **options: bool) -> Asked:
    """A request whose call waits at the image service until `images.release()`."""
    scene.images.hold()
    asked = await guest.slash("imagine", options=options, prompt=prompt)
    await asked.until(says("Painting"))
    await scene.images.until_held(1)
    return asked


async def held_at_discord(
    scene: Scene, guest: Guest, path: str, *, after_work: bool = False, **options: int
) -> tuple[Asked, Hold]:
    """A request one of whose posts waits at Discord until `release`: before its work or, after it, its answer."""
    hold = Hold(after_work=after_work)
    scene.discord.faults.add(method="POST", path=path, then=hold)
    asked = await guest.slash("imagine", options=options, prompt="a red bicycle")
    await hold.arrived.wait()
    return asked, hold


@dataclass(slots=True)
class Held:
    """Holds a call of the image service before its work, or before what it meets `then`; `arrived`: it is there."""

    then: Fault | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _open: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def fault(self) -> Fault:
        return Fault(self._play)

    def release(self) -> None:
        self._open.set()

    async def _play(self, call: Call) -> web.StreamResponse:
        self.arrived.set()
        await self._open.wait()
        if self.then is not None:
            return await self.then.play(call)
        return await (await call.work()).send(call.request)


def let_through() -> Fault:
    """An ordinary call, so that the fault behind it meets the next one."""

    async def play(call: Call) -> web.StreamResponse:
        return await (await call.work()).send(call.request)

    return Fault(play)
