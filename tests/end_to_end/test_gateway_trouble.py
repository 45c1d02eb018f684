"""The line to the gateway is cut, refused, closed or silent: the bot comes back, at a pace that Discord allows."""

import asyncio
import logging
import time
from collections.abc import Callable

import pytest

from bot.gateway.connections import ConnectionsState
from sandbox.discord.gateway import Gateway
from tests.end_to_end.books import charged, states, until
from tests.end_to_end.conftest import PACE, HurriedClock, Open
from tests.end_to_end.screen import finished, paints, public
from tests.scene import Scene

HOUR_S = 3_600
IDENTIFIES_A_DAY = 1_000
STORM = 100_000
FAST_S = 4.0


def connections(scene: Scene) -> ConnectionsState:
    assert scene.house is not None
    return scene.house.client.connections.state()


def is_back(scene: Scene) -> Callable[[], bool]:
    return lambda: bool(scene.discord.gateway.connected()) and connections(scene).away_s == 0


LOSSES: dict[str, Callable[[Gateway], None]] = {
    "cut": lambda gateway: gateway.cut(),
    "op 7": lambda gateway: gateway.reconnect(),
    "op 9, resumable": lambda gateway: gateway.invalidate(resumable=True),
    "close 1000": lambda gateway: gateway.close(1000),
    "close 4000": lambda gateway: gateway.close(4000),
    "close 4008": lambda gateway: gateway.close(4008),
}


@pytest.mark.parametrize("name", LOSSES)
async def test_what_happened_while_the_line_was_down_is_heard_after_a_resume(scene: Scene, name: str) -> None:
    gateway, ada = scene.discord.gateway, scene.guest("Ada")
    gateway.duplicate_next("INTERACTION_CREATE")  # of the request below, which comes while nobody listens
    begun_s = time.monotonic()

    LOSSES[name](gateway)
    asked = await ada.slash("imagine", prompt="a red bicycle")
    await finished(asked)
    await until(is_back(scene))

    assert time.monotonic() - begun_s < FAST_S, "the first reconnect is at once"
    assert (gateway.identifies, gateway.resumes) == (1, 1)
    assert states(scene) == ["delivered"]
    assert (len(public(ada)), charged(scene, ada)) == (1, 1)


SESSION_OVER: dict[str, Callable[[Gateway], None]] = {
    "op 9": lambda gateway: gateway.invalidate(resumable=False),
    "close 4007": lambda gateway: gateway.close(4007),
    "close 4009": lambda gateway: gateway.close(4009),
}


@pytest.mark.parametrize("name", SESSION_OVER)
async def test_a_session_that_is_over_is_followed_by_a_new_one(
    open_scene: Open, hurried: HurriedClock, name: str
) -> None:
    scene = await open_scene(clock=hurried)

    SESSION_OVER[name](scene.discord.gateway)
    await until(lambda: scene.discord.gateway.identifies == 2)
    await until(is_back(scene))

    await paints(scene, scene.guest("Ada"))


async def test_a_connection_on_which_nothing_is_heard_is_given_up(scene: Scene) -> None:
    """No ACK, and nothing else either: TCP does not tell."""
    assert scene.house is not None
    await scene.stop()
    await scene.start()
    gateway, client = scene.discord.gateway, scene.house.client
    shard = client.get_shard(0)
    assert shard is not None
    gateway.reconnect()
    client._connection.heartbeat_timeout = 0.3  # instead of a minute
    await until(lambda: gateway.resumes == 1)
    await until(is_back(scene))
    client._connection.heartbeat_timeout = 60.0

    gateway.mute()
    ada = scene.guest("Ada")
    asked = await ada.slash("imagine", prompt="a red bicycle")
    await finished(asked)

    assert gateway.resumes == 2
    assert (len(public(ada)), charged(scene, ada)) == (1, 1)


async def until_states_late(scene: Scene) -> None:
    """discord.py takes its own time, up to some seconds, after a connection that could not be made."""
    await until(lambda: states(scene) == ["delivered"], timeout_s=40)


async def test_a_session_is_resumed_although_the_first_try_to_connect_fails(scene: Scene) -> None:
    gateway, ada = scene.discord.gateway, scene.guest("Ada")
    gateway.refuse_connections(1)

    gateway.cut()
    await ada.slash("imagine", prompt="a red bicycle")
    await until_states_late(scene)

    assert (gateway.identifies, gateway.refuses_connections) == (1, 0)
    assert charged(scene, ada) == 1


async def identifies_in(scene: Scene, clock: HurriedClock, hours: float) -> int:
    before, begun_at = scene.discord.gateway.identifies, clock.now()
    while (clock.now() - begun_at).total_seconds() < hours * HOUR_S:
        await asyncio.sleep(0.2)
    return scene.discord.gateway.identifies - before


class Racing(HurriedClock):
    """An hour in a few seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.pace = 300.0

    def monotonic_s(self) -> float:
        return super().monotonic_s() * self.pace / PACE

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.pace)


STORMS: dict[str, Callable[[Gateway], None]] = {
    "every session is refused": lambda gateway: gateway.refuse_sessions(STORM),
    "every new connection is closed with 4000": lambda gateway: gateway.close_on_arrival(4000, STORM),
    "every new connection is closed with 4009": lambda gateway: gateway.close_on_arrival(4009, STORM),
}


@pytest.mark.parametrize("name", STORMS)
async def test_no_storm_uses_up_the_days_identifies(
    open_scene: Open, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    caplog.set_level(logging.INFO)
    clock = Racing()
    scene = await open_scene(clock=clock)
    gateway = scene.discord.gateway

    STORMS[name](gateway)
    gateway.invalidate(resumable=False)
    identifies = await identifies_in(scene, clock, hours=1)
    connections = gateway.connections_made

    assert identifies <= 30
    assert identifies * 24 < IDENTIFIES_A_DAY
    assert connections < 250, "it does not go round without a pause either"
    assert "gateway lost again" in caplog.text
    gateway.refuse_sessions(0)
    gateway.close_on_arrival(4000, 0)
    await until(is_back(scene), timeout_s=30)
    await paints(scene, scene.guest("Ada"))


async def test_losses_with_long_peace_between_them_are_all_mended_at_once(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture
) -> None:
    scene = await open_scene(clock=hurried)
    for number in range(1, 6):
        hurried.skip(300)
        scene.discord.gateway.cut()
        await until(lambda: scene.discord.gateway.resumes == number)  # noqa: B023 -- awaited in the same round
        await until(is_back(scene))

    assert "gateway lost again" not in caplog.text


async def test_where_session_starts_are_nearly_used_up_the_start_waits_and_says_so(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture
) -> None:
    scene = await open_scene(clock=hurried, start=False)
    gateway = scene.discord.gateway
    gateway.starts_used = IDENTIFIES_A_DAY - 50

    starting = asyncio.create_task(scene.start())
    await until(lambda: "session starts nearly used up remaining=50 total=1000" in caplog.text)
    assert gateway.identifies == 0
    gateway.starts_used = 0  # a new day
    hurried.skip(HOUR_S)

    await starting
    await paints(scene, scene.guest("Ada"))


async def test_what_the_line_says_of_itself(scene: Scene) -> None:
    await until(is_back(scene))
    before = connections(scene)
    gateway = scene.discord.gateway
    gateway.refuse_connections(1)
    gateway.cut()
    await until(lambda: connections(scene).connected == 0)
    away = connections(scene)
    await until(is_back(scene))

    assert (before.shards, before.connected, before.away_s, before.identifies_last_hour) == (1, 1, 0.0, 1)
    assert away.connected == 0
    assert away.away_s >= 0


async def test_however_long_discord_was_away_the_gateway_is_tried_again_within_a_good_minute(scene: Scene) -> None:
    assert scene.house is not None
    [shard] = scene.house.client.shards.values()
    await until(lambda: shard._parent._backoff._max < 10)

    pauses_s = [shard._parent._backoff.delay() for _ in range(60)]

    assert 8 < max(pauses_s) <= 64
