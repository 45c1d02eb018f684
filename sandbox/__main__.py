"""python -m sandbox: the demo, or one stand-in alone."""

import os
import signal

INTERRUPTED = 130  # as shells report a program that Ctrl-C ended

# Loading takes a moment, in which people change their minds, and press Ctrl-C until it works. There is nothing to be
# put away yet; as exceptions, the second one would come in the middle of the first.
signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
from sandbox.command_line import main  # noqa: E402 -- not before a Ctrl-C is quiet

signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    status = main()
except KeyboardInterrupt:
    status = INTERRUPTED
signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is just ending
raise SystemExit(status)
