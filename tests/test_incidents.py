"""What Python would print by itself goes through the log: with a number, and without secrets."""

import re
import signal

from tests.canaries import TOKEN
from tests.shell import Shell

FAULTS = f"""
import os, threading, time, warnings

class Careless:
    def __del__(self):
        raise RuntimeError("cleaning up with {TOKEN}")

def fail():
    while not os.path.exists("now"):
        time.sleep(0.05)
    warnings.warn("a warning with {TOKEN}", RuntimeWarning)
    Careless()
    open("done", "w").close()
    raise RuntimeError("a thread with {TOKEN}")

threading.Thread(target=fail, name="careless", daemon=True).start()
"""


async def test_threads_cleanings_and_warnings_are_logged_with_a_number_and_no_secret(shell: Shell) -> None:
    """`PYTHONPATH` brings a module that fails; that nothing anywhere shows the token is looked for at the end."""
    place = shell.folder / "fault"
    place.mkdir()
    (place / "sitecustomize.py").write_text(FAULTS, "utf-8")

    async with shell.bot(PYTHONPATH=str(place)) as bot:
        (shell.folder / "now").touch()
        await bot.until((shell.folder / "done").exists)
        ended = await bot.end(signal.SIGTERM)

    assert ended.status == 0
    assert re.search(r"failed unseen thread=careless incident=\w{6}", ended.err)
    assert re.search(r"failed unseen object=function incident=\w{6}", ended.err)
    assert re.search(r"WARNING py\.warnings .*a warning with \[hidden\]", ended.err)
    assert "a thread with [hidden]" in ended.err
