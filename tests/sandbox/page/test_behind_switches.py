"""Each switch behind the scenes, by what it does to a request."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.page.behind.switchboard import RETIRING
from tests.sandbox.page.drawer import Drawer, page_open, step, steps

Json = dict[str, Any]


async def asked_for(drawer: Drawer, prompt: str) -> Json:
    asked = await drawer.stage.discord.guest("Ada").slash("imagine", prompt=prompt)
    return await drawer.told(asked.interaction.id)


def calls(told: Json) -> list[int]:
    """What the calls for pictures were answered with."""
    return [each["status"] for each in told["exchanges"] if each["path"].endswith("/generations")]


@pytest.mark.parametrize(
    ("switch", "status", "named", "why"),
    [
        ("busy", 429, "service busy", "The image service is too busy"),
        ("broken", 500, "service busy", "The image service"),
        ("forbidding", 400, "content refused", "refused this request for violence"),
    ],
)
async def test_a_service_that_answers_with_trouble_costs_nothing(
    tmp_path: Path, switch: str, status: int, named: str, why: str
) -> None:
    async with page_open(tmp_path) as drawer:
        await drawer.turn(switch, on=True)
        failed = await asked_for(drawer, "a fox")
        await drawer.turn(switch, on=False)
        after = await asked_for(drawer, "a castle")

    assert set(calls(failed)) == {status}
    assert failed["state"] in ("failed", "refused")
    assert (step(failed, "call failed")["mark"], step(failed, "call failed")["words"]) == ("failed", named)
    answers = [each["words"] for each in failed["steps"] if each["name"] == "no picture"]
    assert answers == [f"the service answered with HTTP {status}"] * len(calls(failed)), "each try is told"
    assert why in failed["steps"][-1]["words"]
    assert failed["balance"]["left"] == 5
    assert (after["state"], calls(after)) == ("delivered", [200])


async def test_one_trouble_of_the_service_at_a_time(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        await drawer.turn("busy", on=True)
        await drawer.turn("slow", on=True)
        await drawer.turn("broken", on=True)
        on = {name for name, each in drawer.switches.items() if each["on"]}

    assert on == {"slow", "broken"}
    assert all(each["says"].endswith(".") for each in drawer.switches.values())


async def test_a_slow_service_is_waited_for(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        await drawer.turn("slow", on=True)
        told = await asked_for(drawer, "a fox")

    (call,) = [each for each in told["exchanges"] if each["path"].endswith("/generations")]
    assert told["state"] == "delivered"
    assert call["took"] >= 8_000


async def test_a_retired_model_is_replaced_in_the_same_run(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        await drawer.turn("retired", on=True)
        told = await asked_for(drawer, "a fox")

    paintings = [each["words"] for each in told["steps"] if each["name"] == "painting"]
    assert RETIRING in paintings[0]
    assert RETIRING not in paintings[1]
    assert calls(told) == [404, 200]
    assert (told["state"], told["balance"]["left"]) == ("delivered", 4)


async def test_posts_that_discord_limits_are_kept_until_it_takes_them(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        await drawer.turn("limited", on=True)
        asked = await drawer.stage.discord.guest("Ada").slash("imagine", prompt="a fox")
        await drawer.until_step(asked.interaction.id, "post put off")
        await drawer.turn("limited", on=False)
        told = await drawer.told(asked.interaction.id)

    assert steps(told)[-3:] == ["posted", "charged", "delivered"]
    assert 429 in [each["status"] for each in told["exchanges"] if each["side"] == "discord"]


async def test_without_a_gateway_nothing_is_heard_and_it_comes_back_by_itself(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        await drawer.turn("dropped", on=True)
        await drawer.until(lambda: drawer.bot["state"] == "cut off")
        asked = await drawer.stage.discord.guest("Ada").slash("imagine", prompt="a fox")
        missed = await drawer.told(asked.interaction.id)
        await drawer.turn("dropped", on=False)
        await drawer.until(lambda: drawer.bot["state"] == "connected")
        after = await asked_for(drawer, "a castle")

    assert (missed["state"], step(missed, "event")["mark"]) == ("unanswered", "open")
    assert after["state"] == "delivered"


async def test_what_there_is_not_is_refused_in_words(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        await drawer.tell("behind.switch", name="nonsense", on=True)
        await drawer.tell("behind.switch", name="slow", on="perhaps")
        await drawer.tell("behind.nonsense")
        refused = await drawer.until(lambda: len([e for e in drawer.said if e["type"] == "refused"]) == 3)

    assert refused
    assert not any(each["on"] for each in drawer.switches.values())
