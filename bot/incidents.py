"""Failures that nobody waits for: a line in the log with a number for each, whatever task it was."""

import asyncio
import logging
import sys
import threading
import traceback
from typing import Any

from bot.log import incident

log = logging.getLogger(__name__)

OF_EVENTS = ("CommandTree-", "discord.py: ")
"""Tasks that discord.py makes of what comes over the gateway. What they fall over stands in their errors' words."""


def note(task: "asyncio.Future[Any]", *, doing: str) -> None:
    """A task's done-callback: log what ended it, unless it was cancelled."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("failed while doing=%s incident=%s", doing, incident(), exc_info=error)


def of_process() -> None:
    """From now on the log has also what Python would print by itself: of threads, of what it cleans up, warnings."""
    threading.excepthook = _of_thread
    sys.unraisablehook = _of_cleaning
    logging.captureWarnings(capture=True)


def _of_thread(failed: threading.ExceptHookArgs) -> None:
    name = failed.thread.name if failed.thread else "-"
    log.error("failed unseen thread=%s incident=%s", name, incident(), exc_info=failed.exc_value)


def _of_cleaning(failed: "sys.UnraisableHookArgs") -> None:
    """What it was must not be shown: it may hold anything."""
    name = type(failed.object).__name__
    log.error("failed unseen object=%s incident=%s", name, incident(), exc_info=failed.exc_value)


def of_loop(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What a loop says of a task whose failure nobody looked at, of a callback, a transport or a generator."""
    task = context.get("task") or context.get("future")
    name = task.get_name() if isinstance(task, asyncio.Task) else type(context.get("handle") or task).__name__
    what, error = context.get("message", "-").partition(":")[0], context.get("exception")
    if error is not None and name.startswith(OF_EVENTS):
        log.error("failed unseen task=%s incident=%s what=%s %s", name, incident(), what, without_words(error))
    else:
        log.error("failed unseen task=%s incident=%s what=%s", name, incident(), what, exc_info=error)


def without_words(error: BaseException) -> str:
    """An error's kind and where it came from, without what it says: that may be what somebody typed."""
    return f"error={type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__)).rstrip()}"
