"""What comes over the gateway and cannot be understood: it never ends the bot, and nothing of it is logged."""

import logging
from typing import Any

import discord.shard
import orjson
import pytest

from bot.gateway.socket import SteadySocket
from tests.end_to_end.books import until
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import paints
from tests.scene import Scene

CANARY = "the unmistakable heron"
AUTHOR = {"id": "7", "username": CANARY, "discriminator": "0", "avatar": None}


def interaction(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 -- whatever JSON can hold
    """A slash command as Discord sends it; a change of None leaves a key out."""
    whole = {
        "id": "1400000000000000001",
        "application_id": "1",
        "type": 2,
        "token": CANARY,
        "version": 1,
        "locale": "en-GB",
        "user": AUTHOR,
        "channel_id": "5",
        "entitlements": [],
        "authorizing_integration_owners": {},
        "context": 0,
        "attachment_size_limit": 1,
        "app_permissions": "0",
        "data": {"id": "1", "name": "imagine", "type": 1, "options": [{"name": "prompt", "type": 3, "value": CANARY}]},
    }
    return {key: value for key, value in (whole | changes).items() if value is not None}


EVENTS: dict[str, tuple[str, Any]] = {
    "an interaction without attachment_size_limit": ("INTERACTION_CREATE", interaction(attachment_size_limit=None)),
    "an interaction of an unknown kind": ("INTERACTION_CREATE", interaction(type=99)),
    "an interaction without an id": ("INTERACTION_CREATE", interaction(id=None)),
    "an interaction whose id is no number": ("INTERACTION_CREATE", interaction(id=CANARY)),
    "an interaction whose data is a list": ("INTERACTION_CREATE", interaction(data=[CANARY])),
    "an interaction that is null": ("INTERACTION_CREATE", None),
    "a message of nonsense": ("MESSAGE_CREATE", {"content": CANARY, "author": 17, "mentions": "nobody"}),
    "a message that is text": ("MESSAGE_CREATE", CANARY),
    "a message with half an author": ("MESSAGE_CREATE", {"id": "1", "channel_id": "2", "author": {"id": CANARY}}),
    "half a server": ("GUILD_CREATE", {"id": "1400000000000000002", "name": CANARY, "channels": [{"type": 0}]}),
    "a server without an id": ("GUILD_CREATE", {"name": CANARY}),
    "a channel that is null": ("CHANNEL_UPDATE", None),
    "a list where an object belongs": ("GUILD_DELETE", [CANARY]),
    "an event that nobody knows": ("HERON_CREATE", {"heron": CANARY}),
    "a resume that is null": ("RESUMED", None),
}
UNDERSTOOD = {  # by the parsers
    "an interaction of an unknown kind",
    "an interaction whose data is a list",
    "an event that nobody knows",
}


@pytest.mark.parametrize("name", EVENTS)
async def test_an_event_that_cannot_be_read_is_left_out_and_the_bot_goes_on(
    scene: Scene, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    caplog.set_level(logging.INFO)
    event, data = EVENTS[name]

    scene.discord.gateway.dispatch(event, lambda _: data, None)
    await paints(scene, scene.guest("Ada"))

    noted = [record.getMessage() for record in caplog.records if "malformed event=" in record.getMessage()]
    assert [line.split()[1] for line in noted] == ([] if name in UNDERSTOOD else [f"event={event}"])
    assert all("incident=" in line for line in noted)
    assert CANARY not in caplog.text
    assert (scene.discord.gateway.identifies, scene.discord.gateway.resumes) == (1, 0)


async def test_after_a_malformed_event_the_session_can_be_resumed_where_it_was(scene: Scene) -> None:
    gateway = scene.discord.gateway
    gateway.dispatch("INTERACTION_CREATE", lambda _: interaction(id=None), None)
    gateway.dispatch("MESSAGE_CREATE", lambda _: CANARY, None)
    await paints(scene, scene.guest("Ada"))

    gateway.cut()
    await until(lambda: gateway.resumes == 1 and bool(gateway.connected()))
    await paints(scene, scene.guest("Ada"))

    assert (gateway.identifies, len(gateway.sessions)) == (1, 1)


@pytest.mark.parametrize("number", ["seven", 1.5, None, [1], True])
async def test_a_sequence_number_that_is_none_is_not_taken_over(scene: Scene, number: object) -> None:
    gateway = scene.discord.gateway
    gateway.garble(orjson.dumps({"op": 0, "t": "TYPING_START", "s": number, "d": {}}).decode())

    await paints(scene, scene.guest("Ada"))
    gateway.garble(orjson.dumps({"op": 0, "t": "TYPING_START", "s": number, "d": {}}).decode())
    gateway.reconnect()
    await until(lambda: gateway.resumes == 1 and bool(gateway.connected()))
    await paints(scene, scene.guest("Ada"))

    assert gateway.identifies == 1


BROKEN: dict[str, str | bytes] = {
    "no JSON": f"{{{CANARY}",
    "JSON that is a list": orjson.dumps([CANARY]).decode(),
    "JSON that is a number": "4711",
    "a name that is a list": orjson.dumps({"op": 0, "t": [CANARY], "s": None, "d": {}}).decode(),
    "a hello without an interval": orjson.dumps({"op": 10, "d": {}}).decode(),
    "an op that nobody knows": orjson.dumps({"op": CANARY, "d": CANARY}).decode(),
    "bytes that are no zlib": b"\x01\x02\x03\x04\x00\x00\xff\xff",
    "bytes that do not end": bytes(range(256)),
    "nothing": b"",
    "a huge event": orjson.dumps({"op": 0, "t": "HERON_CREATE", "s": None, "d": "x" * 16_000_000}).decode(),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_frame_that_is_garbage_costs_a_resume_at_most(
    scene: Scene, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    scene.discord.gateway.garble(BROKEN[name])

    await paints(scene, scene.guest("Ada"))

    assert scene.discord.gateway.identifies == 1
    assert CANARY not in caplog.text.replace("Unknown OP code the unmistakable heron", "")


async def test_what_breaks_the_line_whenever_it_is_replayed_is_left_behind_with_its_session(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    gateway = scene.discord.gateway
    gateway.dispatch("READY", lambda _: {}, None)

    await until(lambda: gateway.identifies == 2 and bool(gateway.connected()))
    await paints(scene, scene.guest("Ada"))

    assert gateway.resumes <= 3


async def test_a_welcome_that_cannot_be_read_is_asked_for_again(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried, start=False)
    gateway = scene.discord.gateway
    gateway.half_welcomes = 1

    await scene.start()
    await until(lambda: gateway.identifies == 2 and bool(gateway.connected()))
    await paints(scene, scene.guest("Ada"))


async def test_the_one_seam_in_discord_py_is_where_it_was(scene: Scene) -> None:
    house = scene.house
    assert house is not None
    shard = house.client.get_shard(0)

    assert discord.shard.DiscordWebSocket is SteadySocket
    assert shard is not None
    assert isinstance(shard._parent.ws, SteadySocket), "every connection of a shard is made through the seam"
