"""What is on the spool is whole, private to the bot, and inside its folder."""

import hashlib
import stat
import threading
from pathlib import Path

import pytest

from bot.spool import Spool, SpooledFile


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "data" / "spool")


def everything_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_finished_file_has_its_pieces_its_digest_and_its_head(spool: Spool) -> None:
    pieces: list[bytes | bytearray | memoryview] = [
        b"\x89PNG",
        b"",
        b"a" * 300_000,
        bytearray(b"b" * 100),
        memoryview(b"end"),
    ]

    with spool.new(7, "0.png") as writer:
        for piece in pieces:
            writer.write(piece)
        spooled = writer.finish()

    content = b"".join(pieces)
    assert spooled.file == spool.path(7, "0.png")
    assert spooled.file.read_bytes() == content
    assert spooled.sha256 == hashlib.sha256(content).hexdigest()
    assert spooled.size_bytes == len(content) == writer.size_bytes
    assert spooled.head == content[:1024]


def test_nothing_is_seen_under_its_name_before_it_is_whole(spool: Spool) -> None:
    with spool.new(7, "0.png") as writer:
        writer.write(b"half")

        assert not spool.path(7, "0.png").exists()
        writer.finish()

    assert everything_in(spool.path(7, "0.png").parent) == [spool.path(7, "0.png")]


def test_what_is_not_finished_leaves_nothing(spool: Spool) -> None:
    with pytest.raises(KeyboardInterrupt), spool.new(7, "0.png") as writer:
        writer.write(b"half")
        raise KeyboardInterrupt

    assert everything_in(spool.path(7, "0.png").parent) == []
    with pytest.raises(ValueError, match="discarded"):
        writer.write(b"late")


def test_a_writer_that_never_wrote_touches_no_disk(spool: Spool, tmp_path: Path) -> None:
    with spool.new(7, "0.png"):
        pass

    assert list(tmp_path.iterdir()) == []


class Slow(bytearray):
    """A piece whose writing lasts until a test lets it go on."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.is_being_written, self.may_go_on = threading.Event(), threading.Event()

    def __len__(self) -> int:
        self.is_being_written.set()
        assert self.may_go_on.wait(timeout=10)
        return super().__len__()


def test_discarding_waits_for_a_write_in_another_thread(spool: Spool) -> None:
    writer, piece = spool.new(7, "0.png"), Slow(b"piece")
    writing = threading.Thread(target=writer.write, args=(piece,))
    writing.start()
    assert piece.is_being_written.wait(timeout=10)
    discarding = threading.Thread(target=writer.discard)
    discarding.start()

    discarding.join(timeout=0.1)
    assert discarding.is_alive()
    piece.may_go_on.set()
    for thread in (writing, discarding):
        thread.join(timeout=10)

    assert spool.usage_bytes() == 0


def test_a_file_written_again_replaces_the_first(spool: Spool) -> None:
    for content in (b"first", b"second"):
        with spool.new(7, "source") as writer:
            writer.write(content)
            writer.finish()

    assert spool.path(7, "source").read_bytes() == b"second"
    assert spool.usage_bytes() == len(b"second")


def test_a_file_may_get_its_name_when_it_is_whole(spool: Spool) -> None:
    with spool.new(7, "arriving") as writer:
        writer.write(b"a picture")
        spooled = writer.finish("3")

    assert spooled.file == spool.path(7, "3")
    assert everything_in(spooled.file.parent) == [spooled.file]


@pytest.mark.parametrize("name", ["", "..", "../8/x", "a/b", "x\0"])
def test_the_name_that_a_file_gets_cannot_leave_the_folder_either(spool: Spool, name: str) -> None:
    with spool.new(7, "arriving") as writer:
        writer.write(b"a picture")
        with pytest.raises(ValueError, match="not a name"):
            writer.finish(name)

    assert spool.usage_bytes() == 0


def test_only_the_bots_user_can_read_the_spool(spool: Spool, tmp_path: Path) -> None:
    with spool.new(7, "0.png") as writer:
        writer.write(b"private")
        spooled = writer.finish()

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").rglob("*")}
    assert modes == {"spool": 0o700, "7": 0o700, spooled.file.name: 0o600}


@pytest.mark.parametrize("name", ["", ".", "..", "../7/x", "a/b", "/etc/passwd", "A.png", "x\0", "x\n", "é", "x" * 65])
def test_a_name_cannot_leave_the_folder(spool: Spool, name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        spool.new(7, name)


def test_a_job_id_cannot_leave_the_folder(spool: Spool) -> None:
    with pytest.raises(ValueError, match="not a name"):
        spool.path(-1, "x")


def test_removing_a_job_takes_its_files_and_no_others(spool: Spool) -> None:
    for job_id in (7, 77):
        with spool.new(job_id, "0.png") as writer:
            writer.write(b"1234")
            writer.finish()

    spool.remove(7)
    spool.remove(7)

    assert spool.jobs_on_disk() == {77}
    assert spool.usage_bytes() == 4


def kept(spool: Spool, job_id: int, content: bytes) -> SpooledFile:
    with spool.new(job_id, "source") as writer:
        writer.write(content)
        return writer.finish()


def test_some_files_of_a_job_are_removed_by_their_names(spool: Spool) -> None:
    for name in ("0", "preview-0-0", "preview-0-1"):
        with spool.new(5, name) as writer:
            writer.write(b"fox")
            writer.finish()
    with spool.new(5, "1") as unfinished:
        unfinished.write(b"half a fox")

        spool.remove_some(5, ".*", "preview-*")
        spool.remove_some(6, "*")

        assert [file.name for file in spool.path(5, "0").parent.iterdir()] == ["0"]


def test_a_linked_file_stays_until_both_jobs_are_removed(spool: Spool) -> None:
    kept(spool, 7, b"picture")

    spool.link(7, 8, "source")
    spool.remove(7)

    assert spool.path(8, "source").read_bytes() == b"picture"
    assert spool.jobs_on_disk() == {8}


def test_linking_again_changes_nothing_even_when_the_first_job_is_removed(spool: Spool) -> None:
    kept(spool, 7, b"picture")
    kept(spool, 8, b"its own")

    spool.link(7, 8, "source")
    spool.remove(7)
    spool.link(7, 8, "source")

    assert spool.path(8, "source").read_bytes() == b"its own"


def test_a_file_that_is_not_kept_cannot_be_linked_and_leaves_no_folder(spool: Spool) -> None:
    with pytest.raises(FileNotFoundError):
        spool.link(7, 8, "source")

    assert spool.jobs_on_disk() == set()


@pytest.mark.parametrize("now", [b"", b"a" * 299_999 + b"b", b"a" * 299_999, b"a" * 300_001])
def test_a_file_that_changed_is_found_out_by_its_digest(spool: Spool, now: bytes) -> None:
    file = kept(spool, 7, b"a" * 300_000)
    assert spool.verify(file.file, file.sha256)

    file.file.write_bytes(now)

    assert not spool.verify(file.file, file.sha256)


def test_a_file_that_is_gone_is_not_whole(spool: Spool) -> None:
    file = kept(spool, 7, b"picture")

    spool.remove(7)

    assert not spool.verify(file.file, file.sha256)


def test_a_spool_that_was_never_used_is_empty(spool: Spool) -> None:
    assert spool.jobs_on_disk() == set()
    assert spool.usage_bytes() == 0


def test_strange_files_are_not_jobs(spool: Spool, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "spool"
    (folder / "lost+found").mkdir(parents=True)
    (folder / "12").mkdir()

    assert spool.jobs_on_disk() == {12}
