"""python -m sandbox: the demo, or one stand-in alone."""

from sandbox.command_line import main

raise SystemExit(main())
