"""Which files on the spool belong to which job."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from bot.store.database import Database
from bot.store.engine import sqlite3

JOB = """
SELECT owner, ended_ms IS NOT NULL, pictures_kept, count, source_sha256 IS NOT NULL OR source_job IS NOT NULL
FROM jobs WHERE id = ?
"""
FILES = "SELECT file FROM pictures WHERE job_id = ?"
SOURCE = "source"


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """`names` are the files in a job's folder that somebody may still want; `are_kept`: whether any are."""

    owner: str
    is_ended: bool
    are_kept: bool
    names: frozenset[str]


class SpoolFiles:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, job_ids: Iterable[int]) -> dict[int, Belonging]:
        """Those of the jobs that there are."""

        def work(connection: sqlite3.Connection) -> dict[int, Belonging]:
            found = ((job_id, _belonging(connection, job_id)) for job_id in job_ids)
            return {job_id: belonging for job_id, belonging in found if belonging is not None}

        return await self._database.read(work)


def _belonging(connection: sqlite3.Connection, job_id: int) -> Belonging | None:
    row = connection.execute(JOB, (job_id,)).fetchone()
    if row is None:
        return None
    owner, is_ended, are_kept, count, has_source = row
    names = {PurePath(file).name for (file,) in connection.execute(FILES, (job_id,))}
    if not is_ended:  # pictures that came, and could not be entered any more, still count
        names |= {str(number) for number in range(count)}
    if has_source:
        names.add(SOURCE)
    return Belonging(owner=owner, is_ended=bool(is_ended), are_kept=bool(are_kept), names=frozenset(names))
