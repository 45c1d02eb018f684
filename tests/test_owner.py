"""Who runs a job: told by lock files on a real disk."""

import os
import threading
from pathlib import Path

from bot.owner import SWEPT_AFTER_S, Owner, living


def test_a_process_is_gone_when_its_lock_is_free_and_unknown_when_it_left_no_file(tmp_path: Path) -> None:
    with Owner.open(tmp_path) as mine:
        with Owner.open(tmp_path) as other:
            while_it_lived = mine.is_gone(other.boot_id)
        afterwards = mine.is_gone(other.boot_id)

        assert (while_it_lived, afterwards, mine.is_gone("never-here")) == (False, True, None)


def test_a_process_that_has_only_started_is_no_successor(tmp_path: Path) -> None:
    with Owner.open(tmp_path) as mine, Owner.open(tmp_path) as other:
        before = mine.has_successor()
        other.show_life()

        assert (before, mine.has_successor()) == (False, True)


def test_a_living_process_whose_file_was_removed_is_not_taken_for_a_dead_one(tmp_path: Path) -> None:
    with Owner.open(tmp_path) as mine, Owner.open(tmp_path) as other:
        mine.show_life()
        (tmp_path / f"{mine.boot_id}.lock").unlink()
        mine.show_life()

        assert other.is_gone(mine.boot_id) is None
        assert other.gone() == set()


def test_a_process_is_not_its_own_successor(tmp_path: Path) -> None:
    with Owner.open(tmp_path) as mine:
        mine.show_life()

        assert not mine.has_successor()


def test_files_of_processes_that_ended_long_ago_are_swept_by_several_starts_at_once(tmp_path: Path) -> None:
    for number in range(200):
        stale = tmp_path / f"{number:016x}.lock"
        stale.touch()
        os.utime(stale, (0, 0))
    failures: list[BaseException] = []

    def start() -> None:
        try:
            with Owner.open(tmp_path):
                living(tmp_path)
        except BaseException as error:  # noqa: BLE001 -- a thread would swallow it
            failures.append(error)

    starts = [threading.Thread(target=start) for _ in range(4)]
    for each in starts:
        each.start()
    for each in starts:
        each.join()

    assert failures == []
    assert len(list(tmp_path.glob("*.lock"))) == len(starts)


def test_a_file_of_a_process_that_ended_lately_is_kept_for_successors(tmp_path: Path) -> None:
    with Owner.open(tmp_path) as ended:
        pass

    with Owner.open(tmp_path) as mine:
        assert SWEPT_AFTER_S > 60
        assert mine.is_gone(ended.boot_id) is True
