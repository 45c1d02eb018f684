"""Links, limits, faults and records: what happens around a request."""

import asyncio
import io
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from sandbox.discord.faults import Fault, Hang, Hold, Late, Reset, rate_limited, status
from sandbox.discord.limits import Bucket
from sandbox.discord.server import FakeDiscord
from sandbox.guest import ClientRefused, Upload
from sandbox.traffic import TrafficLog
from tests.sandbox.discord.by_hand import Rest

POSTING = r"/channels/\d+/messages$"


async def test_a_link_lives_a_day_and_the_message_read_again_has_a_fresh_one(server: FakeDiscord) -> None:
    ada = server.guest("Ada")
    old = (await ada.say("x", uploads=[Upload("a.txt", b"words")])).attachments[0]
    assert await ada.download(old) == b"words"

    server.clock.advance(24 * 60 * 60 + 5)

    with pytest.raises(ClientRefused, match="404: This content is no longer available"):
        await ada.download(old)
    assert await ada.download(ada.sees()[0].attachments[0]) == b"words"


async def test_a_link_without_its_signature_or_for_another_file_is_worthless(server: FakeDiscord) -> None:
    ada = server.guest("Ada")
    post = await ada.say("x", uploads=[Upload("a.txt", b"one"), Upload("b.txt", b"two")])
    first, second = (each.url for each in post.attachments)
    forged = [
        first.split("?")[0],
        first.split("?")[0] + "?" + second.split("?")[1],
        first.replace("ex=", "ex=f"),
        first.replace("hm=", "hm=0"),
    ]

    async with aiohttp.ClientSession() as session:
        for url in forged:
            async with session.get(url) as response:
                assert response.status == 404


async def test_a_deleted_messages_files_are_gone(server: FakeDiscord) -> None:
    ada = server.guest("Ada")
    post = await ada.say("x", uploads=[Upload("a.txt", b"words")])
    await ada.delete(post)

    with pytest.raises(ClientRefused, match="no longer available"):
        await ada.download(post.attachments[0])


async def test_a_file_may_have_any_name(server: FakeDiscord) -> None:
    ada = server.guest("Ada")
    post = await ada.say("x", uploads=[Upload("../../etc/pass wd%2F ünï.txt", b"words")])

    assert post.attachments[0].filename == "etcpass_wd2F_n.txt"
    assert await ada.download(post.attachments[0]) == b"words"


async def test_five_posts_in_five_seconds_for_each_channel(server: FakeDiscord, rest: Rest) -> None:
    statuses = [(await rest.post("general", {"content": str(n)}))[0] for n in range(5)]
    assert rest.headers["X-RateLimit-Remaining"] == "0"

    refused, body = await rest.post("general", {"content": "5"})
    headers = rest.headers

    assert (statuses, refused) == ([200] * 5, 429)
    assert (body["global"], 0 < body["retry_after"] <= 5) == (False, True)
    assert (headers["Via"], headers["X-RateLimit-Limit"], headers["X-RateLimit-Scope"]) == ("1.1 sandbox", "5", "user")
    assert 1 <= int(headers["Retry-After"]) <= 5
    assert (await rest.post("sketches", {"content": "elsewhere"}))[0] == 200
    server.clock.advance(5)
    assert (await rest.post("general", {"content": "5"}))[0] == 200
    server.limits.set(Bucket.MESSAGE_POST, 100, 5)
    assert [(await rest.post("general", {"content": "x"}))[0] for _ in range(9)] == [200] * 9


async def test_fifty_requests_a_second_over_all_routes_but_interactions_are_free(
    server: FakeDiscord, rest: Rest
) -> None:
    ada = server.guest("Ada")
    server.clock.advance(10)
    channels = [f"/channels/{server.channel(name).id}" for name in ("general", "sketches", "lounge")]

    answers = await asyncio.gather(*(rest("GET", channels[n % 3]) for n in range(60)))
    asked = await ada.slash("paint", prompt="x")

    refused = [body for code, body in answers if code == 429]
    assert 0 < len(refused) <= 10, "a slow machine takes a part of the next second for them"
    assert all(body["global"] for body in refused)
    assert (await rest.answer(asked, 4, {"content": "x"}))[0] == 204


async def test_the_edits_of_one_token_are_limited_apart_from_those_of_another(server: FakeDiscord, rest: Rest) -> None:
    first, second = [await server.guest("Ada").slash("paint", prompt="x") for _ in range(2)]
    for asked in (first, second):
        await rest.answer(asked, 4, {"content": "x"})

    statuses = [(await rest.by_token("PATCH", first, payload={"content": str(n)}))[0] for n in range(6)]

    assert statuses == [200] * 5 + [429]
    assert (await rest.by_token("PATCH", second, payload={"content": "x"}))[0] == 200


async def test_an_error_before_the_work_leaves_nothing_and_one_after_it_leaves_the_message(
    server: FakeDiscord, rest: Rest
) -> None:
    before = server.faults.add(method="POST", path=POSTING, then=status(500))
    after = server.faults.add(method="POST", path=POSTING, then=status(502, after_work=True))

    answers = [await rest.post("general", {"content": str(n)}, [("a.txt", b"x")]) for n in range(3)]

    assert [code for code, _ in answers] == [500, 502, 200]
    assert [m.content for m in server.guest("Ada").sees()] == ["1", "2"]
    assert (before.struck, after.struck) == (1, 1)


async def test_a_429_with_and_without_via(server: FakeDiscord, rest: Rest) -> None:
    server.faults.add(path=POSTING, then=rate_limited(0.25))
    server.faults.add(path=POSTING, then=rate_limited(1.5, via=False, is_global=True))

    code, body = await rest.post("general", {"content": "x"})
    assert (code, body["retry_after"], "Via" in rest.headers) == (429, 0.25, True)
    code, body = await rest.post("general", {"content": "x"})
    assert (code, body["global"], "Via" in rest.headers, rest.headers["Retry-After"]) == (429, True, False, "2")


@pytest.mark.parametrize("after_work", [False, True])
@pytest.mark.parametrize("kind", [Reset, lambda after_work: Hang(0.01, after_work=after_work)])
async def test_a_lost_connection_may_or_may_not_have_done_the_work(
    server: FakeDiscord, rest: Rest, kind: Callable[..., Fault], after_work: bool
) -> None:
    server.faults.add(path=POSTING, then=kind(after_work=after_work))

    with pytest.raises((ConnectionResetError, aiohttp.ClientError)):
        await rest.post("general", {"content": "x"})

    assert len(server.guest("Ada").sees()) == after_work


async def test_a_request_can_be_held_before_and_after_its_work(server: FakeDiscord, rest: Rest) -> None:
    early, done = Hold(), Hold(after_work=True)
    server.faults.add(path=POSTING, then=early)
    first = asyncio.create_task(rest.post("general", {"content": "early"}))
    await early.arrived.wait()
    server.faults.add(path=POSTING, then=done)
    second = asyncio.create_task(rest.post("general", {"content": "done"}))
    await done.arrived.wait()

    assert [m.content for m in server.guest("Ada").sees()] == ["done"]
    early.release()
    done.release()
    assert [code for code, _ in (await first, await second)] == [200, 200]


async def test_a_late_answer_comes_all_the_same(server: FakeDiscord, rest: Rest) -> None:
    server.faults.add(path=POSTING, then=Late(0.01))

    assert (await rest.post("general", {"content": "x"}))[0] == 200


async def test_every_exchange_is_recorded(server: FakeDiscord, rest: Rest, traffic: TrafficLog, tmp_path: Path) -> None:
    await rest.post("general", {"content": "x"}, [("a.txt", b"words")])
    await asyncio.to_thread(traffic.close)

    last = json.loads((tmp_path / "traffic.jsonl").read_text().splitlines()[-1])

    assert (last["service"], last["method"], last["status"]) == ("discord", "POST", 200)
    assert last["path"] == f"/channels/{server.channel('general').id}/messages"
    assert (last["request_json"], last["response_json"]["content"]) == ({"content": "x"}, "x")
    assert [(each["field"], each["filename"], each["size"]) for each in last["files"]] == [("files[0]", "a.txt", 5)]


@pytest.mark.usefixtures("rest")
async def test_uploads_go_to_disk_and_not_to_memory(server: FakeDiscord, tmp_path: Path) -> None:
    """Sixteen uploads of 4 MB at once, sender included, cost less than half of their 64 MB."""
    server.limits.set(Bucket.MESSAGE_POST, 100, 5)
    path = tmp_path / "big.bin"
    path.write_bytes(b"x" * 4_000_000)
    url = f"{server.api_url}/channels/{server.channel('general').id}/messages"
    headers = {"Authorization": f"Bot {server.bot_token}"}

    async def upload(session: aiohttp.ClientSession) -> int:
        with path.open("rb") as file:
            form = aiohttp.FormData()
            form.add_field("files[0]", file, filename="big.bin")
            async with session.post(url, data=form, headers=headers) as response:
                return response.status

    tracemalloc.start()
    try:
        async with aiohttp.ClientSession() as session:
            assert await asyncio.gather(*(upload(session) for _ in range(16))) == [200] * 16
        assert tracemalloc.get_traced_memory()[1] < 32_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.usefixtures("rest")
async def test_a_body_that_is_no_json_is_refused(server: FakeDiscord) -> None:
    url = f"{server.api_url}/channels/{server.channel('general').id}/messages"
    headers = {"Authorization": f"Bot {server.bot_token}", "Content-Type": "application/json"}

    async with aiohttp.ClientSession() as session, session.post(url, data=io.BytesIO(b"{"), headers=headers) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, 50109)
