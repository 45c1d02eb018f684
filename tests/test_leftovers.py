"""What a dead process left is cleared beside a living one that takes its job up in that very moment."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from bot.leftovers import Leftovers
from bot.model import Arrival, Place, Requester, Way
from bot.owner import Owner
from bot.request import ImageRequest
from bot.spool import Spool
from bot.store.database import Database
from bot.store.jobs import Jobs
from bot.store.ledger import Ledger
from bot.store.spool_files import Belonging, SpoolFiles

AT = datetime(2026, 7, 1, tzinfo=UTC)


class Meanwhile(SpoolFiles):
    """The rows as they are read, after which another process has its turn before anything is removed."""

    def __init__(self, database: Database, spool: Spool) -> None:
        super().__init__(database)
        self._spool = spool

    async def of(self, job_ids: Iterable[int]) -> dict[int, Belonging]:
        found = await super().of(job_ids)
        self._spool.remove_some(7, "0-fit")
        for name in ("0-fit", ".arriving.new", "upload-edit"):
            self._spool.path(7, "x").with_name(name).write_bytes(b"of the living")
        return found


async def test_what_a_living_process_writes_meanwhile_stays(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    ledger = Ledger(quota_per_day=20, server_per_day=None, bot_per_day=None)
    with Owner.open(tmp_path / "owners") as dead:
        pass
    async with Database.open(tmp_path / "easel.db") as database:
        arrival = Arrival(
            id=7, way=Way.SLASH, requester=Requester(1, frozenset()), place=Place(channel_id=5, guild_id=101)
        )
        assert await Jobs(database, ledger, owner=dead.boot_id).accept(ImageRequest.imagine("a fox"), arrival, at=AT)
        with spool.new(7, "0") as writer:
            writer.write(b"whole")
            writer.finish()
        for name in ("0-fit", ".arriving.old", "preview-0-0"):
            (tmp_path / "spool" / "7" / name).write_bytes(b"of the dead")
        with Owner.open(tmp_path / "owners") as mine:
            await Leftovers(files=Meanwhile(database, spool), spool=spool, owner=mine).clear()

    assert sorted(path.name for path in (tmp_path / "spool" / "7").iterdir()) == [
        ".arriving.new",
        "0",
        "0-fit",
        "upload-edit",
    ]
