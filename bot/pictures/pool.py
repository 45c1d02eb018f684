"""The way in: everything the bot asks about a picture, answered by a few child processes."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.pictures.refusals import MEBIBYTE, Reason, Refused
from bot.pictures.task import Converted, Form, Limits, Made, PictureFacts, Task, WorkFailed, outcome
from bot.pictures.worker import Worker, WorkerDied

AT_ONCE = 2
PAINTED_MAX_BYTES = 64 * MEBIBYTE
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

    async def check(self, source: Path) -> PictureFacts:
        """The facts of a usable picture: PNG, JPEG or WebP, still, decoded whole and within the limits.

        Raises:
            BadPicture: with what is wrong.
            WorkFailed: not the file's fault. The other methods raise the same two.
        """
        return (await self._done(self._task(source))).facts

    async def small_jpeg(self, source: Path) -> bytes:
        """The picture at 512 px or less, for moderation to look at."""
        return (await self._done(self._task(source, small_jpeg=True))).small_jpeg

    async def for_variations(self, source: Path, to: Path) -> Converted:
        """The middle square of the picture as an RGBA PNG of at most 1024 px and less than 4 MB."""
        return (await self._done(self._task(source, uploads={Form.VARIATION: to}))).uploads[Form.VARIATION]

    async def for_edits(self, source: Path, to: Path) -> Converted:
        """The whole picture, upright and without metadata, at most 2048 px, as PNG or JPEG."""
        return (await self._done(self._task(source, uploads={Form.EDIT: to}))).uploads[Form.EDIT]

    async def prepare(self, source: Path, uploads: Mapping[Form, Path]) -> Made:
        """Check, small JPEG and the upload forms, for the price of one decoding."""
        return await self._done(self._task(source, small_jpeg=True, uploads=uploads))

    async def fit(self, source: Path, to: Path, limit_bytes: int) -> Converted:
        """A painted picture as a WebP of at most `limit_bytes`, at less quality or smaller as needed.

        Raises:
            BadPicture: it cannot be read.
            WorkFailed: nothing is that small, or see `check`.
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

    def _task(self, source: Path, *, small_jpeg: bool = False, uploads: Mapping[Form, Path] | None = None) -> Task:
        places = {form: str(to) for form, to in (uploads or {}).items()}
        return Task(source=str(source), limits=self._limits, small_jpeg=small_jpeg, uploads=places)

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
