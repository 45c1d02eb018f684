"""Jobs: one row a request, from its acceptance to its one end.

States only move forward. Every transition is one guarded update: whoever changes no row was overtaken and
stops. The state that ends a job carries the charge or the release in its own transaction.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial

from bot.clock import day_number, to_ms
from bot.errors import QueueFull
from bot.model import ENDED, Arrival, Endpoint, Job, JobState
from bot.request import ImageRequest
from bot.store import costs
from bot.store.database import Database
from bot.store.engine import sqlite3
from bot.store.job_rows import INSERT, many, one, values_of
from bot.store.leases import LEASE, Leases
from bot.store.ledger import Ledger

DAY_MS = 86_400_000

Values = tuple[object, ...] | dict[str, object]

BY_ID = "SELECT * FROM jobs WHERE id = ?"
BY_KEY = "SELECT * FROM jobs WHERE key = ?"
START = """
UPDATE jobs SET state = 'painting', started_ms = :at_ms, card_message_id = coalesce(card_message_id, :card)
WHERE id = :id AND owner = :owner AND state = 'queued' RETURNING *
"""
PAINTED = """
UPDATE jobs SET state = 'painted', painted_ms = :at_ms, painted_model = :model, endpoint = :endpoint,
    left_out = :left_out
WHERE id = :id AND owner = :owner AND state = 'painting' RETURNING *
"""
ANSWERED = "UPDATE calls SET state = 'answered' WHERE job_id = ? AND state = 'sent'"
# What was flagged is not kept: nobody can ask for it again by a button.
END = """
UPDATE jobs SET state = :state, failure = :failure, ended_ms = :at_ms, waiting = 0,
    prompt = iif(:state = 'refused', '', prompt), source_url = iif(:state = 'refused', NULL, source_url),
    words_kept = iif(:state = 'refused', 0, words_kept), pictures_kept = iif(:state = 'refused', 0, pictures_kept)
WHERE id = :id AND owner = :owner AND state = :before AND ended_ms IS NULL RETURNING *
"""
# Whoever runs the job: its owner finds out when it wants to start. Its card does not say so yet.
CANCEL = """
UPDATE jobs SET state = 'cancelled', failure = :failure, ended_ms = :at_ms
WHERE id = :id AND state = 'queued' RETURNING *
"""
QUEUED = "SELECT count(*) FROM jobs WHERE state = 'queued'"
LATER = """
SELECT coalesce(sum(most_microusd), 0) FROM jobs
WHERE state = 'queued' AND id > :id AND accepted_ms / :day_ms = :day
"""
MOST = "SELECT coalesce(most_microusd, 0) FROM jobs WHERE id = ?"
NEEDS = """
UPDATE jobs SET most_microusd = max(coalesce(most_microusd, 0), ?) WHERE id = ? AND owner = ? AND ended_ms IS NULL
"""
WAIT = "UPDATE jobs SET waiting = 1 WHERE id = ? AND owner = ? AND state = 'painted' RETURNING *"
CLAIM = "UPDATE jobs SET waiting = 0, told = 0, owner = ?, lease_ms = ? WHERE id = ? AND waiting = 1 RETURNING *"
# Nothing new of a request that was erased in this moment: it has no channel any more.
SOURCE = "UPDATE jobs SET source_sha256 = ? WHERE id = ? AND channel_id <> 0"
SOURCE_OF = "SELECT source_sha256 FROM jobs WHERE id = ?"
CARD = "UPDATE jobs SET card_message_id = ? WHERE id = ? AND card_message_id IS NULL AND channel_id <> 0"
REFRESH = """
UPDATE jobs SET token = :token, card_message_id = :message, token_ms = :at_ms WHERE id = :id AND ended_ms IS NULL
"""
AGING = """
SELECT * FROM jobs
WHERE owner = :owner AND ended_ms IS NULL AND token IS NOT NULL
    AND (token_ms < :before_ms OR token_ms > :after_ms)
"""
RETIRE = "UPDATE jobs SET token = NULL WHERE id = ? AND token = ?"
# Whatever went wrong with the telling: what Discord does not take any more is of no use to anybody.
EXPIRED = "UPDATE jobs SET token = NULL WHERE token IS NOT NULL AND token_ms < ?"
# Not where the member has clicked meanwhile: then there is more to say, with the token that the click brought.
TOLD = """
UPDATE jobs SET told = 1, token = NULL
WHERE id = :id AND waiting = :waiting AND (token IS NULL OR token = :token)
"""


class Overtaken(Exception):
    """Another owner, or a cancellation, was first: this process has no more say over the job."""


class Jobs:
    """Jobs as the studio sees them. `owner` is this process's boot id; `leases` are what it owns."""

    def __init__(self, database: Database, ledger: Ledger, *, owner: str) -> None:
        self._database = database
        self._ledger = ledger
        self._owner = owner
        self.leases = Leases(database, owner=owner)

    async def accept(
        self,
        request: ImageRequest,
        arrival: Arrival,
        *,
        at: datetime,
        most_microusd: int | None = None,
        most_waiting: int | None = None,
    ) -> Job | None:
        """Write the job down and reserve its pictures and the most it can cost, all or nothing.

        None when this id is known already.

        Raises:
            QueueFull: so many jobs wait already, in whichever process; nothing was written.
            QuotaExhausted, CeilingReached, BudgetReached: nothing was written.
        """
        values = {
            **values_of(request, arrival),
            "key": secrets.token_hex(16),
            "owner": self._owner,
            "accepted_ms": to_ms(at),
            "lease_ms": to_ms(at + LEASE),
            "most_microusd": most_microusd,
        }

        def work(connection: sqlite3.Connection) -> Job | None:
            job = one(connection.execute(INSERT, values))
            if job is None:
                return None
            if most_waiting is not None and connection.execute(QUEUED).fetchone()[0] > most_waiting:
                raise QueueFull
            self._ledger.reserve(
                connection,
                job_id=arrival.id,
                requester=arrival.requester,
                guild_id=arrival.place.guild_id,
                pictures=request.count,
                at=at,
                most_microusd=most_microusd or 0,
            )
            return job

        return await self._database.transaction(work)

    async def get(self, job_id: int) -> Job:
        """The job as it is now; rows are never deleted.

        Raises:
            LookupError: there was never such a job.
        """
        job = await self._one(BY_ID, job_id)
        if job is None:
            raise LookupError(f"no job {job_id}")
        return job

    async def exists(self, job_id: int) -> bool:
        return await self._one(BY_ID, job_id) is not None

    async def find(self, key: str) -> Job | None:
        """The job that a button names, or None for a key that is not ours."""
        return await self._one(BY_KEY, key)

    async def _one(self, sql: str, value: object) -> Job | None:
        return await self._database.read(lambda connection: one(connection.execute(sql, (value,))))

    async def start(self, job: Job, *, at: datetime) -> Job:
        """`queued → painting`: from here on money may be spent, so nobody can cancel."""
        values = {"id": job.id, "owner": self._owner, "card": job.card_message_id, "at_ms": to_ms(at)}
        return await self._move(START, values)

    async def cover(self, job: Job, most_microusd: int, *, at: datetime) -> None:
        """Set aside what the job's calls can cost from now on, beside what those before may have cost.

        Raises:
            BudgetReached: it is more than was set aside, and the budget has not so much left; or what is set aside for
                all jobs of its day is more than the budget, which was less or none at all when they were accepted.
            Overtaken: the job was cancelled, or another process has it.
        """

        def needed(connection: sqlite3.Connection) -> int:
            values = {"id": job.id, "day": day_number(job.accepted_at), "day_ms": DAY_MS}
            later_microusd = connection.execute(LATER, values).fetchone()[0]
            self._ledger.check_budget(connection, job_id=job.id, later_microusd=later_microusd, at=at)
            return costs.charged(connection, job.id) + most_microusd

        await self._need(job, needed, at=at)

    async def cover_call(self, job: Job, number: int, most_microusd: int, *, at: datetime) -> None:
        """The same for one of its calls that turns out to cost more at most than was thought when it was entered."""

        def needed(connection: sqlite3.Connection) -> int:
            more = costs.raise_most(connection, job.id, number, most_microusd)
            before: int = connection.execute(MOST, (job.id,)).fetchone()[0]
            return before + more

        await self._need(job, needed, at=at)

    async def _need(self, job: Job, needed: Callable[[sqlite3.Connection], int], *, at: datetime) -> None:
        def work(connection: sqlite3.Connection) -> None:
            most_microusd = needed(connection)
            self._ledger.reserve_more(connection, job_id=job.id, most_microusd=most_microusd, at=at)
            if not connection.execute(NEEDS, (most_microusd, job.id, self._owner)).rowcount:
                raise Overtaken

        await self._database.transaction(work)

    async def painted(
        self,
        job: Job,
        *,
        model: str,
        endpoint: Endpoint,
        at: datetime,
        cost_of_calls: Mapping[int, int | None],
        left_out: Iterable[str] = (),
    ) -> Job:
        """`painting → painted`: all that will come is on the spool. `cost_of_calls` is that of those just answered."""
        values = {"id": job.id, "owner": self._owner, "model": model, "endpoint": endpoint, "at_ms": to_ms(at)}
        values["left_out"] = ",".join(left_out)

        def enter(connection: sqlite3.Connection) -> None:
            costs.enter(connection, job.id, cost_of_calls)
            costs.add_up(connection, job.id)
            connection.execute(ANSWERED, (job.id,))

        return await self._move(PAINTED, values, first=enter)

    async def end(
        self, job: Job, state: JobState, *, at: datetime, delivered: int = 0, failure: str | None = None
    ) -> Job:
        """The job's one end: its state, the charge for what was delivered and for what its calls did cost.

        Raises:
            Overtaken: somebody else ended it, or owns it now.
        """
        assert state in ENDED, "only an ending state carries the charge"
        values = {"id": job.id, "owner": self._owner, "before": job.state, "state": state}
        return await self._end(END, {**values, "failure": failure, "at_ms": to_ms(at)}, job.id, delivered, at)

    async def cancel(self, job_id: int, *, failure: str, at: datetime) -> Job:
        """End a job that nobody has begun to paint, whichever process has it.

        Raises:
            Overtaken: it is past that.
        """
        return await self._end(CANCEL, {"id": job_id, "failure": failure, "at_ms": to_ms(at)}, job_id, 0, at)

    async def _end(self, sql: str, values: dict[str, object], job_id: int, delivered: int, at: datetime) -> Job:
        def settle(connection: sqlite3.Connection) -> None:
            cost_microusd = costs.charged(connection, job_id)
            self._ledger.settle(connection, job_id=job_id, delivered=delivered, at=at, cost_microusd=cost_microusd)

        return await self._move(sql, values, first=partial(costs.add_up, job_id=job_id), then=settle)

    async def _move(
        self,
        sql: str,
        values: Values,
        *,
        first: Callable[[sqlite3.Connection], object] = lambda _: None,
        then: Callable[[sqlite3.Connection], object] = lambda _: None,
    ) -> Job:
        """Every transition: one guarded update, and what goes before and after it in its transaction."""

        def work(connection: sqlite3.Connection) -> Job:
            first(connection)
            job = one(connection.execute(sql, values))
            if job is None:
                raise Overtaken
            then(connection)
            return job

        return await self._database.transaction(work)

    async def keep_waiting(self, job: Job) -> Job:
        """No way to the member is open: the pictures wait in /quota, still reserved and not charged.

        Raises:
            Overtaken: another process has the job.
        """
        return await self._move(WAIT, (job.id, self._owner))

    async def claim_waiting(self, job: Job, *, at: datetime) -> Job:
        """The member came for the pictures that waited; only one click gets them.

        Raises:
            Overtaken: another click was first.
        """
        return await self._move(CLAIM, (self._owner, to_ms(at + LEASE), job.id))

    async def aging(self, *, received_before: datetime, or_after: datetime | None = None) -> list[Job]:
        """Our unfinished jobs whose token was received before the one moment or after the other."""
        after_ms = None if or_after is None else to_ms(or_after)
        values = {"owner": self._owner, "before_ms": to_ms(received_before), "after_ms": after_ms}
        return await self._database.read(lambda connection: many(connection.execute(AGING, values)))

    async def drop_token(self, job: Job) -> None:
        """Erase a token that is about to end, unless a click has brought a newer one meanwhile."""
        await self._run(RETIRE, (job.id, job.arrival.token))

    async def drop_expired_tokens(self, *, received_before: datetime) -> None:
        """Those of any process, also of jobs that have ended."""
        await self._run(EXPIRED, (to_ms(received_before),))

    async def set_source(self, job_id: int, sha256: str) -> None:
        await self._run(SOURCE, (sha256, job_id))

    async def source_sha256(self, job_id: int) -> str | None:
        """The digest of the picture to vary, once that is on the spool."""

        def work(connection: sqlite3.Connection) -> str | None:
            row = connection.execute(SOURCE_OF, (job_id,)).fetchone()
            return None if row is None else row[0]

        return await self._database.read(work)

    async def set_card(self, job_id: int, message_id: int) -> None:
        """The card's message, where its first answer's fate was unknown."""
        await self._run(CARD, (message_id, job_id))

    async def set_token(self, job_id: int, *, token: str, message_id: int | None, at: datetime) -> None:
        """A click on the card brought a new token, good for another 15 minutes."""
        await self._run(REFRESH, {"id": job_id, "token": token, "message": message_id, "at_ms": to_ms(at)})

    async def _run(self, sql: str, values: Values) -> None:
        await self._database.transaction(lambda connection: connection.execute(sql, values).rowcount)

    async def told(self, job: Job) -> None:
        """The member knows the end, or that the pictures wait, or surely cannot be told: the token has no more use."""
        await self._run(TOLD, {"id": job.id, "waiting": job.waiting, "token": job.arrival.token})
