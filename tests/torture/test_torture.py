"""A short run of the kill tests, and what a run promises: the same seed asks and aims the same, failures are kept."""

import signal
from pathlib import Path
from random import Random

import pytest

from bot.cli.statuses import Status
from sandbox.discord.default_world import default_world
from sandbox.discord.server import FakeDiscord
from sandbox.guest import Asked
from tests.torture.__main__ import keep_or_remove, plans, summed_up
from tests.torture.bots import Nursery
from tests.torture.members import Members
from tests.torture.moments import Moment, Step, Watch
from tests.torture.rounds import Mode, Outcome, Plan, torture

PROMPT = {"type": 3, "name": "prompt", "description": "words"}
IMAGINE = {
    "name": "imagine",
    "description": "paints",
    "options": [
        {**PROMPT, "required": True},
        {"type": 4, "name": "count", "description": "how many"},
        {"type": 5, "name": "private", "description": "for me"},
    ],
}
VARY = {"name": "vary", "description": "varies", "options": [PROMPT, {**PROMPT, "type": 11, "name": "image"}]}
SEED = "7.1"
KILLS = 8


@pytest.mark.timeout(400)  # it has limits of its own, and a busy machine is no failure
async def test_a_bot_that_is_killed_again_and_again_keeps_every_promise(tmp_path: Path) -> None:
    """`make torture` is the long form of this."""
    outcome = await torture(Plan(SEED, KILLS, Mode.KILL, tmp_path / "world"))

    assert outcome.violations == [], f"data, log and trail: {tmp_path / 'world'}"
    assert outcome.kills == KILLS
    assert sum(outcome.jobs.values()) >= KILLS, "there was something to lose"


async def test_the_seed_decides_what_is_asked_and_when_a_bot_is_killed() -> None:
    aims = [[Moment.drawn(Random(seed)) for seed in range(100)] for _ in range(2)]
    assert aims[0] == aims[1]
    assert {moment.step for moment in aims[0]} == {None, *Step}, "every step is aimed at"

    prompts = []
    for _ in range(2):
        async with FakeDiscord(world=default_world()) as discord:
            members = Members(discord, Random(SEED))
            discord.commands.overwrite([IMAGINE, VARY], None)
            for _ in range(20):
                await members.act()
            prompts.append([(each.interaction.person.name, _prompt(each)) for each in members.asked])
    assert prompts[0] == prompts[1]


def _prompt(asked: Asked) -> object:
    options = asked.interaction.data["options"]
    return next(option["value"] for option in options if option["name"] == "prompt")


async def test_the_moment_comes_once_and_at_its_step() -> None:
    watch, struck = Watch(), []
    watch.arm(Moment(Step.POST, is_over=False, nth=1, delay_s=0.0), lambda: struck.append(len(watch.trail)))

    for _ in range(3):
        watch.at_discord("POST", "/channels/1/messages", False)  # noqa: FBT003
        watch.at_discord("POST", "/channels/1/messages", True)  # noqa: FBT003
    watch.disarm()

    assert len(struck) == 1
    assert [line.split(maxsplit=1)[1] for line in watch.trail].index("the moment") == 3, "when the second one comes"


async def test_the_nursery_tells_how_its_children_end(tmp_path: Path) -> None:
    async with Nursery(tmp_path, tmp_path / "log", tmp_path / "clock") as nursery:
        wrong = await nursery.start({})
        await wrong.is_dead.wait()
        killed = await nursery.start({"DISCORD_TOKEN": "x", "OPENAI_API_KEY": "x", "OPENAI_BASE_URL": "http://[::1]:9"})
        killed.send(signal.SIGKILL)
        await killed.is_dead.wait()

    assert wrong.status == Status.CANNOT_START
    assert "DISCORD_TOKEN is not set" in (tmp_path / "log").read_text()
    assert killed.status == -signal.SIGKILL


def test_a_failure_names_its_seed_and_keeps_what_there_is_to_see(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = list(plans(80, 5, "kill", tmp_path))
    for plan in (good, bad):
        plan.folder.mkdir()
    outcomes = [Outcome(good, kills=40), Outcome(bad, kills=12, violations=["round 12: sums: off by one"])]

    for outcome in outcomes:
        keep_or_remove(outcome)
    status = summed_up(outcomes, 1.0, tmp_path)

    said = capsys.readouterr().out
    assert status == 1
    assert "round 12: sums: off by one" in said
    assert "5.2" in said
    assert str(bad.folder) in said
    assert bad.folder.is_dir()
    assert not good.folder.exists()


def test_a_run_has_as_many_kills_as_it_was_asked_for_and_every_mode() -> None:
    worlds = list(plans(1_000, 1, "mixed", Path()))

    assert sum(plan.kills for plan in worlds) == 1_000
    assert {plan.mode for plan in worlds} == set(Mode)
    assert any(plan.is_plain for plan in worlds)
