"""Where a command of `easel api` works: the service's settings, how it speaks, and how it ends."""

import asyncio
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import orjson
import typer

from bot import log
from bot.cli.starting import load, loop_factory, secrets_of, stop
from bot.cli.statuses import Status, status_of
from bot.cli.words import line_of
from bot.clock import SystemClock
from bot.errors import BotError
from bot.outside import Outside, reach_out
from bot.request import clean
from bot.settings import ServiceSettings, SettingsError

HERE = Path(__file__).resolve().parent.parent

Work = Callable[[Outside], Awaitable[Status]]


class Desk:
    """`as_json`: one JSON object on standard output and nothing else there. `changes` are settings for this call.

    What a failure is goes to standard error, one line. Secrets are hidden everywhere: services like to repeat them.
    """

    def __init__(self, *, as_json: bool, changes: Mapping[str, object] | None = None) -> None:
        settings = load(ServiceSettings)
        given = {name: value for name, value in (changes or {}).items() if value is not None}
        self.settings = settings.model_copy(update=given)
        self.clock = SystemClock()
        self.as_json = as_json
        self._secrets = secrets_of(settings)
        self._hide = log.Redaction(self._secrets, "text").hide
        log.configure(level="ERROR", form="text", known_secrets=self._secrets)

    def run(self, work: Work, *, follow_redirects: bool = False) -> None:
        """Do the work; ends the process with its status."""
        try:
            with asyncio.Runner(loop_factory=loop_factory()) as runner:
                status = runner.run(self._work(work, follow_redirects=follow_redirects))
        except SettingsError as error:
            stop(error)
        except BotError as error:
            status = self.failed(error)
        except BrokenPipeError:
            raise  # whoever read our output has seen enough
        except OSError as error:
            self.say(f"{error.strerror or type(error).__name__}: {error.filename or ''}".rstrip(": "))
            status = Status.FAILED
        except Exception as error:  # noqa: BLE001 -- the last place where a bug can become a line
            self.say(f"This is a bug of Easel: {type(error).__name__} {_place_of(error)}")
            status = Status.BUG
        raise SystemExit(status)

    def failed(self, error: BotError, *, may_be_billed: bool | None = None, **more: object) -> Status:
        """Say a failure, on standard error and as JSON; the status it ends with."""
        self.say(line_of(error, may_be_billed=may_be_billed))
        status = status_of(error)
        if self.as_json:
            self.show_json(more | {"error": self.described(error, may_be_billed=may_be_billed)})
        return status

    def described(self, error: BotError, *, may_be_billed: bool | None = None) -> dict[str, object]:
        return {
            "kind": type(error).__name__,
            "message": line_of(error, may_be_billed=may_be_billed),
            "may_be_billed": bool(may_be_billed),
            "status": int(status_of(error)),
        }

    def say(self, line: str) -> None:
        """One line on standard error."""
        typer.echo(f"easel: {clean(self._hide(line))}", err=True)

    def show(self, line: str) -> None:
        """One line on standard output, which nothing in it can steer."""
        typer.echo(clean(self.masked(line)))

    def show_row(self, line: str) -> None:
        """The same with the blanks that make columns."""
        typer.echo("".join(mark for mark in self.masked(line) if mark.isprintable()))

    def show_json(self, answer: Mapping[str, object]) -> None:
        text = orjson.dumps(answer, default=_plain, option=orjson.OPT_INDENT_2).decode()
        typer.echo(self.masked(text))

    def masked(self, text: str) -> str:
        """Without our own secrets; what else the service says stays as it is."""
        for secret in self._secrets:
            text = text.replace(secret, log.HIDDEN)
        return text

    def masked_bytes(self, body: bytes) -> bytes:
        for secret in self._secrets:
            body = body.replace(secret.encode(), log.HIDDEN.encode())
        return body

    async def _work(self, work: Work, *, follow_redirects: bool) -> Status:
        """Raises SystemExit with 128 and the number of the signal that ended it."""
        task = asyncio.current_task()
        assert task is not None, "run by a Runner"
        caught: list[int] = []

        def stop(sign: int) -> None:
            caught.append(sign)
            task.cancel()

        for sign in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(sign, stop, sign)
        try:
            async with reach_out(self.settings, self.clock, follow_redirects=follow_redirects) as outside:
                return await work(outside)
        except asyncio.CancelledError:
            if caught:
                raise SystemExit(128 + caught[0]) from None
            raise


def _plain(value: object) -> object:
    """What JSON does not know: sets, and everything that has a name."""
    return sorted(value) if isinstance(value, frozenset) else str(value)


def _place_of(error: Exception) -> str:
    """The last line of ours that it came through; never a value."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(HERE)]
    return f"at {Path(ours[-1].filename).relative_to(HERE.parent)}:{ours[-1].lineno}" if ours else ""


def is_terminal() -> bool:
    return sys.stdout.isatty()
