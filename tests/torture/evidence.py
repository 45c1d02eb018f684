"""What there is to judge by when a world has become quiet: the books, the screens, the service's bill, disk and log."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bot.store.engine import sqlite3
from bot.ui.buttons import Action, Press
from sandbox.discord.components import every_component
from sandbox.discord.interactions import Interaction
from sandbox.discord.message import Message
from sandbox.discord.world import World
from tests.audit import opened

TAG = re.compile(r"<\d+>")
JOBS = """
SELECT id, key, state, waiting, told, token IS NOT NULL AS has_token, way, user_id, channel_id, private, count,
    prompt, card_message_id, failure, ended_ms IS NOT NULL AS is_ended, ended_ms, token_ms
FROM jobs ORDER BY id
"""
CHARGED = "SELECT cause_id, sum(charged + extra_charged) FROM entries GROUP BY cause_id"
CALLS = "SELECT job_id, count(*) FROM calls GROUP BY job_id"
PICTURES = "SELECT job_id, number, sha256, file FROM pictures"


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that was broken."""

    rule: str
    about: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.about}"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    id: int
    key: str
    state: str
    waiting: int
    told: int
    has_token: int
    way: str
    user_id: int
    channel_id: int
    private: int
    count: int
    prompt: str
    card_message_id: int | None
    failure: str | None
    is_ended: int
    ended_ms: int | None
    token_ms: int | None
    charged: int
    calls: int

    @property
    def tag(self) -> str:
        """What names its request in the words that the image service is sent."""
        return tag_of(self.prompt)

    def __str__(self) -> str:
        return f"job {self.id} ({self.state}, {self.way}{', private' if self.private else ''}, {self.prompt!r})"


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture of a result on a message: its job's key and its number there, from 0."""

    message: Message
    key: str
    number: int
    file: Path
    filename: str


def tag_of(prompt: str) -> str:
    found = TAG.search(prompt)
    return found[0] if found else ""


@dataclass(kw_only=True)
class Evidence:
    """`paid_for` counts painted pictures by prompt; `secrets` are words that no log may hold.

    `now_ms` is Discord's time, and `bots_now_ms` that of the bots, which goes faster; theirs was set by a day
    at the moments `jumped_ms`, in Discord's time. `taken_away` are messages whose member wanted them deleted.
    `of_stand_ins`: routes that they do not have, and failures of their own.
    """

    database: Path
    spool: Path
    log: Path
    world: World
    interactions: Mapping[str, Interaction]
    paid_for: Mapping[str, int]
    secrets: Collection[str] = ()
    of_stand_ins: Sequence[str] = ()
    now_ms: int = 0
    bots_now_ms: int = 0
    jumped_ms: Sequence[int] = ()
    taken_away: Collection[int] = ()
    _by_job: dict[int, Interaction] = field(init=False)

    def __post_init__(self) -> None:
        self._by_job = {each.id: each for each in self.interactions.values()}

    @cached_property
    def jobs(self) -> list[JobRow]:
        with opened(self.database) as connection:
            charged, calls = dict(connection.execute(CHARGED)), dict(connection.execute(CALLS))
            cursor = connection.execute(JOBS)
            names = [column[0] for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor]
        return [JobRow(**row, charged=charged.get(row["id"], 0), calls=calls.get(row["id"], 0)) for row in rows]

    @cached_property
    def pictures(self) -> dict[tuple[int, int], tuple[str, Path]]:
        """Digest and file of each picture that is entered, by job and number."""
        with opened(self.database) as connection:
            return {(job, number): (sha, Path(file)) for job, number, sha, file in connection.execute(PICTURES)}

    def forget(self) -> None:
        """Read everything anew."""
        for name in ("jobs", "pictures", "of_the_bot", "shown"):
            self.__dict__.pop(name, None)

    def query(self, sql: str) -> list[sqlite3.Row]:
        with opened(self.database) as connection:
            return connection.execute(sql).fetchall()

    @cached_property
    def of_the_bot(self) -> list[Message]:
        """All its messages, also those that are deleted."""
        every = (message for messages in self.world.messages.values() for message in messages.values())
        return [message for message in every if message.author_id == self.world.bot.id]

    @cached_property
    def shown(self) -> dict[str, list[Shown]]:
        """Pictures of results on all messages as they are now, by the key of their job."""
        found: dict[str, list[Shown]] = defaultdict(list)
        for message in self.of_the_bot:
            for each in _pictures_on(message):
                found[each.key].append(each)
        return found

    def interaction(self, job: JobRow) -> Interaction | None:
        """How it was asked for; None for a reply."""
        return self._by_job.get(job.id)

    def card(self, job: JobRow) -> Message | None:
        """The private card, or the last one that a reply's job had."""
        interaction = self.interaction(job)
        if interaction is not None:
            return interaction.original
        nonce = f"{job.id}.c"
        return next((message for message in reversed(self.of_the_bot) if message.nonce == nonce), None)

    def direct_messages(self, user_id: int) -> list[Message]:
        channel = self.world.direct.get(user_id)
        return [message for message in self.of_the_bot if channel is not None and message.channel_id == channel.id]


def _pictures_on(message: Message) -> Iterator[Shown]:
    """A result's message has a V button for each of its pictures, in their order."""
    presses = [
        press
        for component in every_component(message.body.components)
        if (press := Press.parse(component.get("custom_id") or "")) and press.action is Action.VARY
    ]
    files = [each for each in message.body.attachments if each.filename.startswith("easel-")]
    for press in presses:
        for file in files:
            if file.filename.split(".")[0] == f"easel-{press.number}":
                yield Shown(message, press.key, press.number - 1, file.path, file.filename)
