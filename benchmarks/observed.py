"""The bot, which on SIGUSR1 writes down what it holds and what its database has taken: python -m benchmarks.observed.

It is the real command; only what runs on the database's thread is timed.
"""

import asyncio
import gc
import json
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bot.cli import main
from bot.store.database import Database
from bot.store.engine import sqlite3

REPORT = "observed.json"

Task = Callable[[sqlite3.Connection], None]


class Watch:
    """`sqlite_s` is time inside SQLite, waiting for the disk included; `turns` how often work ran there."""

    def __init__(self) -> None:
        self._sqlite_s = 0.0
        self._turns = 0

    def timed(self, task: Task) -> Task:
        def run(connection: sqlite3.Connection) -> None:
            begun = time.perf_counter()
            try:
                task(connection)
            finally:
                self._sqlite_s += time.perf_counter() - begun
                self._turns += 1

        return run

    def report(self) -> None:
        gc.collect()
        held = {
            "sqlite_s": self._sqlite_s,
            "turns": self._turns,
            "tasks": len(asyncio.all_tasks(asyncio.get_running_loop())),
            "threads": threading.active_count(),
            "files": sum(1 for _ in Path("/proc/self/fd").iterdir()),
            "objects": len(gc.get_objects()),
        }
        part = Path(f"{REPORT}.part")
        part.write_text(json.dumps(held))
        part.rename(REPORT)


def observe() -> None:
    """Time whatever is handed to the database's thread, and listen for the signal from the first time on."""
    watch, on_thread = Watch(), Database._on_thread  # noqa: SLF001  the one way to the thread

    async def timed(database: Database, task: Task) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, watch.report)
        await on_thread(database, watch.timed(task))

    Database._on_thread = timed  # type: ignore[method-assign,assignment]  # noqa: SLF001


if __name__ == "__main__":
    observe()
    main()
