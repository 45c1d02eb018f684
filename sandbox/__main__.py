"""python -m sandbox: the demo, or one stand-in alone."""

INTERRUPTED = 130  # as shells report a program that Ctrl-C ended

try:  # loading takes a moment, in which people change their minds
    from sandbox.command_line import main

    status = main()
except KeyboardInterrupt:
    status = INTERRUPTED
raise SystemExit(status)
