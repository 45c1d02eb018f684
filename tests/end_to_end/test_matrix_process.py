"""The fault matrix, line «Process»: `kill -9` in each state, and what its member has in the end.

A row brings one request to a moment, at which the real command is killed outright; the next process finds what it left.
`SIGTERM` in each state, a parser that fails and kills at random moments have files of their own.
"""

import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.home import DATABASE
from bot.store.engine import sqlite3
from sandbox.discord.faults import Hold, status
from sandbox.guest import Asked, SeenMessage
from sandbox.image_api.faults import errors, wire
from sandbox.image_api.models import DEFAULT_MODELS
from tests.end_to_end.books import charged, jobs, pictures_of, reserved, until, until_states
from tests.end_to_end.conftest import Open
from tests.end_to_end.foxes import DALL_E, rich
from tests.end_to_end.processes import another_process
from tests.end_to_end.screen import DONE, NOT_CHARGED, ends, has_result, public, says
from tests.end_to_end.trouble import (
    CALLBACK,
    CARD,
    NO_MESSAGE,
    POST,
    Held,
    held,
    held_at_discord,
    let_through,
)
from tests.scene import Scene

INTERRUPTED = "I was interrupted while this was being painted, and the picture did not come. This cost you nothing."
SHORT = " 2 pictures did not come; you were not charged for what is missing."
# Whoever does `event` stands still in the middle of his transaction: 10^15 rows are counted first.
STANDSTILL = """
CREATE TABLE held AS WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000) SELECT x FROM n;
CREATE TRIGGER held_here BEFORE {event} BEGIN SELECT count(*) FROM held a, held b, held c, held d, held e; END;
"""
GO_ON = "DROP TRIGGER held_here; DROP TABLE held;"
COSTS = "SELECT cost_microusd IS NOT NULL FROM calls WHERE job_id = ? ORDER BY number"


@dataclass
class Moment:
    """The world at the moment of the kill. `afterwards` undoes what holds things up, once the process is gone."""

    scene: Scene
    afterwards: list[Callable[[], object]] = field(default_factory=list)

    async def asks(self, **options: Any) -> Asked:  # noqa: ANN401  any option
        return await self.scene.guest("Ada").slash("imagine", options=options, prompt="a red bicycle")

    def holds_call(self, route: str, held_call: Held) -> Held:
        self.scene.images.faults.add(route=route, then=held_call.fault)
        self.afterwards.append(held_call.release)
        return held_call

    def holds_discord(self, method: str, path: str) -> None:
        self.scene.discord.faults.add(method=method, path=path, then=Hold(), times=9)

    def holds_database(self, event: str) -> None:
        self._on_disk(STANDSTILL.format(event=event))
        self.afterwards.append(lambda: self._on_disk(GO_ON))

    def rows(self, sql: str, *values: object) -> list[Any]:
        with closing(self._opened()) as connection:
            return [first for (first, *_) in connection.execute(sql, values)]

    def _on_disk(self, script: str) -> None:
        with closing(self._opened()) as connection:
            connection.executescript(script)

    def _opened(self) -> sqlite3.Connection:
        return sqlite3.connect(self.scene.settings.data_dir / DATABASE, timeout=5.0)


Bring = Callable[[Moment], Awaitable[Asked]]


@dataclass(frozen=True, kw_only=True)
class Row:
    """`bring` takes Ada's request to its moment, in which the books say `state`; the next process takes it from there.

    `sees` is what her card says in the end, for pictures what follows their link (None: Discord never had a card).
    `charged` are pictures. `calls` are those for pictures that were entered, True where the money that is charged is
    what the call did cost and False where it is the most that it can have cost.
    """

    bring: Bring
    state: str
    sees: str | None = ""
    ends: str = "delivered"
    charged: int = 1
    calls: tuple[bool, ...] = (True,)
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def log(self) -> str:
        """What the next process writes of it; of one that has ended it has only the words to say."""
        return "" if self.state in ("delivered", "failed") else rf"taken up job=\d+ state={self.state}"


async def before_its_first_answer(moment: Moment) -> Asked:
    asked, _ = await held_at_discord(moment.scene, moment.scene.guest("Ada"), CALLBACK)
    return asked


async def with_a_first_answer_of_unknown_fate(moment: Moment) -> Asked:
    asked, _ = await held_at_discord(moment.scene, moment.scene.guest("Ada"), CALLBACK, after_work=True)
    return asked


async def while_it_waits_in_line(moment: Moment) -> Asked:
    await held(moment.scene, moment.scene.guest("Ben"), "the one before")
    asked = await moment.asks()
    await asked.until(says("next in line"))
    return asked


async def while_it_is_checked(moment: Moment) -> Asked:
    check = moment.holds_call("moderations", Held())
    asked = await moment.asks()
    await asked.answer()
    await check.arrived.wait()
    return asked


async def before_its_call_is_entered(moment: Moment) -> Asked:
    moment.holds_database("INSERT ON calls")
    asked = await moment.asks()
    await until_states(moment.scene, "painting")
    return asked


async def before_its_first_picture(moment: Moment) -> Asked:
    return await held(moment.scene, moment.scene.guest("Ada"))


async def between_two_pictures_of_an_answer(moment: Moment) -> Asked:
    moment.scene.images.faults.add(route="generations", then=wire.stall())
    asked = await moment.asks(count=3)
    await until(lambda: len(moment.rows("SELECT * FROM pictures")) == 1)
    return asked


async def between_two_calls(moment: Moment) -> Asked:
    moment.scene.images.faults.add(route="generations", then=let_through())
    second = moment.holds_call("generations", Held())
    asked = await moment.asks(count=3, model="dall-e-3")
    await second.arrived.wait()
    return asked


async def before_its_post(moment: Moment) -> Asked:
    asked, _ = await held_at_discord(moment.scene, moment.scene.guest("Ada"), POST)
    return asked


async def with_a_post_of_unknown_fate(moment: Moment) -> Asked:
    asked, _ = await held_at_discord(moment.scene, moment.scene.guest("Ada"), POST, after_work=True)
    assert len(public(moment.scene.guest("Ben"))) == 1
    return asked


async def in_the_middle_of_the_charge(moment: Moment) -> Asked:
    moment.holds_database("UPDATE OF state ON jobs WHEN new.state = 'delivered'")
    asked = await moment.asks()
    await until(lambda: len(moment.rows("SELECT * FROM posts WHERE message_id IS NOT NULL")) == 1)
    return asked


async def after_the_charge_before_the_last_words(moment: Moment) -> Asked:
    asked = await held(moment.scene, moment.scene.guest("Ada"))
    moment.holds_discord("PATCH", CARD)
    moment.scene.images.release()
    await until_states(moment.scene, "delivered")
    return asked


async def after_a_failure_before_its_words(moment: Moment) -> Asked:
    refusal = moment.holds_call("generations", Held(then=errors.refused_by_safety("sexual")))
    asked = await moment.asks()
    await asked.until(says("Painting"))
    await refusal.arrived.wait()
    moment.holds_discord("PATCH", CARD)
    refusal.release()
    await until_states(moment.scene, "failed")
    return asked


ROWS: dict[str, Row] = {
    "queued, before the first answer": Row(bring=before_its_first_answer, state="queued", sees=None),
    "queued, the fate of the first answer unknown": Row(bring=with_a_first_answer_of_unknown_fate, state="queued"),
    "queued, in line": Row(bring=while_it_waits_in_line, state="queued", settings={"images_at_once": 1}),
    "queued, being checked": Row(bring=while_it_is_checked, state="queued"),
    "painting, before its call is entered": Row(bring=before_its_call_is_entered, state="painting"),
    "painting, before the first picture": Row(
        bring=before_its_first_picture, state="painting", sees=INTERRUPTED, ends="failed", charged=0, calls=(False,)
    ),
    "painting, before the first picture, RERUN_LOST=1": Row(
        bring=before_its_first_picture, state="painting", calls=(False, True), settings={"rerun_lost": True}
    ),
    "painting, after the first picture of an answer": Row(
        bring=between_two_pictures_of_an_answer, state="painting", sees=SHORT, calls=(False,)
    ),
    "painting, after the first of several calls": Row(
        bring=between_two_calls,
        state="painting",
        sees=SHORT,
        calls=(False, False),
        settings={"images_at_once": 1, "images": {"models": (*DEFAULT_MODELS, DALL_E)}},
    ),
    "painted, before the post": Row(bring=before_its_post, state="painted"),
    "painted, the fate of the post unknown": Row(bring=with_a_post_of_unknown_fate, state="painted"),
    "painted, after the post, in the middle of the charge": Row(bring=in_the_middle_of_the_charge, state="painted"),
    "delivered, before the last words": Row(bring=after_the_charge_before_the_last_words, state="delivered"),
    "failed, before its words": Row(
        bring=after_a_failure_before_its_words,
        state="failed",
        sees=f"The image service refused this request for sexual content. Change it and try again. {NOT_CHARGED}",
        ends="failed",
        charged=0,
    ),
}


@pytest.mark.parametrize("name", ROWS)
async def test_a_kill_in_each_state(open_scene: Open, caplog: pytest.LogCaptureFixture, name: str) -> None:
    row = ROWS[name]
    scene = await rich(open_scene, start=False, **row.settings)
    moment, ada, ben = Moment(scene), scene.guest("Ada"), scene.guest("Ben")
    async with another_process(scene):
        asked = await row.bring(moment)
    for undo in moment.afterwards:
        undo()
    scene.images.release()
    scene.discord.faults.clear()
    assert jobs(scene, ada)[0].state == row.state
    caplog.set_level(logging.INFO)

    await scene.start()

    await until(lambda: [job.state for job in jobs(scene, ada)] == [row.ends])
    if row.sees is None:
        await ben.until_sees("general", has_result)
        assert asked.message is None
    else:
        card = await ends(asked, *((DONE, row.sees) if row.charged else (row.sees,)))
        assert _words(card) == row.sees
    posts = [post for post in public(ben) if has_result(post)]
    assert [len(post.attachments) for post in posts] == [row.charged] * bool(row.charged)
    assert (charged(scene, ada), reserved(scene)) == (row.charged, 0)
    assert moment.rows(COSTS, asked.interaction.id) == list(row.calls)
    assert re.search(row.log, caplog.text), caplog.text
    assert "bicycle" not in caplog.text


async def test_a_kill_while_pictures_wait_for_their_member(open_scene: Open) -> None:
    scene = await rich(open_scene, start=False)
    ada = scene.guest("Ada")
    ada.person.accepts_direct_messages = False
    async with another_process(scene):
        await held(scene, ada, private=True)
        scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=9)
        scene.images.release()
        await until_states(scene, "waiting")
    scene.discord.faults.clear()
    assert (charged(scene), reserved(scene)) == (0, 1)

    await scene.start()

    quota = await (await ada.slash("quota")).until(says("waiting for you"))
    await (await ada.click(quota, "Show it to me")).until(has_result)
    await until_states(scene, "delivered")
    assert (charged(scene), reserved(scene)) == (1, 0)
    assert len(pictures_of(scene)) == 1


def _words(card: SeenMessage) -> str:
    """The card without the link to the pictures, what they cost the owner, and the button below."""
    return re.sub(r"^.* Done: \S+|\n-# This cost the bot's owner \$[\d.]+\.$|\nTry again$", "", card.text)
