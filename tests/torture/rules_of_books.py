"""What has to be true of the books, the bill of the image service, the disk and the log, once all is quiet."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bot.store.engine import sqlite3
from tests.audit import ENDED, wrong_sums
from tests.torture.evidence import Evidence, Violation, tag_of

BIRTH = "--- a bot is born"
LOG_PIECE = 60  # characters of a token that would be enough to know it by


def sound_file(evidence: Evidence) -> Iterator[Violation]:
    """SQLite finds nothing wrong with its file, and no row hangs in the air."""
    for (verdict,) in evidence.query("PRAGMA integrity_check"):
        if verdict != "ok":
            yield Violation("database damaged", str(verdict))
    for row in evidence.query("PRAGMA foreign_key_check"):
        yield Violation("foreign key", str(tuple(row)))


def sums(evidence: Evidence) -> Iterator[Violation]:
    for wrong in wrong_sums(evidence.database):
        yield Violation("sums", wrong)


def ended(evidence: Evidence) -> Iterator[Violation]:
    """Every accepted request has its one end, its member was told, and its token is erased."""
    for job in evidence.jobs:
        if job.state not in ENDED or not job.is_ended:
            yield Violation("not ended", f"{job}{' waits in /quota' if job.waiting else ''}")
        elif not job.told:
            yield Violation("not told", f"{job}: told is 0")
        if job.has_token:
            yield Violation("token kept", str(job))


def tokens_erased(evidence: Evidence) -> Iterator[Violation]:
    """No token is to be found in the database, in no column, in no index and in no log.

    Copies in gaps of its pages, which SQLite leaves where it moves rows, go once a day, and a token is good for a
    quarter of an hour: the file is looked at as it is when it has been written anew.
    """
    content = _written_anew(evidence.database)
    content += b"".join(file.read_bytes() for file in evidence.database.parent.glob(f"{evidence.database.name}-*"))
    for token, interaction in evidence.interactions.items():
        if token.encode() in content:
            yield Violation("token kept", f"interaction {interaction.id} is in the file")


def _written_anew(database: Path) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / database.name
        for file in database.parent.glob(f"{database.name}*"):
            shutil.copy(file, folder)
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return copy.read_bytes()


def paid_once(evidence: Evidence) -> Iterator[Violation]:
    """No more was painted for a request than it asked for, and never without a row that was written before.

    Requests with the same words (Again, Try again, V buttons) are counted together.
    """
    wanted: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    for job in evidence.jobs:
        wanted[job.tag] += job.count
        calls[job.tag] += job.calls
    painted: Counter[str] = Counter()
    for prompt, pictures in evidence.paid_for.items():
        painted[tag_of(prompt)] += pictures
    for tag, pictures in painted.items():
        if pictures > wanted[tag] or not calls[tag]:
            about = f"{tag or 'requests without words'}: {pictures} painted, {wanted[tag]} wanted, {calls[tag]} calls"
            yield Violation("paid twice", about)


def no_orphans(evidence: Evidence) -> Iterator[Violation]:
    """On the spool are only folders of jobs, with their entered pictures and what they were made from."""
    if not evidence.spool.is_dir():
        return
    known = {str(job.id) for job in evidence.jobs}
    entered = {(str(job_id), file.name) for (job_id, _), (_, file) in evidence.pictures.items()}
    for folder in sorted(evidence.spool.iterdir()):
        if folder.name not in known:
            yield Violation("orphan", f"folder {folder.name} of no job")
            continue
        for file in sorted(folder.iterdir()):
            if (folder.name, file.name) not in entered and not _belongs(file):
                yield Violation("orphan", f"{folder.name}/{file.name}")


def _belongs(file: Path) -> bool:
    """The source of a variation, what is uploaded of it, a picture made to fit."""
    return file.name == "source" or file.name.startswith("upload-") or file.name.endswith("-fit")


def silent_log(evidence: Evidence) -> Iterator[Violation]:
    """No prompt, no token, no key, whatever the level; and nothing that nobody expected."""
    text = evidence.log.read_text("utf-8", errors="replace") if evidence.log.is_file() else ""
    for secret in evidence.secrets:
        if secret in text:
            yield Violation("log", f"holds {secret[:6]}…")
    for token, interaction in evidence.interactions.items():
        if token[:LOG_PIECE] in text or token[-LOG_PIECE:] in text:
            yield Violation("log", f"holds the token of interaction {interaction.id}")
    yield from _tracebacks(text.splitlines())


def _tracebacks(lines: list[str]) -> Iterator[Violation]:
    """Told by the line above; one that tells of another one's cause is left out."""
    is_closing = False
    for number, line in enumerate(lines):
        if line.startswith(BIRTH) or " stopping drain_s" in line:
            is_closing = not line.startswith(BIRTH)
        if line.startswith("Traceback") and (above := lines[number - 1] if number else "the log"):
            yield Violation(
                "traceback", f"{'while closing' if is_closing else 'at work'}, {number + 1}: {above[24:140]}"
            )


def stand_ins_stand(evidence: Evidence) -> Iterator[Violation]:
    """Nothing was asked for that they do not have, and they did not fail themselves."""
    for trouble in evidence.of_stand_ins:
        yield Violation("stand-in", trouble)


RULES = (sound_file, sums, ended, tokens_erased, paid_once, no_orphans, silent_log, stand_ins_stand)
