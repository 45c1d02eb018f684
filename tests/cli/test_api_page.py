"""What docs/operations.md shows of `easel api` is what it does."""

import re
import shlex
from pathlib import Path

import pytest

from bot.cli.statuses import Status
from tests.shell import Shell

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs" / "operations.md").read_text("utf-8")
SHOWN = re.findall(r"^```\n\$ easel (.*)\n((?:.*\n)*?)```$", PAGE, re.MULTILINE)
STATUSES = {"moderate": 3}


def without_numbers(text: str) -> str:
    """Sizes, times and ids differ from call to call."""
    return re.sub(r"req_\w+|[A-Z][a-z]{2}, .* GMT|[\d.,×]*\d(?: KiB)?", "…", text).strip()


async def test_the_examples_of_the_page_do_what_it_shows(shell: Shell) -> None:
    assert len(SHOWN) == 5

    for command, output in SHOWN:
        words = shlex.split(command)
        ended = await shell.easel(*words, DISCORD_TOKEN=None)

        assert ended.status == STATUSES.get(words[1], 0), ended.err
        assert without_numbers(ended.out) == without_numbers(output)


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.UNAVAILABLE], ids=str)
def test_the_page_names_every_exit_status(status: Status) -> None:
    assert re.search(rf"^\| {int(status)} \|", PAGE, re.MULTILINE)
