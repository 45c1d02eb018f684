"""What Discord counts against an address, counted where every request passes; and what is held back for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from bot.discretion import Discretion, Gone, Held, Level, Marks, Weight
from tests.clock import FakeClock

CAREFUL_AT, SPARING_AT = Marks().careful_at, Marks().sparing_at
POST = ("POST", "/api/v10/channels/1/messages")
DELETE = ("DELETE", "/api/v10/channels/1/messages/2")
ANSWER = ("POST", "/api/v10/interactions/1/token/callback")
CARD = ("PATCH", "/api/v10/webhooks/1/token/messages/@original")
OTHER_CARD = ("PATCH", "/api/v10/webhooks/1/other/messages/@original")


@dataclass
class Wire:
    """Discord as far as it matters here: it answers each request with `status`, and counts what comes."""

    discretion: Discretion
    clock: FakeClock
    levels: list[Level] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    heard: int = 0
    session: aiohttp.ClientSession = field(init=False)
    url: str = ""

    async def handle(self, _: web.Request) -> web.Response:
        self.heard += 1
        return web.Response(status=self.status, headers=self.headers)

    async def ask(self, request: tuple[str, str], status: int = 200, *, times: int = 1, **headers: str) -> int:
        """The status of the last of them."""
        self.status, self.headers = status, {name.replace("_", "-"): value for name, value in headers.items()}
        for _ in range(times):
            async with self.session.request(request[0], self.url + request[1]) as response:
                seen = response.status
        return seen


@asynccontextmanager
async def opened() -> AsyncIterator[Wire]:
    clock = FakeClock()
    wire = Wire(Discretion(clock), clock)
    wire.discretion.on_change = lambda level, _: wire.levels.append(level)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", wire.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    wire.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession(trace_configs=[wire.discretion.trace()]) as wire.session:
        yield wire
    await runner.cleanup()


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with opened() as opened_wire:
        yield opened_wire


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_what_discord_counts_is_counted(wire: Wire, status: int) -> None:
    await wire.ask(POST, status, times=3)

    assert wire.discretion.refused() == 3


@pytest.mark.parametrize("status", [200, 204, 400, 404, 413, 500, 502])
async def test_nothing_else_is_counted(wire: Wire, status: int) -> None:
    await wire.ask(POST, status, times=3)

    assert wire.discretion.refused() == 0


async def test_a_limit_that_others_have_used_up_is_not_ours(wire: Wire) -> None:
    await wire.ask(POST, 429, X_RateLimit_Scope="shared")
    await wire.ask(POST, 429, X_RateLimit_Scope="user")

    assert wire.discretion.refused() == 1


async def test_after_ten_minutes_it_counts_no_more_also_where_nobody_asked_meanwhile(wire: Wire) -> None:
    await wire.ask(POST, 403, times=3)
    wire.clock.advance(599)
    before = wire.discretion.refused()
    wire.clock.advance(2)

    assert (before, wire.discretion.refused()) == (3, 0)


async def test_courtesies_are_held_back_first_then_all_but_answers_cards_and_posts(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    await wire.ask(POST, 403, times=CAREFUL_AT - 1)
    assert wire.discretion.may(Weight.COURTESY)
    await wire.ask(POST, 403)

    assert not wire.discretion.may(Weight.COURTESY)
    assert await wire.ask(DELETE, 204) == 204
    await wire.ask(POST, 403, times=SPARING_AT - CAREFUL_AT)
    heard = wire.heard
    with pytest.raises(Held):
        await wire.ask(DELETE)
    assert wire.heard == heard, "it was not sent"
    for essential in (POST, ANSWER, CARD, ("GET", POST[1]), ("GET", "/api/v10/gateway/bot")):
        assert await wire.ask(essential) == 200

    assert wire.levels == [Level.CAREFUL, Level.SPARING]
    assert f"refused={SPARING_AT} in 10 min level=sparing most={SPARING_AT} times 403 POST /channels" in caplog.text
    wire.clock.advance(601)
    assert await wire.ask(DELETE, 204) == 204
    assert wire.levels == [Level.CAREFUL, Level.SPARING, Level.FREE]


async def test_a_webhook_that_is_gone_is_asked_twice_and_no_more(wire: Wire) -> None:
    await wire.ask(CARD, 404, times=2)
    heard = wire.heard

    with pytest.raises(Gone):
        await wire.ask(CARD)

    assert wire.heard == heard
    assert await wire.ask(OTHER_CARD) == 200


async def test_a_token_that_has_ended_is_asked_once(wire: Wire) -> None:
    await wire.ask(CARD, 401)

    with pytest.raises(Gone):
        await wire.ask(CARD)

    assert not wire.discretion.token_doubted.is_set(), "it was the token of an interaction, not the bot's"


async def test_a_card_that_was_asked_for_too_early_lives_on(wire: Wire) -> None:
    """Once before the answer that makes it, then it is there; a later slip of Discord's is again the first."""
    for _ in range(3):
        await wire.ask(CARD, 404)
        await wire.ask(CARD)

    assert await wire.ask(CARD) == 200


@pytest.mark.parametrize("request_", [POST, DELETE, ("GET", "/api/v10/oauth2/applications/@me")])
async def test_a_refusal_of_the_bots_own_token_is_noticed(wire: Wire, request_: tuple[str, str]) -> None:
    await wire.ask(request_, 401)

    assert wire.discretion.token_doubted.is_set()
