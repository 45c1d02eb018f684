"""All measurements, one after the other, or those that are named: python -m benchmarks [name …] [--quick]."""

import argparse
import asyncio
import os
import platform
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks import burst, durability, gigabyte, ledger, page, preview, recovery, single, soak, whole
from bot.store.engine import sqlite3

MEASUREMENTS: dict[str, Callable[..., Awaitable[None]]] = {
    "burst": lambda **_: burst.run(),
    "single": lambda **_: single.run(),
    "gigabyte": gigabyte.run,
    "whole": whole.run,
    "preview": preview.run,
    "ledger": ledger.run,
    "durability": durability.run,
    "recovery": recovery.run,
    "soak": soak.run,
    "page": page.run,
}


def machine() -> str:
    """What the figures were measured on."""
    processor = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    return f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"


async def run(names: list[str], *, quick: bool) -> None:
    print(machine(), flush=True)
    for name in names:
        print(flush=True)
        await MEASUREMENTS[name](quick=quick)


if __name__ == "__main__":
    words = argparse.ArgumentParser(prog="python -m benchmarks", description="The figures of docs/benchmarks.md.")
    words.add_argument("names", nargs="*", metavar="name", help=f"one of: {', '.join(MEASUREMENTS)}; none is all")
    words.add_argument("--quick", action="store_true", help="fewer rounds and a smaller history: rough figures")
    asked = words.parse_args()
    unknown = set(asked.names) - set(MEASUREMENTS)
    if unknown:
        words.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(MEASUREMENTS)}")
    asyncio.run(run(asked.names or list(MEASUREMENTS), quick=asked.quick))
