"""A gigabyte of pictures in flight: what our client takes of memory and processor, beside OpenAI's own library."""

import asyncio
import hashlib
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.prepared import PICTURE_BYTES, size_and_digest

CALLS, PICTURES_A_CALL = 64, 4
ROUNDS, QUICK_ROUNDS = 5, 1
LIMIT_S = 300.0
ROOT = Path(__file__).resolve().parent.parent
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
    words: tuple[str, ...]
    python: str = sys.executable


SDK = Client("openai AsyncOpenAI", ("-m", "benchmarks.clients.sdk"), str(BENCH_PYTHON))
EASEL = Client("Easel", ("-m", "benchmarks.clients.ours"))
FLOOR = Client("the floor: sockets and binascii", ("-m", "benchmarks.clients.floor"))
KEEPING = Client("the floor, with digest and fsync", ("-m", "benchmarks.clients.floor", "--keep"))


async def run(*, quick: bool = False) -> None:
    if not BENCH_PYTHON.exists():
        sys.exit("openai's library is not installed: run `make bench ONLY=gigabyte` once")
    print(f"gigabyte: {CALLS} calls at once, each answers {PICTURES_A_CALL} pictures of 4 MB as b64_json", flush=True)
    clients = (SDK, EASEL, FLOOR, KEEPING)
    taken: dict[Client, list[Taken]] = {client: [] for client in clients}
    async with service() as base_url:
        for _ in range(QUICK_ROUNDS if quick else ROUNDS):
            for client in clients:  # in turns, so that noise hits all alike
                taken[client].append(await _weigh(client, base_url))
    _show(taken)
    written_s, synced_s = await asyncio.to_thread(_disk)
    print(f"this disk: {CALLS * PICTURES_A_CALL} such files written in {written_s:.2f}s, their fsync {synced_s:.2f}s")


def _show(taken: dict[Client, list[Taken]]) -> None:
    print(f"{'':34}{'peak':>10}{'over before':>13}{'cpu':>8}{'ratio':>8}{'took':>8}")
    for client, rounds in taken.items():
        peak_mib = median(each.peak_mib for each in rounds)
        grown_mib = median(each.peak_mib - each.before_mib for each in rounds)
        cpu_s, took_s = median(each.cpu_s for each in rounds), median(each.took_s for each in rounds)
        ratio = median(each.cpu_s / sdk.cpu_s for each, sdk in zip(rounds, taken[SDK], strict=True))
        print(
            f"{client.name:34}{peak_mib:6.0f} MiB{grown_mib:+9.0f} MiB{cpu_s:7.2f}s{ratio:8.2f}{took_s:7.2f}s",
            flush=True,
        )


@asynccontextmanager
async def service() -> AsyncIterator[str]:
    """The base URL of the prepared service, a process of its own."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.prepared", stdin=pipe, stdout=pipe, env=_environment()
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield (await asyncio.wait_for(process.stdout.readline(), 60)).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


async def _weigh(client: Client, base_url: str) -> Taken:
    """Let a client take everything once; what it wrote is checked here, at nobody's expense.

    Raises:
        RuntimeError: it did not take what the service sent.
    """
    with tempfile.TemporaryDirectory(prefix="easel-bench-") as folder:
        words = (*client.words[:2], base_url, folder, str(CALLS), str(PICTURES_A_CALL), *client.words[2:])
        process = await asyncio.create_subprocess_exec(
            client.python, *words, env=_environment(), stdout=asyncio.subprocess.PIPE
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
    for number in range(CALLS * PICTURES_A_CALL):
        call, index = divmod(number, PICTURES_A_CALL)
        with (folder / str(call) / str(index)).open("rb") as file:
            found = os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()
        if found != size_and_digest(number):
            raise RuntimeError(f"{client.name}: picture {number} is {found}, not {size_and_digest(number)}")


def _disk() -> tuple[float, float]:
    """Seconds to write that many pictures one after the other, and to bring each to the disk, with nothing else."""
    piece, written_s, synced_s = random.Random(1).randbytes(PICTURE_BYTES), 0.0, 0.0
    with tempfile.TemporaryDirectory(prefix="easel-bench-") as folder:
        for number in range(CALLS * PICTURES_A_CALL):
            with (Path(folder) / str(number)).open("wb", buffering=0) as file:
                begun_s = time.perf_counter()
                file.write(piece)
                between_s = time.perf_counter()
                os.fsync(file.fileno())
                synced_s += time.perf_counter() - between_s
                written_s += between_s - begun_s
    return written_s, synced_s


def _environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}


if __name__ == "__main__":
    asyncio.run(run(quick="--quick" in sys.argv))
