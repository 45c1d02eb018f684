"""python -m tests.torture.living CLOCK: what `python -m bot` does, with the world's clock."""

import asyncio
import sys
from pathlib import Path

from bot import log
from bot.app import run
from bot.cli.starting import load, loop_factory, secrets_of, stop
from bot.errors import BotError
from bot.settings import Settings
from tests.torture.jumping_clock import JumpingClock


def main() -> None:
    settings = load(Settings)
    log.configure(level=settings.log_level, form=settings.log_format, known_secrets=secrets_of(settings))
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(run(settings, JumpingClock(Path(sys.argv[1]))))
    except BotError as error:
        stop(error)


if __name__ == "__main__":
    main()
