"""A thousand unfinished jobs after a crash: how long until the next process has delivered the first and the last.

The real bot takes the requests and is killed; what it would have painted of some is then written into its books and
onto its spool as it does that itself, so that all three states are there.
"""

import asyncio
import hashlib
import time
from contextlib import closing
from pathlib import Path

from benchmarks.stage import CHANNELS, EASEL, PEOPLE, Stage, stage
from bot.home import DATABASE, SPOOL
from bot.store.engine import sqlite3
from sandbox.image_api.pictures import prepare

JOBS, QUICK_JOBS = 1_000, 200
SHARES = {"queued": 0.4, "painting": 0.3, "painted": 0.3}
PICTURE_BYTES = 100_000
ACCEPT_AT_ONCE = 20
POSTS_PER_S = 50  # Discord's limit over all channels; that of one, 5 in 5 s, is wider with this many channels
LOOK_S = 0.05
LIMIT_S = 600.0

BEGIN = "UPDATE jobs SET state = 'painting', started_ms = accepted_ms WHERE id = ?"
CALL = """
INSERT INTO calls (job_id, number, endpoint, model, count, state, sent_ms)
SELECT id, 0, 'generations', 'gpt-image-2', 1, ?, accepted_ms FROM jobs WHERE id = ?
"""
PICTURE = """
INSERT INTO pictures (job_id, number, file, sha256, size_bytes, media_type) VALUES (?, 0, ?, ?, ?, 'image/png')
"""
END = """
UPDATE jobs SET state = 'painted', painted_ms = accepted_ms, painted_model = 'gpt-image-2', endpoint = 'generations'
WHERE id = ?
"""
STATES = "SELECT state, count(*) FROM jobs GROUP BY state ORDER BY state"


async def run(*, quick: bool = False) -> None:
    jobs = QUICK_JOBS if quick else JOBS
    settings = {"queue_max": jobs, "images_at_once": 64, "images_at_once_per_user": 64}
    async with stage(EASEL, latency_s=0, picture_bytes=PICTURE_BYTES, **settings) as on:
        on.images.hold()
        await _accept(on, jobs)
        await on.kill()
        left = await asyncio.to_thread(_bring_on, on.folder / "data", jobs)
        on.images.release()
        begun = time.perf_counter()
        await on.start()
        ready_s = time.perf_counter() - begun
        first_s, last_s = await _until_delivered(on, jobs, begun)
        states = await asyncio.to_thread(_states, on.folder / "data")
    print(f"recovery: {jobs:,} unfinished jobs in {CHANNELS} channels ({_named(left)}), pictures of 100 kB")
    print(f"connected after {ready_s:.1f}s, first delivered after {first_s:.1f}s, last after {last_s:.1f}s")
    print(f"the floor is Discord's {POSTS_PER_S} posts a second: {jobs / POSTS_PER_S:.1f}s; then: {_named(states)}")


def _named(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {state}" for state, count in counts.items())


async def _accept(on: Stage, jobs: int) -> None:
    """All are told that they are in line, and none is painted."""
    numbers = iter(range(jobs))

    async def ask() -> None:
        for number in numbers:
            guest = on.discord.guest(f"Person{number % PEOPLE}")
            asked = await guest.slash("imagine", prompt=f"picture {number}", channel=f"channel-{number % CHANNELS}")
            await asked.acknowledged(timeout_s=30)

    await asyncio.gather(*(ask() for _ in range(ACCEPT_AT_ONCE)))


def _bring_on(data: Path, jobs: int) -> dict[str, int]:
    """Paint some of them in the books and on the spool; how many are in each state then.

    Those that had begun and have nothing yet are put back: what becomes of them is no matter of time.
    """
    picture = b"".join(prepare(PICTURE_BYTES).pieces())
    digest = hashlib.sha256(picture).hexdigest()
    with closing(sqlite3.connect(data / DATABASE, timeout=10, isolation_level=None)) as books:
        books.execute("BEGIN")
        books.execute("DELETE FROM calls")
        books.execute("UPDATE jobs SET state = 'queued', started_ms = NULL WHERE ended_ms IS NULL")
        ids = [job_id for (job_id,) in books.execute("SELECT id FROM jobs WHERE ended_ms IS NULL ORDER BY key")]
        painting = round(jobs * SHARES["painting"])
        for number, job_id in enumerate(ids[: painting + round(jobs * SHARES["painted"])]):
            file = data / SPOOL / str(job_id) / "0"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(picture)
            books.execute(BEGIN, (job_id,))
            books.execute(CALL, ("sent" if number < painting else "answered", job_id))
            books.execute(PICTURE, (job_id, str(file), digest, len(picture)))
            if number >= painting:
                books.execute(END, (job_id,))
        books.execute("COMMIT")
    return _states(data)


def _states(data: Path) -> dict[str, int]:
    with closing(sqlite3.connect(data / DATABASE, timeout=10)) as books:
        return dict(books.execute(STATES).fetchall())


async def _until_delivered(on: Stage, jobs: int, begun: float) -> tuple[float, float]:
    """Seconds until the first picture and until the last one stand in their channels."""
    first_s = None
    async with asyncio.timeout(LIMIT_S):
        while (posted := on.posted()) < jobs:
            if posted and first_s is None:
                first_s = time.perf_counter() - begun
            await asyncio.sleep(LOOK_S)
    last_s = time.perf_counter() - begun
    await asyncio.sleep(2)  # the charges of the last ones
    return last_s if first_s is None else first_s, last_s


if __name__ == "__main__":
    asyncio.run(run())
