"""What the pages say is so: commands, options, buttons, settings, links, and every command line in them."""

import asyncio
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.cli.statuses import Status
from bot.settings import Settings
from bot.ui.buttons import Action, button
from bot.visit import invite_url
from tests.shell import Shell

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
COMMANDS = ROOT / "docs" / "commands.md"
OPERATIONS = ROOT / "docs" / "operations.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md")), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]

# Every command line of the README, and who runs it.
RUN_BY = {
    "make demo": ".ci/run",
    "make tour": ".ci/run",
    "make test": ".ci/run",
    "make setup": ".ci/run",
    "cp .env.example .env": "test_the_readmes_way_to_a_running_bot",
    ".venv/bin/easel doctor": "test_the_readmes_way_to_a_running_bot",
    ".venv/bin/easel": "tests/test_cli.py",
    ".venv/bin/python -m sandbox image-api --port 8081": "tests/sandbox/demo/test_demo_alone.py",
}
COMMAND_LINE = re.compile(r"(?:make|cp|bash|docker|git|python3?|easel|pip|\.venv/bin/\S+)(?: .*)?")
SLASH = re.compile(r"/[a-z]+(?: .*)?")
NOT_SETTINGS = {"YOUR_APPLICATION_ID", "REQUIRE_BROWSER"}


def blocks(page: Path, language: str | None = None) -> list[str]:
    """The fenced blocks of a page, without their indentation."""
    found = re.findall(r"^( *)```(\w*)\n(.*?)^ *```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    texts = [(kind, re.sub(rf"^{indent}", "", text, flags=re.MULTILINE)) for indent, kind, text in found]
    return [text for kind, text in texts if language is None or kind == language]


def in_backticks(page: Path, start: str = "") -> set[str]:
    without_blocks = re.sub(r"^ *```.*?^ *```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return {text for text in re.findall(r"`([^`\n]+)`", without_blocks) if text.startswith(start)}


def signatures(commands: list[dict[str, Any]]) -> Iterator[str]:
    """Slash commands as the pages write them: `/name required [optional]`."""
    for command in commands:
        options = command.get("options") or []
        deeper = [option for option in options if option["type"] in (1, 2)]
        yield from (f"{command['name']} {below}" for below in signatures(deeper))
        if not deeper:
            shown = [option["name"] if option.get("required") else f"[{option['name']}]" for option in options]
            yield " ".join([command["name"], *shown])


async def registered(shell: Shell) -> list[dict[str, Any]]:
    async with shell.bot():
        return [dict(command) for command in shell.discord.commands.listed(None)]


async def test_the_pages_name_every_command_with_every_option(shell: Shell) -> None:
    commands = await registered(shell)
    real = {f"/{each}" for each in signatures([command for command in commands if command["type"] == 1])}
    menus = [command["name"] for command in commands if command["type"] != 1]

    assert in_backticks(COMMANDS, "/") == real
    of_admins = [each.split()[2] for each in sorted(real) if each.startswith("/admin quota ")]
    for shown in filter(SLASH.fullmatch, in_backticks(README)):
        listed = sorted(shown.removeprefix("/admin quota ").split(", "))
        assert shown in real or shown in {each.split()[0] for each in real} or listed == of_admins, shown
    assert menus == ["Vary image"]
    assert "«Vary image»" in COMMANDS.read_text("utf-8")


def test_the_page_of_commands_names_every_button() -> None:
    text = COMMANDS.read_text("utf-8")

    for action in Action:
        label = "V1" if action is Action.VARY else button(action, "0" * 32).label
        assert f"\n| {label} " in text, label


# The page of the architecture also speaks of settings that come later.
@pytest.mark.parametrize("page", [page for page in PAGES if page.stem != "architecture"], ids=lambda page: page.name)
def test_settings_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    named = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", text)) | set(re.findall(r"`([A-Z]+)=", text))
    allowed = {name.upper() for name in Settings.model_fields} | NOT_SETTINGS

    assert named <= allowed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_the_pages_lead_somewhere(page: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")) if "://" not in link]

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_that_a_page_names_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    lines = [*in_backticks(page, "make "), *"".join(blocks(page)).splitlines()]

    assert {line.split()[1] for line in lines if line.startswith("make ")} <= targets


def test_every_command_line_of_the_readme_is_run_by_somebody() -> None:
    lines = {line for block in blocks(README) for line in block.splitlines() if COMMAND_LINE.fullmatch(line)}

    assert lines == set(RUN_BY)
    assert [where for where in RUN_BY.values() if not (where in globals() or (ROOT / where).is_file())] == []


def test_the_readmes_invite_link_is_the_doctors() -> None:
    asked = invite_url(1).rpartition("permissions=")[2]

    assert f"permissions={asked}" in README.read_text("utf-8")


async def test_the_readmes_way_to_a_running_bot(shell: Shell) -> None:
    for command in ("cp .env.example .env", ".venv/bin/easel doctor"):
        assert command in RUN_BY
    shutil.copy(ROOT / ".env.example", shell.folder / ".env")
    filled = (shell.folder / ".env").read_text("utf-8")
    filled = filled.replace("DISCORD_TOKEN=", f"DISCORD_TOKEN={shell.discord.bot_token}")
    filled = filled.replace("\nOPENAI_API_KEY=", f"\nOPENAI_API_KEY={shell.images.api_key}")
    (shell.folder / ".env").write_text(filled, "utf-8")

    environment = shell.environment(DISCORD_TOKEN=None, OPENAI_API_KEY=None)
    doctor = await run_at(shell.folder, environment, Path(sys.executable).with_name("easel"), "doctor")

    assert doctor.returncode == 0, doctor.stdout
    assert "The Atelier" in doctor.stdout


def test_the_unit_of_the_operations_page_does_not_try_again_what_only_the_owner_can_mend() -> None:
    (unit,) = blocks(OPERATIONS, "ini")

    assert f"RestartPreventExitStatus={Status.DAMAGED:d} {Status.CANNOT_START:d}\n" in unit
    table = OPERATIONS.read_text("utf-8").split("## As a service")[1]
    for status in (Status.DAMAGED, Status.UNAVAILABLE, Status.TRY_AGAIN, Status.CANNOT_START):
        assert f"\n| {status:d} |" in table


async def run_at(folder: Path, environment: dict[str, str], *command: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run a command on a thread, so that the stand-ins go on answering it."""
    return await asyncio.to_thread(
        subprocess.run, command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
