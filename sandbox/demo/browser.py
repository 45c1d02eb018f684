"""Whether there is a browser that somebody would see, and opening it."""

import os
import sys
import webbrowser
from collections.abc import Mapping

IN_TERMINAL = ("www-browser", "links", "elinks", "lynx", "w3m", "browsh")
"""What `webbrowser` finds where there is no display: they would take the terminal that shows our address."""


def can_open(environment: Mapping[str, str], platform: str, *, is_terminal: bool) -> bool:
    """Somebody sits here, at a screen that can show windows. `BROWSER` may name another one than the system's."""
    if not is_terminal or "SSH_CONNECTION" in environment:
        return False
    return platform in ("darwin", "win32") or any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def open_page(url: str) -> bool:
    """Open the page where one can see it; False when nothing was opened."""
    if not can_open(os.environ, sys.platform, is_terminal=sys.stdout.isatty()):
        return False
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    name = os.path.basename(getattr(browser, "name", "") or "")  # noqa: PTH119 -- the first word of a command
    return name not in IN_TERMINAL and browser.open(url)
