"""The rules of the kill tests themselves: a quiet world breaks none, and each defect that is planted in one is seen."""

import asyncio
import copy
import itertools
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.home import DATABASE, SPOOL
from bot.store.engine import sqlite3
from sandbox.discord.message import Body, Message, MessageFlag, MessageType
from sandbox.discord.world import World
from tests.end_to_end.books import until_states
from tests.end_to_end.screen import finished, has_result, refused, results
from tests.scene import opened
from tests.torture import rules_of_screens
from tests.torture.evidence import Evidence, JobRow, Shown
from tests.torture.judgement import at_any_moment, in_the_end

CANARY = "wapping"
NUMBERS = itertools.count(10**19)


async def _made(folder: Path) -> Evidence:
    """A day without trouble: public, private, varied by a reply, refused."""
    async with opened(folder, images={"picture_bytes": 2_000}) as scene:
        ada, ben = scene.guest("Ada"), scene.guest("Ben")
        await finished(await ada.slash("imagine", options={"count": 2}, prompt=f"a heron of {CANARY} <1>"))
        await (await ada.slash("imagine", options={"private": True}, prompt="a quiet heron <2>")).until(has_result)
        await ben.reply(results(ben)[0], "vary at night <3>")
        await ben.until_sees("general", has_result, count=2)
        await refused(await ben.slash("imagine", prompt="a forbidden heron <4>"))
        await until_states(scene, "delivered", "delivered", "delivered", "refused")
        await scene.stop()
        world, interactions = copy.deepcopy((scene.discord.world, scene.discord.interactions.by_token))
        _move_files(world, folder)
        return Evidence(
            database=scene.settings.data_dir / DATABASE,
            spool=scene.settings.data_dir / SPOOL,
            log=folder / "bot.log",
            world=world,
            interactions=interactions,
            paid_for=scene.images.records.paid_for,
            secrets=(CANARY, scene.images.api_key),
            now_ms=scene.discord.clock.now_ms(),
            bots_now_ms=scene.discord.clock.now_ms(),
        )


def _move_files(world: World, folder: Path) -> None:
    for message in (each for channel in world.messages.values() for each in channel.values()):
        for file in message.body.attachments:
            if file.path.exists():
                file.path = Path(shutil.copy(file.path, folder))


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return asyncio.run(_made(tmp_path_factory.mktemp("quiet")))


@pytest.fixture
def evidence(quiet: Evidence, tmp_path: Path) -> Evidence:
    """A copy that a test may spoil."""
    data = tmp_path / "data"
    shutil.copytree(quiet.database.parent, data)
    (tmp_path / "bot.log").write_text("ready\n")
    world, interactions = copy.deepcopy((quiet.world, quiet.interactions))
    _move_files(world, tmp_path)
    return replace(
        quiet,
        database=data / DATABASE,
        spool=data / SPOOL,
        log=tmp_path / "bot.log",
        world=world,
        interactions=interactions,
        paid_for=dict(quiet.paid_for),
    )


def test_a_quiet_world_breaks_no_rule(evidence: Evidence) -> None:
    assert in_the_end(evidence) == []


Plant = Callable[[Evidence], object]


def sql(statement: str) -> Plant:
    def plant(evidence: Evidence) -> None:
        with closing(sqlite3.connect(evidence.database)) as connection:
            connection.execute(statement)
            connection.commit()

    return plant


def job(evidence: Evidence, number: int) -> JobRow:
    return evidence.jobs[number]


def shown(evidence: Evidence, number: int) -> list[Shown]:
    return evidence.shown[job(evidence, number).key]


def post(evidence: Evidence, message: Message) -> Message:
    """The message once more, as another one."""
    twin = replace(copy.deepcopy(message), id=next(NUMBERS))
    evidence.world.messages.setdefault(twin.channel_id, {})[twin.id] = twin
    return twin


def post_twice(evidence: Evidence) -> None:
    post(evidence, shown(evidence, 0)[0].message)


def show_under_another_number(evidence: Evidence) -> None:
    first, second = (each.file for each in shown(evidence, 0))
    second.write_bytes(first.read_bytes())


def show_something_else(evidence: Evidence) -> None:
    file = shown(evidence, 1)[0].file
    file.write_bytes(file.read_bytes() + b"!")


def take_away(evidence: Evidence) -> None:
    shown(evidence, 0)[0].message.deleted = True


def make_public(evidence: Evidence) -> None:
    shown(evidence, 1)[0].message.only_for = None


def leave_under_way(evidence: Evidence) -> None:
    card = evidence.card(job(evidence, 0))
    assert card is not None
    card.body.content = "\N{ARTIST PALETTE} Painting 2 pictures…"


def leave_replys_card(evidence: Evidence) -> None:
    card = evidence.card(job(evidence, 2))
    assert card is not None
    card.deleted = False


def say_nothing(evidence: Evidence) -> None:
    card = evidence.card(job(evidence, 3))
    assert card is not None
    card.body.content = "Oh."


def write_twice(evidence: Evidence) -> None:
    channel, bot = evidence.world.direct_channel(job(evidence, 3).user_id), evidence.world.bot
    for _ in range(2):
        letter = Message(1, channel.id, bot.id, MessageType.DEFAULT, 0, Body("Why."), nonce=f"{job(evidence, 3).id}.w")
        post(evidence, letter)


def pay_twice(evidence: Evidence) -> None:
    assert isinstance(evidence.paid_for, dict)
    evidence.paid_for["at night <3>"] = 2


def litter(path: str) -> Plant:
    def plant(evidence: Evidence) -> None:
        file = evidence.spool / path.format(job(evidence, 0).id)
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"")

    return plant


def log(words: str) -> Plant:
    def plant(evidence: Evidence) -> None:
        evidence.log.write_text(words.format(token=next(iter(evidence.interactions))))

    return plant


def keep_token_in_file(evidence: Evidence) -> None:
    sql(f"UPDATE jobs SET failure = '{next(iter(evidence.interactions))}' WHERE state = 'refused'")(evidence)  # noqa: S608


def break_file(evidence: Evidence) -> None:
    content = bytearray(evidence.database.read_bytes())
    content[8_192:16_384] = bytes(8_192)
    evidence.database.write_bytes(content)


PLANTED: list[tuple[str, Plant]] = [
    ("database damaged", break_file),
    ("foreign key", sql("INSERT INTO posts (job_id, part, channel_id, numbers) VALUES (1, '0', 1, '')")),
    ("sums", sql("UPDATE balances SET charged = charged + 1 WHERE scope = 'member'")),
    ("sums", sql("UPDATE balances SET charged_microusd = charged_microusd + 1 WHERE scope = 'bot'")),
    ("charge", sql("UPDATE entries SET charged = charged + 1 WHERE kind = 'settle'")),
    ("not ended", sql("UPDATE jobs SET state = 'painted', ended_ms = NULL WHERE private = 1")),
    ("not told", sql("UPDATE jobs SET told = 0 WHERE private = 1")),
    ("token kept", sql("UPDATE jobs SET token = 'secret' WHERE private = 1")),
    ("token kept", keep_token_in_file),
    ("paid twice", pay_twice),
    ("paid twice", sql("DELETE FROM calls")),
    ("orphan", litter("17/0")),
    ("orphan", litter("{}/.arriving.x")),
    ("orphan", litter("{}/preview-0")),
    ("orphan", litter("{}/7")),
    ("log", log(f"a line about {CANARY}")),
    ("log", log("a line with {token}")),
    ("traceback", log("INFO something\nTraceback (most recent call last):\n")),
    ("stand-in", lambda evidence: setattr(evidence, "of_stand_ins", ["GET /nowhere"])),
    ("shown twice", post_twice),
    ("shown twice", show_under_another_number),
    ("another picture", show_something_else),
    ("stranger", sql("UPDATE jobs SET key = 'another' WHERE private = 1")),
    ("charge", take_away),
    ("nothing to see", take_away),
    ("private shown", make_public),
    ("stuck card", leave_under_way),
    ("reply's card stands", leave_replys_card),
    ("not told", say_nothing),
    ("told twice", write_twice),
]


@pytest.mark.parametrize(("rule", "plant"), PLANTED, ids=lambda value: value if isinstance(value, str) else "")
def test_a_planted_defect_is_seen(evidence: Evidence, rule: str, plant: Plant) -> None:
    plant(evidence)
    evidence.forget()

    assert rule in {violation.rule for violation in in_the_end(evidence)}


def test_a_card_whose_token_has_ended_cannot_be_blamed(evidence: Evidence) -> None:
    leave_under_way(evidence)
    evidence.now_ms += 16 * 60_000

    assert in_the_end(evidence) == []


def test_what_still_thinks_is_blamed_unless_it_is_a_delete_that_was_killed(evidence: Evidence) -> None:
    card = evidence.card(job(evidence, 0))
    assert card is not None
    card.body.content, card.body.flags = "", card.body.flags | MessageFlag.LOADING
    assert "stuck card" in {violation.rule for violation in rules_of_screens.no_card_under_way(evidence)}
    [asked] = [each for each in evidence.interactions.values() if each.original is card]

    asked.data = {"custom_id": f"easel:delete:{'0' * 32}"}

    assert list(rules_of_screens.no_card_under_way(evidence)) == []


def test_a_card_that_counts_as_told_is_looked_at_after_every_kill(evidence: Evidence) -> None:
    assert at_any_moment(evidence) == []

    leave_under_way(evidence)

    assert [violation.rule for violation in at_any_moment(evidence)] == ["stuck card"]
    evidence.bots_now_ms += 15 * 60_000
    assert at_any_moment(evidence) == [], "too late for the bots, whose clock goes faster"


def test_a_picture_that_its_member_had_deleted_is_charged(evidence: Evidence) -> None:
    take_away(evidence)
    message = shown(evidence, 0)[0].message

    assert in_the_end(replace(evidence, taken_away={message.id})) == []


def test_a_picture_may_come_directly_where_nobody_can_tell_what_the_card_shows(evidence: Evidence) -> None:
    """Whose token has ended; while it lives, the card is edited once more."""
    [picture] = shown(evidence, 1)
    channel = evidence.world.direct_channel(job(evidence, 1).user_id)
    copied = post(evidence, replace(picture.message, only_for=None, channel_id=channel.id))
    assert copied.channel_id == channel.id
    evidence.forget()
    assert {violation.rule for violation in in_the_end(evidence)} == {"shown twice"}

    sql(f"UPDATE jobs SET ended_ms = token_ms + {15 * 60_000} WHERE private = 1")(evidence)  # noqa: S608
    evidence.forget()
    assert in_the_end(evidence) == []
