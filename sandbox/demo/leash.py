"""python -m sandbox.demo.leash PARENT COMMAND…: become the command, and be told to stop when the parent is gone.

A parent that is killed outright says goodbye to nobody. Linux alone offers this; elsewhere it only becomes the command.
"""

import ctypes
import os
import signal
import sys

SET_PARENT_DEATH_SIGNAL = 1  # prctl(2); an exec keeps it


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() != parent:  # it was gone before
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 -- the demo's own command


if __name__ == "__main__":
    main()
