"""A gigabyte of pictures in flight: what our client takes of memory and processor, beside OpenAI's own library."""

import asyncio
import hashlib
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.at_service import ROOT, environment, service
from benchmarks.prepared import PICTURE_BYTES, size_and_digest

MEMBERS, PICTURES_EACH = 64, 4
ROUNDS, QUICK_ROUNDS = 5, 1
LIMIT_S = 300.0
BENCH_PYTHON = ROOT / ".venv-bench/bin/python"


@dataclass(frozen=True, slots=True)
class Taken:
    """What one program took of one round."""

    before_mib: float
    peak_mib: float
    cpu_s: float
    took_s: float


@dataclass(frozen=True, slots=True)
class Client:
    name: str
    module: str
    options: tuple[str, ...] = ()
    python: str = sys.executable


SDK = Client("openai AsyncOpenAI", "sdk", python=str(BENCH_PYTHON))
EASEL = Client("Easel", "ours")
FLOOR = Client("the floor: sockets and binascii", "floor")
KEEPING = Client("the floor, with digest and fsync", "floor", ("--keep",))
EASEL_STREAMED = Client("Easel", "ours", ("--stream",))
KEEPING_STREAMED = Client("the floor, with digest and fsync", "floor", ("--stream", "--keep"))


async def run(*, quick: bool = False) -> None:
    if not BENCH_PYTHON.exists():
        sys.exit("openai's library is not installed: run `make bench ONLY=gigabyte` once")
    rounds = QUICK_ROUNDS if quick else ROUNDS
    async with service() as (base_url, _):
        print(
            f"gigabyte: {MEMBERS} calls at once, each answers {PICTURES_EACH} pictures of 4 MB as b64_json", flush=True
        )
        _show(await _weigh_all((SDK, EASEL, FLOOR, KEEPING), base_url, rounds))
        print(
            f"gigabyte, streamed: {MEMBERS} calls at once, each one picture of 4 MB, {PICTURES_EACH} times", flush=True
        )
        _show(await _weigh_all((KEEPING_STREAMED, EASEL_STREAMED), base_url, rounds))
    written_s, synced_s = await asyncio.to_thread(_disk)
    print(f"this disk: {MEMBERS * PICTURES_EACH} such files written in {written_s:.2f}s, their fsync {synced_s:.2f}s")


async def _weigh_all(clients: Sequence[Client], base_url: str, rounds: int) -> dict[Client, list[Taken]]:
    """In turns, so that noise hits all alike."""
    taken: dict[Client, list[Taken]] = {client: [] for client in clients}
    for _ in range(rounds):
        for client in clients:
            taken[client].append(await _weigh(client, base_url))
    return taken


def _show(taken: dict[Client, list[Taken]]) -> None:
    """Medians; the ratio is of processor time to the first client's of the same round."""
    print(f"{'':34}{'peak':>10}{'over before':>13}{'cpu':>8}{'ratio':>8}{'took':>8}")
    first = next(iter(taken.values()))
    for client, rounds in taken.items():
        peak_mib = median(each.peak_mib for each in rounds)
        grown_mib = median(each.peak_mib - each.before_mib for each in rounds)
        cpu_s, took_s = median(each.cpu_s for each in rounds), median(each.took_s for each in rounds)
        ratio = median(each.cpu_s / other.cpu_s for each, other in zip(rounds, first, strict=True))
        print(
            f"{client.name:34}{peak_mib:6.0f} MiB{grown_mib:+9.0f} MiB{cpu_s:7.2f}s{ratio:8.2f}{took_s:7.2f}s",
            flush=True,
        )


async def _weigh(client: Client, base_url: str) -> Taken:
    """Let a client take everything once; what it wrote is checked here, at nobody's expense.

    Raises:
        RuntimeError: it did not take what the service sent.
    """
    with tempfile.TemporaryDirectory(prefix="easel-bench-") as folder:
        words = ("-m", f"benchmarks.clients.{client.module}", base_url, folder, str(MEMBERS), str(PICTURES_EACH))
        process = await asyncio.create_subprocess_exec(
            client.python, *words, *client.options, env=environment(), stdout=asyncio.subprocess.PIPE
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), LIMIT_S)
        finally:
            if process.returncode is None:
                process.kill()
        if process.returncode:
            raise RuntimeError(f"{client.name} ended with {process.returncode}")
        await asyncio.to_thread(_check, client, Path(folder))
    os.sync()  # the next one does not wait for this one's bytes
    return Taken(**json.loads(said))


def _check(client: Client, folder: Path) -> None:
    for number in range(MEMBERS * PICTURES_EACH):
        member, index = divmod(number, PICTURES_EACH)
        with (folder / str(member) / str(index)).open("rb") as file:
            found = os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()
        if found != size_and_digest(number):
            raise RuntimeError(f"{client.name}: picture {number} is {found}, not {size_and_digest(number)}")


def _disk() -> tuple[float, float]:
    """Seconds to write that many pictures one after the other, and to bring each to the disk, with nothing else."""
    piece, written_s, synced_s = random.Random(1).randbytes(PICTURE_BYTES), 0.0, 0.0
    with tempfile.TemporaryDirectory(prefix="easel-bench-") as folder:
        for number in range(MEMBERS * PICTURES_EACH):
            with (Path(folder) / str(number)).open("wb", buffering=0) as file:
                begun_s = time.perf_counter()
                file.write(piece)
                between_s = time.perf_counter()
                os.fsync(file.fileno())
                synced_s += time.perf_counter() - between_s
                written_s += between_s - begun_s
    return written_s, synced_s


if __name__ == "__main__":
    asyncio.run(run(quick="--quick" in sys.argv))
