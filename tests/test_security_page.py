"""docs/security.md is true: every row is there, and every module and test that it names exists."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "security.md"
ROWS = range(1, 24)


def rows() -> dict[int, list[str]]:
    """The table's cells behind the number, by number."""
    found = re.findall(r"^\| (\d+) \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert len({number for number, _ in found}) == len(found), "each row once"
    return {int(number): cells.split(" | ") for number, cells in found}


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_row_has_its_threat_its_defence_its_place_and_a_test() -> None:
    assert list(rows()) == list(ROWS)
    for number, cells in rows().items():
        assert len(cells) == 4, number
        threat, defence, where, tests = cells
        assert len(threat) > 5, number
        assert len(defence) > 20, number
        assert named(where), number
        assert named(tests), number


def test_every_place_that_the_table_names_exists() -> None:
    places = {place for *_, where, _ in rows().values() for place in named(where)}

    assert {place for place in places if not (ROOT / place).is_file()} == set()


def test_every_test_that_the_page_names_is_collected() -> None:
    """Asked of pytest itself, so that a test which was renamed, or is no test any more, is found missing."""
    nodes = sorted(set(re.findall(r"`(tests/[^`]+::[^`]+)`", PAGE.read_text("utf-8"))))
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *nodes]

    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)  # noqa: S603

    missing = re.findall(r"^ERROR: (?:not found|file or directory not found): (.*)$", run.stderr, re.MULTILINE)
    assert missing == []
    collected = {line.partition("[")[0] for line in run.stdout.splitlines()}
    assert set(nodes) <= collected, run.stdout[-2_000:] + run.stderr[-2_000:]


@pytest.mark.parametrize("section", ["The table", "What is not defended", "Reporting a vulnerability"])
def test_the_page_has_its_sections(section: str) -> None:
    assert f"\n## {section}\n" in PAGE.read_text("utf-8")


def test_the_readme_leads_to_the_page() -> None:
    assert "](docs/security.md)" in (ROOT / "README.md").read_text("utf-8")
