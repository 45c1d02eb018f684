"""That these tests see what goes wrong, and that a machine without a browser is no quiet pass."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser import chromium
from tests.browser.theatre import Show
from tests.browser.visitor import visiting

ROOT = Path(__file__).resolve().parents[2]
WRONG = {
    "a script fails": "() => { setTimeout(() => { throw new Error('broken'); }); }",
    "an error is logged": "() => console.error('broken')",
    "something is not there": "() => fetch('/static/nothing.js').then(() => null)",
    "a request goes elsewhere": "() => fetch('http://localhost:1/').catch(() => null)",
    "a dialog opens": "() => { setTimeout(() => alert('broken')); }",
}


@pytest.mark.parametrize("what", WRONG)
async def test_what_goes_wrong_in_the_browser_fails_a_test(browser: Browser, show: Show, what: str) -> None:
    with pytest.raises(AssertionError, match=r"broken|Failed to load|elsewhere|Content Security"):
        async with visiting(browser, show.page, show.discord.base_url) as visitor:
            await visitor.go()
            await visitor.page.evaluate(WRONG[what])
            await visitor.page.wait_for_timeout(300)


async def test_the_policy_is_in_force_in_the_browser_that_tests(browser: Browser, show: Show) -> None:
    async with visiting(browser, show.page, show.discord.base_url) as visitor:
        response = await visitor.page.goto(show.page.url)
        assert response is not None
        assert "default-src 'none'; script-src 'self'" in response.headers["content-security-policy"]
        await expect(visitor.place).to_have_text("#general")


@pytest.mark.parametrize(("required", "status", "said"), [("", 0, "SKIPPED"), ("1", 1, "ERROR")])
async def test_without_a_browser_it_is_said_aloud_and_where_one_is_required_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, required: str, status: int, said: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chromium.found() in (None, chromium.DEBIANS)
    (tmp_path / "hidden.py").write_text("from tests.browser import chromium\nchromium.DEBIANS = '/nowhere'\n", "utf-8")
    words = ("-m", "pytest", "-p", "hidden", "-q", "-k", "policy_is_in_force", str(Path(__file__)))
    environment = {"PATH": str(tmp_path), "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", chromium.REQUIRED: required}

    done = subprocess.run(  # noqa: S603 -- our own tests
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=100
    )

    assert done.returncode == status, done.stdout + done.stderr
    assert f"{said} " in done.stdout
    assert "there is no Chromium here" in done.stdout
