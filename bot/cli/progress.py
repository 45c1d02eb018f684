"""How a call is going, for whoever sits at a terminal; elsewhere it says nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from bot.request import clean


class Progress:
    """A line that turns, with the seconds, on standard error; what has happened stays above it. A context manager."""

    def __init__(self, what: str) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            redirect_stdout=False,  # it would all go to standard error
            redirect_stderr=False,
            disable=not self._console.is_terminal,
        )
        self._task: TaskID = self._bar.add_task(clean(what), total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """The line that turns steps back for what is printed inside the block."""
        self._bar.stop()
        try:
            yield
        finally:
            self._bar.start()

    def happened(self, line: str, *, now: str | None = None) -> None:
        """Something to remember, and what is being waited for from now on."""
        if self._console.is_terminal:
            self._console.print(Text(f"  {clean(line)}", "dim"))
        if now is not None:
            self._bar.update(self._task, description=clean(now))
