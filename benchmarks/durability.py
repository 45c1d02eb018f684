"""What it costs that nothing is lost: a request's whole life in the books, and SQLite's share of one `/imagine`.

`python -m benchmarks.durability` builds histories of 1,000, 100,000 and 10,000,000 ended jobs with their entries (some
minutes and nearly 4 GB of disk); with `--quick` the largest has 1,000,000.
"""

import asyncio
import random
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack, closing
from datetime import timedelta
from pathlib import Path

from benchmarks.ledger import DAYS, MEMBERS_EACH, SERVERS, TODAY, build, milliseconds, seconds
from benchmarks.soak import observed
from benchmarks.stage import CHANNELS, PEOPLE, Stage, stage
from bot.clock import to_ms
from bot.model import Arrival, Endpoint, JobState, Picture, Place, Post, Requester, Way
from bot.request import ImageRequest
from bot.store.artifacts import Artifacts
from bot.store.database import Database
from bot.store.engine import sqlite3
from bot.store.jobs import Jobs
from bot.store.ledger import Ledger

HISTORIES, QUICK_HISTORIES = (1_000, 100_000, 10_000_000), (1_000, 100_000, 1_000_000)
ROUNDS, LIVES_A_ROUND, WARM_UP_ROUNDS = 150, 2, 10
BLOCKS, ALONE_A_BLOCK, BURSTS_A_BLOCK, TOGETHER = 4, 50, 4, 100
REQUESTS, QUICK_REQUESTS, WARM_UP = 100, 40, 20
OBSERVED = ("-m", "benchmarks.observed")
SYNCHRONOUS = ("FULL", "OFF")

# Jobs of random members in the order of their ids, ended, told and forgotten, as they lie there after some months.
PAST_JOBS = """
WITH RECURSIVE numbers (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM numbers WHERE number + 1 < :jobs)
INSERT INTO jobs (id, key, state, owner, lease_ms, way, operation, user_id, role_ids, guild_id, channel_id,
    application_id, prompt, count, private, missing, member_may_write, file_limit_bytes, accepted_ms, started_ms,
    painted_ms, ended_ms, painted_model, endpoint, told, words_kept, pictures_kept)
SELECT number + 1, printf('%032x', number + 1), 'delivered', 'gone', at_ms, 'slash', 'imagine',
    abs(random()) % :members + 1, '', abs(random()) % :servers + 1, abs(random()) % :servers + 1, 1, '', 1, 0, '', 1,
    10485760, at_ms, at_ms, at_ms, at_ms, 'gpt-image-2', 'generations', 1, 0, 0
FROM (SELECT number, :now_ms - (:jobs - number) * (:days * 86400000 / :jobs) AS at_ms FROM numbers)
"""


async def run(*, quick: bool = False) -> None:
    print(
        "durability: a request's life in the books: accepted, begun, called, painted, posted, charged, told", flush=True
    )
    print("\n".join(await _throughput()), flush=True)
    print("\n".join(await _flatness(QUICK_HISTORIES if quick else HISTORIES)), flush=True)
    print(await _share(QUICK_REQUESTS if quick else REQUESTS), flush=True)


class Clerk:
    """Takes requests of random members through all their states, by the bot's own rooms."""

    def __init__(self, database: Database) -> None:
        ledger = Ledger(quota_per_day=1_000_000, server_per_day=None, bot_per_day=None)
        self._jobs = Jobs(database, ledger, owner="bench")
        self._artifacts = Artifacts(database)
        self._random = random.Random(7)
        self._last = 1_000_000_000

    async def life(self) -> None:
        self._last += 1
        arrival = Arrival(
            id=self._last,
            way=Way.SLASH,
            requester=Requester(self._random.randint(1, MEMBERS_EACH)),
            place=Place(channel_id=self._random.randint(1, SERVERS), guild_id=self._random.randint(1, SERVERS)),
            token="token",  # noqa: S106  of nobody
        )
        job = await self._jobs.accept(ImageRequest.imagine("a fox"), arrival, at=TODAY)
        assert job is not None, "a new id"
        job = await self._jobs.start(job, at=TODAY)
        model, endpoint = "gpt-image-2", Endpoint.GENERATIONS
        await self._artifacts.call_sent(
            job.id, endpoint=endpoint, model=model, quality=None, count=1, most_microusd=9, at=TODAY
        )
        await self._artifacts.picture(job.id, Picture(0, Path("0"), "0" * 64, 2_000_000, "image/png"))
        job = await self._jobs.painted(job, model=model, endpoint=endpoint, at=TODAY, cost_of_calls={0: 7})
        post = Post("0", job.arrival.place.channel_id, None, (0,))
        await self._artifacts.post(job.id, post)
        await self._artifacts.post(job.id, Post(post.part, post.channel_id, job.id, post.numbers))
        await self._jobs.end(job, JobState.DELIVERED, delivered=1, at=TODAY + timedelta(minutes=1))
        await self._jobs.told(job)

    async def together(self) -> None:
        await asyncio.gather(*(self.life() for _ in range(TOGETHER)))


async def _throughput() -> list[str]:
    """FULL, as the bot has it, and OFF, which would lose what a power cut catches, in blocks by turns."""
    alone: dict[str, list[float]] = {mode: [] for mode in SYNCHRONOUS}
    together: dict[str, list[float]] = {mode: [] for mode in SYNCHRONOUS}
    async with AsyncExitStack() as doors:
        folder = Path(doors.enter_context(tempfile.TemporaryDirectory(prefix="easel-bench-")))
        clerks = {}
        for mode in SYNCHRONOUS:
            database = await doors.enter_async_context(Database.open(folder / f"{mode}.db"))
            if mode != "FULL":
                await database._on_thread(lambda connection: connection.execute("PRAGMA synchronous = OFF").close())  # noqa: SLF001  no setting of the bot's
            clerks[mode] = Clerk(database)
        for _ in range(BLOCKS):
            for mode, clerk in clerks.items():
                alone[mode] += [await seconds(clerk.life) for _ in range(ALONE_A_BLOCK)]
                together[mode] += [await seconds(clerk.together) / TOGETHER for _ in range(BURSTS_A_BLOCK)]
    return [
        f"synchronous={mode}, {how}: {1 / statistics.median(times[mode]):,.0f} a second "
        f"({milliseconds(times[mode])} each)"
        for mode in SYNCHRONOUS
        for how, times in (("one at a time", alone), (f"{TOGETHER} together", together))
    ]


def build_jobs(path: Path, jobs: int) -> None:
    """A database with a past of so many jobs, two entries each."""
    build(path, 2 * jobs)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        size = {"jobs": jobs, "servers": SERVERS, "members": MEMBERS_EACH, "days": DAYS, "now_ms": to_ms(TODAY)}
        connection.execute(PAST_JOBS, size)


async def _flatness(histories: tuple[int, ...]) -> list[str]:
    """One life for each history, in rounds that visit every database in a new order."""
    taken: dict[int, list[float]] = {jobs: [] for jobs in histories}
    async with AsyncExitStack() as doors:
        folder = Path(doors.enter_context(tempfile.TemporaryDirectory(prefix="easel-bench-")))
        clerks, begun = {}, time.perf_counter()
        for jobs in histories:
            await asyncio.to_thread(build_jobs, folder / f"{jobs}.db", jobs)
            clerks[jobs] = Clerk(await doors.enter_async_context(Database.open(folder / f"{jobs}.db")))
        built_s, size_mb = time.perf_counter() - begun, (folder / f"{max(histories)}.db").stat().st_size / 1e6
        order = list(clerks)
        for number in range(WARM_UP_ROUNDS + ROUNDS):
            random.Random(number).shuffle(order)
            for jobs in order:
                times = [await seconds(clerks[jobs].life) for _ in range(LIVES_A_ROUND)]
                taken[jobs] += times if number >= WARM_UP_ROUNDS else []
    shortest = statistics.median(taken[min(taken)])
    return [f"histories built in {built_s:.0f}s; the largest database has {size_mb:,.0f} MB"] + [
        f"a life after {jobs:,} jobs: {milliseconds(times)}, ratio {statistics.median(times) / shortest:.2f}"
        for jobs, times in taken.items()
    ]


async def _share(requests: int) -> str:
    """One `/imagine` after the other through the whole bot: its time until «Done», and SQLite's part of it."""
    async with stage(OBSERVED, latency_s=0) as on:
        for number in range(WARM_UP):
            await _one(on, number)
        before = await observed(on)
        times = [await _one(on, number) for number in range(requests)]
        after = await observed(on)
    took_ms = sum(times) * 1000 / requests
    sqlite_ms = (after["sqlite_s"] - before["sqlite_s"]) * 1000 / requests
    turns = (after["turns"] - before["turns"]) / requests
    return (
        f"one /imagine until «Done»: {took_ms:.1f} ms on average, of which SQLite {sqlite_ms:.1f} ms "
        f"({sqlite_ms / took_ms * 100:.0f} %) in {turns:.0f} turns, the duties' own among them"
    )


async def _one(on: Stage, number: int) -> float:
    guest = on.discord.guest(f"Person{number % PEOPLE}")
    begun = time.perf_counter()
    asked = await guest.slash("imagine", prompt=f"picture {number}", channel=f"channel-{number % CHANNELS}")
    await asked.until(lambda seen: "Done:" in seen.text)
    return time.perf_counter() - begun


if __name__ == "__main__":
    asyncio.run(run(quick="--quick" in sys.argv[1:]))
