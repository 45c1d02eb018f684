"""The clock of an interaction and what its answers may be, without any bot library."""

import asyncio
from typing import Any

import pytest

from sandbox.discord.server import FakeDiscord
from sandbox.guest import Asked
from tests.sandbox.discord.by_hand import Rest

HIDDEN = {"content": "hello", "flags": 64}


async def paint(server: FakeDiscord, who: str = "Ada") -> Asked:
    return await server.guest(who).slash("paint", prompt="a badger")


async def button(server: FakeDiscord, rest: Rest) -> Asked:
    """Ada pressed a button of an ordinary message."""
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "V1", "custom_id": "v:1"}]}
    await rest.post("general", {"content": "look", "components": [row]})
    (post,) = server.guest("Ada").sees("general")
    return await server.guest("Ada").click(post, "V1")


def code(answer: tuple[int, Any]) -> tuple[int, int]:
    return answer[0], answer[1]["code"]


async def test_an_answer_after_three_seconds_is_refused_and_the_person_sees_a_failure(
    server: FakeDiscord, rest: Rest
) -> None:
    asked = await paint(server)
    server.clock.advance(3.1)

    assert asked.failed
    assert code(await rest.answer(asked, 4, HIDDEN)) == (404, 10062)
    assert code(await rest.by_token("GET", asked)) == (404, 10015)
    assert asked.message is None


async def test_an_answer_within_three_seconds_is_taken(server: FakeDiscord, rest: Rest) -> None:
    asked = await paint(server)
    server.clock.advance(2.5)

    assert (await rest.answer(asked, 4, HIDDEN))[0] == 204
    server.clock.advance(60)
    assert not asked.failed


async def test_a_second_answer_is_refused(server: FakeDiscord, rest: Rest) -> None:
    asked = await paint(server)
    await rest.answer(asked, 5)

    assert code(await rest.answer(asked, 4, HIDDEN)) == (400, 40060)


async def test_of_two_answers_at_once_one_wins(server: FakeDiscord, rest: Rest) -> None:
    asked = await paint(server)

    answers = await asyncio.gather(*(rest.answer(asked, 4, HIDDEN) for _ in range(5)))

    assert sorted(status for status, _ in answers) == [204, 400, 400, 400, 400]
    assert len(server.guest("Ada").sees("general")) == 1


async def test_an_invalid_answer_leaves_the_interaction_open(server: FakeDiscord, rest: Rest) -> None:
    asked = await paint(server)

    assert code(await rest.answer(asked, 4, {"content": "x" * 2001})) == (400, 50035)
    assert (await rest.answer(asked, 4, HIDDEN))[0] == 204


async def test_the_token_is_dead_after_fifteen_minutes(server: FakeDiscord, rest: Rest) -> None:
    asked = await paint(server)
    await rest.answer(asked, 4, HIDDEN)
    server.clock.advance(15 * 60 - 5)
    assert (await rest.by_token("PATCH", asked, payload={"content": "still"}))[0] == 200

    server.clock.advance(10)

    for method in ("GET", "PATCH", "DELETE"):
        assert code(await rest.by_token(method, asked, payload={"content": "x"})) == (401, 50027)
    assert code(await rest.by_token("POST", asked, "", {"content": "x"})) == (401, 50027)


async def test_nothing_goes_by_token_before_the_first_answer(server: FakeDiscord, rest: Rest) -> None:
    asked = await paint(server)

    assert code(await rest.by_token("POST", asked, "", {"content": "x"})) == (404, 10015)


async def test_an_ephemeral_answer_is_for_one_person_and_stays_ephemeral(server: FakeDiscord, rest: Rest) -> None:
    asked = await paint(server)
    await rest.answer(asked, 4, HIDDEN)

    await rest.by_token("PATCH", asked, payload={"content": "edited", "flags": 0})

    assert [m.text for m in server.guest("Ada").sees("general")] == ["edited"]
    assert server.guest("Ada").sees("general")[0].ephemeral
    assert server.guest("Ben").sees("general") == []


async def test_an_ephemeral_message_is_out_of_reach_of_the_channel_routes(server: FakeDiscord, rest: Rest) -> None:
    asked = await paint(server)
    _, body = await rest.answer(asked, 4, HIDDEN, query="?with_response=1")
    channel_id, message_id = server.channel("general").id, body["interaction"]["response_message_id"]

    for method in ("GET", "PATCH", "DELETE"):
        answer = await rest(method, f"/channels/{channel_id}/messages/{message_id}", {"content": "x"})
        assert code(answer) == (404, 10008)
    assert await rest("GET", f"/channels/{channel_id}/messages") == (200, [])


async def test_a_callback_tells_of_its_message_only_when_asked(server: FakeDiscord, rest: Rest) -> None:
    quiet, told, deferred = [await paint(server) for _ in range(3)]

    assert await rest.answer(quiet, 4, HIDDEN) == (204, "")
    status, body = await rest.answer(told, 4, HIDDEN, query="?with_response=true")
    assert (status, body["resource"]["type"], body["resource"]["message"]["content"]) == (200, 4, "hello")
    _, body = await rest.answer(deferred, 5, {"flags": 64}, query="?with_response=1")
    assert body["interaction"]["response_message_loading"]
    assert body["interaction"]["response_message_ephemeral"]
    assert "resource" not in body


async def test_a_follow_up_right_after_a_defer_fills_the_placeholder(server: FakeDiscord, rest: Rest) -> None:
    asked = await paint(server)
    await rest.answer(asked, 5, {"flags": 64})
    first = await asked.answer()

    await rest.by_token("POST", asked, "", {"content": "one"})
    await rest.by_token("POST", asked, "", {"content": "two", "flags": 64})

    assert first.loading
    filled = await asked.until(lambda m: m.content == "one")
    assert (filled.id, filled.ephemeral, filled.loading) == (first.id, True, False)
    assert filled.payload["edited_timestamp"] is None
    assert [m.content for m in asked.followups] == ["two"]


async def test_only_the_messages_of_a_token_can_be_reached_by_it(server: FakeDiscord, rest: Rest) -> None:
    asked = await paint(server)
    await rest.answer(asked, 4, HIDDEN)
    _, post = await rest.post("general", {"content": "ordinary"})

    assert code(await rest.by_token("PATCH", asked, f"/messages/{post['id']}", {"content": "x"})) == (404, 10008)
    assert (await rest.by_token("DELETE", asked)) == (204, "")
    assert code(await rest.by_token("GET", asked)) == (404, 10008)
    await asked.gone()


async def test_a_component_can_update_its_message_or_answer_anew(server: FakeDiscord, rest: Rest) -> None:
    update, quiet = await button(server, rest), None
    post = server.guest("Ada").sees("general")[0]

    assert (await rest.answer(update, 7, {"content": "changed", "components": []}))[0] == 204
    changed = await update.answer()
    assert await update.until(lambda _: True) == changed
    assert (changed.id, changed.content, changed.controls) == (post.id, "changed", [])
    quiet = await button_on(server, rest)
    assert (await rest.answer(quiet, 6))[0] == 204
    anew = await server.guest("Ada").click(await quiet.answer(), "Other")
    await rest.answer(anew, 4, HIDDEN)
    assert (await anew.until(lambda _: True)).content == "hello"
    await rest.by_token("PATCH", quiet, payload={"content": "later"})
    assert (await quiet.until(lambda m: m.content == "later")).buttons == ["Other"]


async def button_on(server: FakeDiscord, rest: Rest) -> Asked:
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Other", "custom_id": "o:1"}]}
    await rest.post("general", {"content": "other", "components": [row]})
    return await server.guest("Ada").click(server.guest("Ada").sees("general")[-1], "Other")


@pytest.mark.parametrize("kind", [6, 7, 8, 1, 99])
async def test_a_command_cannot_be_answered_as_something_else(server: FakeDiscord, rest: Rest, kind: int) -> None:
    asked = await paint(server)

    assert code(await rest.answer(asked, kind, {"content": "x"})) == (400, 50035)


async def test_autocomplete_takes_at_most_25_choices_and_nothing_else(server: FakeDiscord, rest: Rest) -> None:
    typing = asyncio.create_task(server.guest("Ada").autocomplete("paint", field="model", typed="gp"))
    while not server.interactions.by_token:
        await asyncio.sleep(0)
    asked = Asked(next(iter(server.interactions.by_token.values())), server.clock, server.changes)
    choices = [{"name": f"m{n}", "value": f"m{n}"} for n in range(26)]

    assert code(await rest.answer(asked, 4, HIDDEN)) == (400, 50035)
    assert code(await rest.answer(asked, 8, {"choices": choices})) == (400, 50035)
    assert (await rest.answer(asked, 8, {"choices": choices[:25]}))[0] == 204
    assert await typing == choices[:25]


async def test_a_modal_does_not_answer_a_modal(server: FakeDiscord, rest: Rest) -> None:
    text = {"type": 4, "custom_id": "reason", "style": 1, "label": "Reason", "min_length": 2}
    modal = {"custom_id": "why", "title": "Why", "components": [{"type": 1, "components": [text]}]}
    asked = await paint(server)
    assert (await rest.answer(asked, 9, modal))[0] == 204

    submitted = await server.guest("Ada").modal(asked, {"Reason": "because"})

    assert submitted.interaction.data["components"][0]["components"][0]["value"] == "because"
    assert code(await rest.answer(submitted, 9, modal)) == (400, 50035)
    assert (await rest.answer(submitted, 4, HIDDEN))[0] == 204


@pytest.mark.usefixtures("rest")
async def test_the_event_says_what_the_person_and_the_app_may_do_there(server: FakeDiscord) -> None:
    cleo = server.guest("Cleo")
    here = await cleo.slash("paint", prompt="x", channel="no-uploads")
    direct = await cleo.slash("paint", prompt="x", channel="dm")

    event, private = (server.interactions._event(each.interaction) for each in (here, direct))

    assert int(event["member"]["permissions"]) & 1 << 5
    assert not int(event["app_permissions"]) & 1 << 15
    assert int(event["app_permissions"]) & 1 << 11
    assert (event["context"], event["authorizing_integration_owners"]) == (0, {"0": event["guild_id"]})
    assert (private["context"], private["user"]["global_name"], "member" in private) == (1, "Cleo", False)
    assert private["app_permissions"] == str(1 << 14 | 1 << 15 | 1 << 17 | 1 << 18)
    assert event["attachment_size_limit"] == 10 * 1024 * 1024
