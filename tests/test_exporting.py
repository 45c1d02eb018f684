"""The data of somebody who has asked for very much: in whole files that the place takes, each row once."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.clock import to_ms
from bot.privacy.exporting import Exporting
from bot.store.belongings import Belongings
from bot.store.database import Database
from bot.store.engine import sqlite3
from tests.clock import FakeClock

ADA, BEN = 1_111_111_111_111_111, 2_222_222_222_222_222
LIMIT_BYTES = 20_000
ENTRY = "INSERT INTO entries (cause_id, kind, guild_id, user_id, day, reserved, at_ms) VALUES (?, ?, 101, ?, ?, 1, ?)"
DAY = "INSERT INTO balances (scope, guild_id, day, user_id, charged) VALUES ('member', 101, ?, ?, 7)"


async def test_books_of_years_come_in_files_that_the_place_takes(tmp_path: Path) -> None:
    clock = FakeClock()
    entries = [
        (1_000 + number, kind, ADA if number % 3 else BEN, number, to_ms(clock.now() + timedelta(seconds=number)))
        for number in range(900)
        for kind in ("reserve", "settle")
    ]
    days = [(day, ADA) for day in range(400)]

    def fill(connection: sqlite3.Connection) -> None:
        connection.executemany(ENTRY, entries)
        connection.executemany(DAY, days)

    async with Database.open(tmp_path / "easel.db") as database:
        await database.transaction(fill)
        exporting = Exporting(Belongings(database), tmp_path / "spool", clock)
        async with exporting.export(ADA, limit_bytes=LIMIT_BYTES) as export:
            sizes = [part.size_bytes for part in export.parts]
            parts: list[dict[str, Any]] = [json.loads(part.stream.read()) for part in export.parts]

    assert max(sizes) <= LIMIT_BYTES
    assert [part["part"] for part in parts] == list(range(1, len(parts) + 1))
    found = [(int(each["request_id"]), each["kind"]) for part in parts for each in part.get("entries", ())]
    assert found == [(cause, kind) for cause, kind, user, *_ in entries if user == ADA]
    assert [each["day"] for part in parts for each in part.get("days", ())][::399] == ["1970-01-01", "1971-02-04"]
    assert parts[-1]["erasures_under_way"] == []
