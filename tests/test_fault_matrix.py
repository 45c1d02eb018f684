"""The page of the fault matrix says what its tests hold: each row's test exists, and each test's row says the same."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from bot.errors import pictures
from tests.end_to_end import test_matrix_image_service as image_service
from tests.end_to_end import test_matrix_process as process

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reliability.md"
OF_IMAGE_SERVICE = "tests/end_to_end/test_matrix_image_service.py::test_a_fault_of_the_image_service"
OF_PROCESS = "tests/end_to_end/test_matrix_process.py::test_a_kill_in_each_state"
MATRIX = "tests/end_to_end/test_matrix_*.py"
NODE = re.compile(r"`(tests/[\w/]+\.py::\w+(?:\[[^`]*\])?)`")
LATER = re.compile(r"TODO-\w+")
PATTERNS = {r"job=\d+": "job=…", r"call=\d+": "call=…", r"0\.[3-5]\d": "0.…", r"\d\d\.\d\d": "…", ".*": "…", "\\": ""}


def section() -> str:
    """«Fault matrix», up to the next heading of its rank."""
    found = re.search(r"^## Fault matrix\n(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def readable(pattern: str) -> str:
    """A line of the log as it stands on the page: what differs from time to time left out."""
    for part, shown in PATTERNS.items():
        pattern = pattern.replace(part, shown)
    return f"`{pattern.strip()}`" if pattern else "–"


def seen(pictures_count: int, words: str) -> str:
    if not pictures_count:
        return words
    return f"{pictures(pictures_count)}, and «Done» with a link{f'. {words.strip()}' if words else ''}"


def of_image_service() -> Iterator[str]:
    """Each row of that line of the matrix, as it stands on the page."""
    for name, row in image_service.ROWS.items():
        charged = f"{row.pictures or 'no'} picture{'s' * (row.pictures > 1)}, {row.costs}"
        cells = (name, seen(row.pictures, row.sees), charged, str(row.calls), readable(row.log))
        yield f"| {' | '.join(cells)} | `{OF_IMAGE_SERVICE}[{name}]` |"


def of_process() -> Iterator[str]:
    for name, row in process.ROWS.items():
        words = "its picture; Discord had no card" if row.sees is None else seen(row.charged, row.sees)
        money = ", ".join("its cost" if is_known else "its most" for is_known in row.calls)
        cells = (name, words, f"{row.charged or 'no'} picture; {money}", readable(row.log))
        yield f"| {' | '.join(cells)} | `{OF_PROCESS}[{name}]` |"


def test_the_page_says_what_the_rows_of_its_tests_hold() -> None:
    lines = section().splitlines()

    assert [line for line in (*of_image_service(), *of_process()) if line not in lines] == []


def those_in(path: Path) -> set[str]:
    """The names of a file's tests, as pytest calls them, without their cases."""
    name = path.relative_to(ROOT).as_posix()
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, definitions)]
    return {f"{name}::{each}" for each in found if each.startswith("test_")}


def named() -> set[str]:
    """The tests that the page names, without their cases: those of the rows above are held by their names."""
    return {node.partition("[")[0] for node in NODE.findall(section())}


def test_every_test_that_the_page_names_exists() -> None:
    files = {ROOT / node.partition("::")[0] for node in named()}

    assert named() - set().union(*(those_in(path) for path in files if path.exists())) == set()


def test_the_page_names_every_test_of_the_matrix() -> None:
    assert set().union(*(those_in(path) for path in ROOT.glob(MATRIX))) - named() == set()


def test_what_is_still_to_come_is_listed() -> None:
    for line in section().splitlines():
        for branch in LATER.findall(line):
            print(f"{branch}: {line.split('|')[1].strip()}")  # noqa: T201  for whoever completes the page

    assert [line for line in section().splitlines() if "TODO" in line and not LATER.search(line)] == []
