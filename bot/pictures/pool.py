"""The way in: everything the bot asks about a picture, answered by a few child processes."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.pictures.refusals import PAINTED_MAX_BYTES, Reason, Refused
from bot.pictures.task import Converted, Form, Limits, Made, Task, WorkFailed, outcome
from bot.pictures.worker import Worker, WorkerDied

AT_ONCE = 2
GRACE_S = 2.0  # the child's own alarm comes first; this is for a child that does not even notice


class Pictures:
    """Checks and converts pictures, at most `at_once` at the same time; used as an async context manager.

    Children are started when first needed and then kept. Whatever a file does to the process that reads it, the
    answer is a BadPicture in plain words, and the next file meets a fresh process. No method holds a whole picture
    in the bot's memory. Files that are written are replaced whole, and readable by the bot's user only.
    """

    def __init__(self, *, at_once: int = AT_ONCE, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._turns = asyncio.Semaphore(at_once)
        self._idle: list[Worker] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._idle:
            await self._idle.pop().end()

    async def prepare(self, source: Path, uploads: Mapping[Form, Path]) -> Made:
        """The facts of a usable picture, a small JPEG of it for moderation to look at, and the upload forms.

        Usable: PNG, JPEG or WebP, still, decoded whole and within the limits.

        Raises:
            BadPicture: with what is wrong.
            OSError, WorkFailed: not the file's fault.
        """
        places = {form: str(to) for form, to in uploads.items()}
        return await self._done(Task(source=str(source), limits=self._limits, small_jpeg=True, uploads=places))

    async def fit(self, source: Path, to: Path, limit_bytes: int) -> Converted:
        """A painted picture as a WebP of at most `limit_bytes`, at less quality or smaller as needed.

        Raises:
            BadPicture: it cannot be read.
            OSError, WorkFailed: nothing is that small, or not the file's fault.
        """
        task = Task(
            source=str(source),
            limits=self._limits,
            max_bytes=PAINTED_MAX_BYTES,
            still_only=False,
            fit_to=str(to),
            fit_bytes=limit_bytes,
        )
        fitted = (await self._done(task)).fitted
        assert fitted is not None, "a task that asks for it gets it or raises"
        return fitted

    async def _done(self, task: Task) -> Made:
        async with self._turns:
            try:
                try:
                    line = await self._answer(task)
                except WorkerDied:  # from outside, for a picture ends only its own fork: once more
                    line = await self._answer(task)
                return outcome(line)
            except Refused as refused:
                raise refused.to_error() from None
            except TimeoutError:
                raise Refused(Reason.TOO_HARD, detail="no answer in time").to_error() from None
            except WorkerDied as died:
                raise WorkFailed("the child process for pictures dies") from died

    async def _answer(self, task: Task) -> bytes:
        worker = self._idle.pop() if self._idle else await Worker.start()
        try:
            line = await worker.answer(task.to_line(), limit_s=self._limits.wall_s + GRACE_S)
        except BaseException:  # cancelled too: nobody waits for that answer any more
            await worker.end()
            raise
        self._idle.append(worker)
        return line
