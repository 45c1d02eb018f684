"""Whether there is a browser that somebody would see, and opening it."""

import os
import subprocess
import sys
import webbrowser
from collections.abc import Mapping, Sequence
from pathlib import PurePath

IN_TERMINAL = ("www-browser", "links", "elinks", "lynx", "w3m", "browsh")
"""Browsers that would take the terminal in which our address stands."""


def can_open(environment: Mapping[str, str], platform: str, *, is_terminal: bool) -> bool:
    """Whether somebody sits here, at a screen that shows windows."""
    if not is_terminal or "SSH_CONNECTION" in environment:
        return False
    return platform in ("darwin", "win32") or any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def open_page(url: str) -> bool:
    """Open the page where somebody can see it, without waiting for its end; False when nothing was opened."""
    if not can_open(os.environ, sys.platform, is_terminal=sys.stdout.isatty()):
        return False
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    if PurePath(getattr(browser, "name", "")).name in IN_TERMINAL:
        return False
    if not isinstance(browser, webbrowser.GenericBrowser):
        return browser.open(url)
    return _run([browser.name, *(part.replace("%s", url) for part in browser.args)])


def _run(command: Sequence[str]) -> bool:
    """A command that opens pages; it may go on as the browser, to which neither our terminal nor our Ctrl-C belongs."""
    quiet = subprocess.DEVNULL
    try:
        subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)  # noqa: S603
    except OSError:
        return False
    return True
