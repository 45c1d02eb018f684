"""All measurements, one after the other: python -m benchmarks [--quick]."""

import asyncio
import os
import platform
import sys
from pathlib import Path

from benchmarks import burst, ledger, single
from bot.store.engine import sqlite3


def machine() -> str:
    """What the figures were measured on."""
    processor = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    return f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"


async def run() -> None:
    print(machine(), flush=True)
    for measurement in (burst.run, single.run):
        print(flush=True)
        await measurement()
    print(flush=True)
    print("\n".join(await ledger.run(quick="--quick" in sys.argv)))


if __name__ == "__main__":
    asyncio.run(run())
