"""What an examination finds, and how it is shown."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from rich.console import Console
from rich.text import Text

from bot.request import clean


class Mark(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


COLOURS = {Mark.OK: "green", Mark.WARN: "bold yellow", Mark.FAIL: "bold red"}
SUBJECT_WIDTH = 15


@dataclass(frozen=True, slots=True)
class Finding:
    """`advice` says what the owner can do; empty where nothing has to be done."""

    mark: Mark
    subject: str
    text: str
    advice: str = ""


def show(findings: Iterable[Finding], *, hide: Callable[[str], str]) -> bool:
    """Print a line each, in colours on a terminal and plain elsewhere; whether nothing failed.

    `hide` removes secrets: services repeat in their complaints what they were sent. Names come from outside, so
    nothing in them may steer the terminal.
    """
    console = Console(highlight=False, soft_wrap=True)
    marks = Counter[Mark]()
    for each in findings:
        marks[each.mark] += 1
        line = Text.assemble(
            (f"{each.mark:<5}", COLOURS[each.mark]),
            (f"{each.subject:<{SUBJECT_WIDTH}}", "bold"),
            clean(hide(each.text)),
        )
        if each.advice:
            line.append(f" → {clean(hide(each.advice))}", "cyan")
        console.print(line)
    if marks.total() > 1:
        console.print(_closing(marks))
    return not marks[Mark.FAIL]


def _closing(marks: Counter[Mark]) -> Text:
    if marks[Mark.FAIL]:
        return Text(f"{marks[Mark.FAIL]} failed, {marks[Mark.WARN]} to look at.", COLOURS[Mark.FAIL])
    if marks[Mark.WARN]:
        return Text(f"It can run; {marks[Mark.WARN]} to look at.", COLOURS[Mark.WARN])
    return Text("Everything is well.", COLOURS[Mark.OK])
