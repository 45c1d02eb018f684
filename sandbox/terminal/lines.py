"""Lines from the keyboard, with history and completion where the system has them."""

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

QUIT = frozenset({"quit", "exit", "q"})


def is_interactive() -> bool:
    """Somebody types, and somebody reads."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def lines(sign: Callable[[], str], beginnings: Callable[[], list[str]]) -> Iterator[str]:
    """What is typed behind `sign`, until «quit», Ctrl-D or Ctrl-C."""
    with suppress(ImportError):  # Windows has none: then there is no history
        _complete(beginnings)
    while True:
        try:
            line = input(sign()).strip()
        except (EOFError, KeyboardInterrupt):
            print()
            return
        if line.casefold() in QUIT:
            return
        if line:
            yield line


def _complete(beginnings: Callable[[], list[str]]) -> None:
    import readline  # noqa: PLC0415 -- not on every system

    def matching(typed: str, number: int) -> str | None:
        fitting = [one for one in beginnings() if one.startswith(typed)]
        return fitting[number] if number < len(fitting) else None

    readline.set_completer_delims("")
    readline.set_completer(matching)
    readline.parse_and_bind("tab: complete")
