"""The event stream, spoken by hand: identify, heartbeat, resume, close codes, compression, faults."""

import asyncio
from typing import Any

import pytest

from sandbox.discord.permissions import Permission
from sandbox.discord.server import FakeDiscord
from sandbox.discord.session import Intent
from tests.sandbox.discord.by_hand import INTENTS, line


async def test_hello_heartbeat_ready_and_the_servers(server: FakeDiscord) -> None:
    async with line(server) as heard:
        hello = await heard.hear()
        await heard.say(1, None)
        ack = await heard.hear()
        ready = await heard.identify()
        guilds = [await heard.until("GUILD_CREATE") for _ in range(2)]

    assert (hello["op"], hello["d"]["heartbeat_interval"], ack["op"]) == (10, 41250, 11)
    assert ready["d"]["resume_gateway_url"] == server.gateway_url
    assert [each["unavailable"] for each in ready["d"]["guilds"]] == [True, True]
    assert [each["d"]["name"] for each in guilds] == ["The Atelier", "The Workshop"]
    assert [each["user"]["username"] for each in guilds[0]["d"]["members"]] == ["Easel"]
    assert [each["s"] for each in (ready, *guilds)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [
        (2, {"token": "wrong", "intents": 1}, 4004),
        (2, {"token": None, "intents": 1 << 30}, 4013),
        (2, {"token": None}, 4013),
        (2, {"token": None, "intents": int(Intent.MESSAGE_CONTENT)}, 4014),
        (2, {"token": None, "intents": int(Intent.GUILD_MEMBERS)}, 4014),
        (2, {"token": None, "intents": 1, "shard": [1, 1]}, 4010),
        (3, {}, 4003),
        (99, {}, 4001),
    ],
)
async def test_a_broken_rule_closes_the_connection_with_its_code(
    server: FakeDiscord, op: int, data: dict[str, Any], code: int
) -> None:
    if "token" in data and data["token"] is None:
        data = {**data, "token": server.bot_token}
    async with line(server) as heard:
        await heard.hear()
        await heard.say(op, data)

        assert await heard.closed() == code


async def test_too_long_and_too_many_payloads_close_the_connection(server: FakeDiscord) -> None:
    async with line(server) as heard:
        await heard.say(1, "x" * 5000)
        assert await heard.closed() == 4002
    async with line(server) as heard:
        for _ in range(121):
            await heard.say(1, None)
        assert await heard.closed() == 4008


async def test_what_happens_meanwhile_is_replayed_to_a_resume(server: FakeDiscord) -> None:
    ada = server.guest("Ada")
    async with line(server) as heard:
        ready = await heard.identify()
        await heard.until("GUILD_CREATE")
        sequence = (await heard.until("GUILD_CREATE"))["s"]
        server.gateway.cut()
        await heard.socket.receive(timeout=5)
    await ada.say("one", channel="dm")
    await ada.say("two", channel="dm")

    async with line(server) as heard:
        await heard.resume(ready["d"]["session_id"], sequence)
        texts = [(await heard.until("MESSAGE_CREATE"))["d"]["content"] for _ in range(2)]
        resumed = await heard.hear()

    assert texts == ["one", "two"]
    assert (resumed["t"], resumed["d"]) == ("RESUMED", {})


@pytest.mark.parametrize("how", ["clean close", "too late", "unknown", "future"])
async def test_a_session_that_is_over_cannot_be_resumed(server: FakeDiscord, how: str) -> None:
    async with line(server) as heard:
        ready = await heard.identify()
        if how == "clean close":
            await heard.socket.close(code=1000)
        else:
            server.gateway.cut()
            await heard.socket.receive(timeout=5)
    while server.gateway.connected():
        await asyncio.sleep(0.001)
    server.clock.advance(4 * 60 if how == "too late" else 60)

    async with line(server) as heard:
        await heard.hear()
        await heard.resume("x" if how == "unknown" else ready["d"]["session_id"], 999 if how == "future" else 1)

        assert await heard.hear() == {"op": 9, "d": False}


async def test_reconnect_and_invalid_session_are_asked_for(server: FakeDiscord) -> None:
    async with line(server) as heard:
        await heard.identify()
        await heard.until("GUILD_CREATE")
        await heard.until("GUILD_CREATE")
        server.gateway.reconnect()
        assert (await heard.hear())["op"] == 7
        server.gateway.invalidate(resumable=True)
        assert await heard.hear() == {"op": 9, "d": True}
        assert server.gateway.connected()
        server.gateway.invalidate(resumable=False)
        assert await heard.hear() == {"op": 9, "d": False}
        assert not server.gateway.sessions


async def test_a_close_code_ends_the_session_or_leaves_it(server: FakeDiscord) -> None:
    for code, sessions in ((4000, 1), (4009, 0)):
        async with line(server) as heard:
            await heard.identify()
            server.gateway.close(code)
            assert await heard.closed() == code
        assert len(server.gateway.sessions) == sessions


@pytest.mark.parametrize(("query", "is_packed"), [("", False), ("?v=10&encoding=json&compress=zlib-stream", True)])
async def test_the_stream_is_compressed_when_asked(server: FakeDiscord, query: str, is_packed: bool) -> None:
    async with line(server, query) as heard:
        assert (await heard.hear())["op"] == 10
        assert (await heard.identify())["t"] == "READY"

    assert heard.packed == (2 if is_packed else 0)


async def test_events_go_to_every_session_and_only_where_intents_ask(server: FakeDiscord) -> None:
    async with line(server) as first, line(server) as second, line(server) as deaf:
        await first.identify()
        await second.identify()
        await deaf.identify(intents=int(Intent.GUILDS))
        await server.guest("Ada").say("hello")
        server.set_permissions(server.channel("general"), server.world.person("Ada"))

        for each in (first, second):
            assert (await each.until("MESSAGE_CREATE"))["d"]["author"]["global_name"] == "Ada"
        for _ in range(2):
            await deaf.until("GUILD_CREATE")
        assert (await deaf.hear())["t"] == "CHANNEL_UPDATE"


async def test_a_shard_hears_of_its_servers_only(server: FakeDiscord) -> None:
    atelier = server.world.guild("The Atelier")
    number = (atelier.id >> 22) % 997
    async with line(server) as heard:
        ready = await heard.identify(shard=[number, 997])
        for name in ("lounge", "general"):
            server.set_permissions(server.channel(name), server.world.person("Ada"))
        update = await heard.until("CHANNEL_UPDATE")

    assert update["d"]["name"] == "general"
    assert [int(each["id"]) for each in ready["d"]["guilds"]] == [atelier.id]


async def test_an_event_can_come_twice_late_and_in_the_wrong_order(server: FakeDiscord) -> None:
    ada = server.guest("Ada")
    async with line(server) as heard:
        await heard.identify()
        server.gateway.duplicate_next("MESSAGE_CREATE")
        await ada.say("twice", channel="dm")
        server.gateway.withhold("MESSAGE_CREATE")
        await ada.say("one", channel="dm")
        await ada.say("two", channel="dm")
        server.gateway.release(backwards=True)

        texts = [(await heard.until("MESSAGE_CREATE"))["d"]["content"] for _ in range(4)]

    assert texts == ["twice", "twice", "two", "one"]


async def test_content_needs_the_intent_in_the_app_and_in_the_session(server: FakeDiscord) -> None:
    server.world.message_content_intent = True
    async with line(server) as with_it, line(server) as without:
        await with_it.identify(intents=INTENTS | int(Intent.MESSAGE_CONTENT))
        await without.identify()
        await server.guest("Ada").say("words")

        assert (await with_it.until("MESSAGE_CREATE"))["d"]["content"] == "words"
        assert (await without.until("MESSAGE_CREATE"))["d"]["content"] == ""


@pytest.mark.usefixtures("rest")
async def test_the_bot_hears_nothing_from_a_channel_that_it_cannot_see(server: FakeDiscord) -> None:
    server.set_permissions(server.channel("general"), server.world.bot, deny=Permission.VIEW_CHANNEL)
    async with line(server) as heard:
        await heard.identify()
        await server.guest("Ada").say("secret")
        await server.guest("Ada").slash("paint", prompt="x")

        for _ in range(2):
            await heard.until("GUILD_CREATE")
        assert (await heard.hear())["t"] == "INTERACTION_CREATE"
