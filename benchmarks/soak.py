"""Thousands of requests in a row: whether memory, files, tasks, threads or connections grow with them."""

import asyncio
import json
import signal
from dataclasses import dataclass
from pathlib import Path

from benchmarks.observed import REPORT
from benchmarks.stage import CHANNELS, PEOPLE, Stage, stage
from bot.home import DATABASE
from bot.store.engine import sqlite3

REQUESTS, QUICK_REQUESTS = 2_000, 400
SETTLED = 200
AT_ONCE = 4
PICTURE_BYTES = 100_000
OBSERVED = ("-m", "benchmarks.observed")
LIMIT_S = 60.0
LOOK_S = 0.02
REST_S = 8.0  # connections that nobody uses any more are closed by then; a round of every duty


@dataclass(frozen=True, slots=True)
class Held:
    """What the bot's process holds at one moment; `spool` are files, `kept` the pictures that should be there."""

    memory_mib: float
    tasks: int
    threads: int
    files: int
    connections: int
    objects: int
    spool: int
    kept: int


async def run(*, quick: bool = False) -> None:
    requests = QUICK_REQUESTS if quick else REQUESTS
    print(f"soak: {requests:,} /imagine, {AT_ONCE} at a time, pictures of 100 kB, stand-ins answer at once")
    print(f"{'':20}{'memory':>12}{'tasks':>8}{'threads':>9}{'files':>7}{'sockets':>9}{'objects':>10}{'spool':>12}")
    async with stage(OBSERVED, latency_s=0, picture_bytes=PICTURE_BYTES) as on:
        await _ask(on, range(SETTLED))
        first = await _held(on)
        _show(f"after {SETTLED}", first)
        await _ask(on, range(SETTLED, requests))
        last = await _held(on)
        _show(f"after {requests:,}", last)
    print(f"memory grew by {(last.memory_mib / first.memory_mib - 1) * 100:+.1f} %", flush=True)


def _show(name: str, held: Held) -> None:
    print(
        f"{name:20}{held.memory_mib:8.1f} MiB{held.tasks:8}{held.threads:9}{held.files:7}{held.connections:9}"
        f"{held.objects:10,}{held.spool:6,}/{held.kept:<5,}",
        flush=True,
    )


async def _ask(on: Stage, numbers: range) -> None:
    """Each of a few members asks again when he has been told that he is done."""
    waiting = iter(numbers)

    async def one_after_the_other() -> None:
        for number in waiting:
            guest = on.discord.guest(f"Person{number % PEOPLE}")
            asked = await guest.slash("imagine", prompt=f"picture {number}", channel=f"channel-{number % CHANNELS}")
            await asked.until(lambda seen: "Done:" in seen.text, LIMIT_S)

    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))


async def _held(on: Stage) -> Held:
    await asyncio.sleep(REST_S)
    report = await observed(on)
    spool = on.folder / "data" / "spool"
    return Held(
        memory_mib=on.memory_mib(),
        tasks=report["tasks"],
        threads=report["threads"],
        files=report["files"],
        connections=_connections(on.process.pid),
        objects=report["objects"],
        spool=sum(path.is_file() for path in spool.rglob("*")),
        kept=await asyncio.to_thread(_kept, on.folder / "data" / DATABASE),
    )


async def observed(on: Stage) -> dict[str, int]:
    """What the bot says of itself now."""
    report = on.folder / REPORT
    report.unlink(missing_ok=True)
    on.process.send_signal(signal.SIGUSR1)
    async with asyncio.timeout(LIMIT_S):
        while not report.exists():
            await asyncio.sleep(LOOK_S)
    told: dict[str, int] = json.loads(report.read_text())
    return told


def _connections(process_id: int) -> int:
    links = [path.readlink() for path in Path(f"/proc/{process_id}/fd").iterdir()]
    return sum(str(link).startswith("socket:") for link in links)


def _kept(path: Path) -> int:
    """Pictures that KEEP_PICTURES_DAYS keeps on the disk."""
    connection = sqlite3.connect(path, timeout=10)
    try:
        [(count,)] = connection.execute("SELECT count(*) FROM pictures")
        return int(count)
    finally:
        connection.close()


if __name__ == "__main__":
    asyncio.run(run())
