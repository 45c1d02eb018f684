"""Failures that nobody waits for: a line in the log with a number for each, whatever task it was."""

import asyncio
import logging
from typing import Any

from bot.log import incident

log = logging.getLogger(__name__)


def note(task: "asyncio.Future[Any]", *, doing: str) -> None:
    """A task's done-callback: log what ended it, unless it was cancelled."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("failed while doing=%s incident=%s", doing, incident(), exc_info=error)


def of_loop(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What a loop says of a task whose failure nobody looked at, of a callback, a transport or a generator."""
    task = context.get("task") or context.get("future")
    name = task.get_name() if isinstance(task, asyncio.Task) else type(context.get("handle") or task).__name__
    log.error(
        "failed unseen task=%s incident=%s what=%s",
        name,
        incident(),
        context.get("message", "-").partition(":")[0],
        exc_info=context.get("exception"),
    )
