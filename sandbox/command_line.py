"""What can be started here: the demo (the default), the image service alone, Discord alone."""

import argparse
import asyncio
import errno
import io
import os
import sys

from sandbox.demo import page
from sandbox.demo.show import show
from sandbox.image_api import alone as image_api
from sandbox.terminal import discord_alone

PORT_MAX = 65_535
INTERRUPTED = 130  # as shells report a program that Ctrl-C ended

ABOUT = """\
See Easel at work without an account anywhere. Without a command: the demo. It starts a stand-in Discord, a
stand-in image service and the real bot between them, and serves a page that looks and behaves like Discord. With
--tour it plays a tour in the terminal instead, and then, where somebody can type, lets you type commands.
Everything stays on this machine (127.0.0.1). The tour's pictures and the bot's log are put into ./demo-output."""


def main() -> int:
    """Run what the command line asks for; the exit status."""
    options = _parser().parse_args()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace", line_buffering=True)  # a C locale has no × and no ✓
    try:
        match options.start:
            case "image-api":
                asyncio.run(image_api.serve_alone(image_api.service_from(options), options.host, options.port))
                return 0
            case "discord":
                return discord_alone.serve(options.port)
            case _:
                return show() if options.tour else page.serve(options.port)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Nobody reads on (`| head`); Python would complain about it once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        why = f"port {options.port} is taken" if error.errno == errno.EADDRINUSE else error.strerror or error
        print(f"cannot start: {why}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tour", action="store_true", help="a tour in the terminal, for machines without a browser")
    parser.add_argument("--port", type=_port, default=0, help="the page's port (default: a free one)")
    commands = parser.add_subparsers(dest="start", metavar="COMMAND", title="commands")
    image_api.add_arguments(
        commands.add_parser(
            "image-api",
            help="the image service alone: try a real bot without paying",
            description="An OpenAI-compatible image service that paints by itself. It prints what a bot needs.",
        )
    )
    discord = commands.add_parser(
        "discord",
        help="Discord alone: start any bot beside it",
        description="A small Discord with two servers. It prints what a bot needs, and in a terminal takes commands.",
    )
    discord.add_argument("--port", type=_port, default=8082, help="0 takes a free one (default: %(default)s)")
    return parser


def _port(written: str) -> int:
    port = int(written)
    if not 0 <= port <= PORT_MAX:
        raise argparse.ArgumentTypeError(f"a port is from 0 to {PORT_MAX}")
    return port
