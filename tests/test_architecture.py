"""The house stands as DESIGN says: imports run one way, and each outside library has its doors."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


SOURCES = sorted(path for folder in ("bot", "cogs", "sandbox") for path in (ROOT / folder).rglob("*.py"))

# From the top. A module may import what stands on a lower floor, or on its own where that is named in TOGETHER.
FLOORS = (
    {"bot.__main__"},
    {"bot.cli"},
    {"bot.doctor"},
    {"bot.app"},
    {"bot.life"},
    {"bot.furnishing"},
    {"bot.duties"},
    {"bot.ground"},
    {"bot.client", "bot.visit"},
    {"bot.rooms"},
    {"bot.caretaker", "bot.sweep", "bot.tidying", "bot.shelf", "bot.privacy"},
    {"bot.studio"},
    {"bot.noticeboard", "bot.last_words", "bot.previews", "bot.retirement", "bot.disk", "bot.leftovers"},
    {"bot.roster"},
    {"bot.outside"},
    {"bot.painter", "bot.sources", "bot.delivery", "bot.moderation"},
    {"bot.caller"},
    {"bot.progress", "bot.remains"},
    {"bot.queue"},
    {"bot.ui"},  # shows what the store and the catalogue know, and decides nothing
    {"bot.image_api", "bot.store"},
    {"bot.download"},
    {"bot.pictures"},
    {"bot.gateway", "bot.discretion", "bot.incidents"},
    {"bot.spool", "bot.opening", "bot.owner", "bot.lookalikes", "bot.calm"},
    {"bot.model", "bot.home"},
    {"bot.request"},
    {"bot.settings", "bot.clock", "bot.log"},
    {"bot.image_api.dialects"},  # facts alone; the settings ask them what a service needs
    {"bot.thresholds"},
    {"bot.errors"},
)
TOGETHER = {("bot.painter", "bot.sources")}

DOORS = {
    "discord": {
        "bot.client",
        "bot.gateway",
        "bot.visit",
        "bot.delivery",
        "bot.ui",
        "bot.app",
        "bot.life.parts",
        "bot.ground",
        "cogs",
    },
    "aiohttp": {
        "bot.gateway",
        "bot.discretion",
        "bot.life.health",
        "bot.life.parts",
        "bot.image_api.wire.http",
        "bot.download",
        "bot.outside",
        "bot.delivery",
    },
    "aiosqlite": {"bot.store"},
    "sqlite3": {"bot.store"},
    "PIL": {"bot.pictures"},
    "typer": {"bot.cli"},
    "pydantic_settings": {"bot.settings"},
}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def is_within(module: str, area: str) -> bool:
    return module == area or module.startswith(f"{area}.")


def floor(module: str) -> tuple[int, str]:
    """Where a module stands: a floor that names it more closely counts before that of its package."""
    named = [(height, area) for height, areas in enumerate(FLOORS) for area in areas if is_within(module, area)]
    if not named:
        raise AssertionError(f"{module} has no floor: add it to FLOORS where it belongs")
    return max(named, key=lambda each: len(each[1]))


@pytest.mark.parametrize("path", [path for path in SOURCES if name_of(path).startswith("bot.")], ids=name_of)
def test_imports_inside_the_bot_run_downwards(path: Path) -> None:
    mine, my_area = floor(name_of(path))

    for imported in imports(path):
        if is_within(imported, "bot") and imported != "bot":
            theirs, their_area = floor(imported)
            allowed = theirs > mine or their_area == my_area or (my_area, their_area) in TOGETHER
            assert allowed, f"{name_of(path)} imports {imported}, which stands above it"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_packages_import_one_way(path: Path) -> None:
    me = name_of(path).partition(".")[0]
    forbidden = {"bot": {"cogs", "sandbox", "tests"}, "cogs": {"sandbox", "tests"}, "sandbox": {"bot", "cogs", "tests"}}

    found = {imported.partition(".")[0] for imported in imports(path)}

    assert not found & forbidden[me]


def test_nobody_imports_a_cog() -> None:
    """discord.py runs a cog anew on every load, so a class imported from one is another class."""
    users = {name_of(path) for path in SOURCES if any(is_within(each, "cogs") for each in imports(path))}

    assert not users


@pytest.mark.parametrize("library", DOORS)
def test_a_library_is_imported_only_at_its_doors(library: str) -> None:
    ours = [path for path in SOURCES if not path.is_relative_to(ROOT / "sandbox")]

    users = {name_of(path) for path in ours if any(is_within(each, library) for each in imports(path))}

    assert {user for user in users if not any(is_within(user, door) for door in DOORS[library])} == set()


def test_using_the_image_service_from_a_shell_loads_nothing_of_discord() -> None:
    """It is more than a third of the start, which a script pays for each call."""
    asked = "import sys, bot.cli; print(sorted({'discord', 'bot.client'} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)  # noqa: S603

    assert done.stdout == "[]\n"
