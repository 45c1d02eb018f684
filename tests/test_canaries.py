"""Leaks that are planted on purpose, one in each place: the search that ends every test of a world finds them all."""

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from sandbox.discord.message import Body
from tests import canaries
from tests.canaries import Leak
from tests.end_to_end.screen import finished
from tests.scene import Scene, opened
from tests.shell import opened_shell

ROOT = Path(__file__).resolve().parent.parent
WORDS = "the unmistakable heron of Wapping"
OUR_LOG = logging.getLogger("bot.image_api.planted")
LIBRARYS_LOG = logging.getLogger("discord.planted")

Plant = Callable[[Scene], object]


def token(scene: Scene) -> str:
    return next(iter(scene.discord.interactions.by_token))


def raised(scene: Scene) -> None:
    """As an error whose text is the key, with its traceback."""
    try:
        int(scene.images.api_key)
    except ValueError:
        OUR_LOG.exception("it failed")


def shown(scene: Scene, content: str) -> None:
    world = scene.discord.world
    scene.discord.messages.post(scene.discord.channel("general"), world.bot, Body(content))


PLANTED: dict[str, tuple[Plant, str]] = {
    "the key in a line of ours": (lambda scene: OUR_LOG.debug("key=%s", scene.images.api_key), "OPENAI_API_KEY"),
    "the key in a traceback": (raised, "OPENAI_API_KEY"),
    "the bot's token in a line of ours": (lambda _: OUR_LOG.debug("token=%s", canaries.TOKEN), "DISCORD_TOKEN"),
    "an interaction's token": (lambda scene: OUR_LOG.debug("token=%s", token(scene)), "token of interaction"),
    "a prompt in a library's line": (lambda _: LIBRARYS_LOG.info("received %r", WORDS), "heron"),
    "a prompt": (lambda _: OUR_LOG.debug("asked for=%r", WORDS), "heron"),
    "a part of a prompt": (lambda _: OUR_LOG.debug("asked for=%.26s", WORDS), "unmistakable"),
    "a signed link": (lambda _: OUR_LOG.debug("GET https://cdn/a.png?ex=66&is=65&hm=abc"), "a signed link"),
    "the key on a screen": (lambda scene: shown(scene, canaries.KEY), "OPENAI_API_KEY in message"),
    "an interaction's token on a screen": (lambda scene: shown(scene, token(scene)), "token of interaction"),
    "the key on the disk": (
        lambda scene: (scene.settings.data_dir / "notes").write_text(canaries.KEY),
        "OPENAI_API_KEY in notes on the disk",
    ),
}


@pytest.mark.plants_a_leak
@pytest.mark.parametrize("place", PLANTED)
async def test_a_leak_is_found_wherever_it_is(tmp_path: Path, place: str) -> None:
    plant, named = PLANTED[place]

    with pytest.raises(Leak, match=named):
        async with opened(tmp_path) as scene:
            await finished(await scene.guest("Ada").slash("imagine", prompt=WORDS))
            plant(scene)


CALLS: dict[str, tuple[str, dict[str, object]]] = {
    "left to Discord": ("leaves it to Discord", {}),
    "everybody": ("anybody may be called", {"allowed_mentions": {"parse": ["everyone"]}}),
    "a role": ("a role may be called", {"allowed_mentions": {"parse": [], "roles": ["1"]}}),
    "whoever is replied to": ("replied to is called", {"allowed_mentions": {"parse": [], "replied_user": True}}),
    "somebody, by what is no result": ("what is no result", {"allowed_mentions": {"parse": [], "users": ["1"]}}),
}


@pytest.mark.parametrize("who", CALLS)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_a_call_that_must_not_be_is_found(tmp_path: Path, who: str, method: str) -> None:
    named, rule = CALLS[who]

    with pytest.raises(AssertionError, match=named):
        async with opened(tmp_path, start=False) as scene:
            channel = scene.discord.channel("general").id
            path = f"/channels/{channel}/messages" + "/1" * (method == "PATCH")
            headers = {"Authorization": f"Bot {canaries.TOKEN}"}
            async with aiohttp.ClientSession(headers=headers) as session:
                payload = {"content": "hello", **rule}
                await session.request(method, f"{scene.discord.api_url}{path}", json=payload)


async def test_a_world_without_a_leak_closes_quietly(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await finished(await scene.guest("Ada").slash("imagine", prompt=WORDS))


async def test_a_leak_of_a_process_is_found(tmp_path: Path) -> None:
    with pytest.raises(Leak, match="OPENAI_API_KEY in what process 0 logged"):
        async with opened_shell(tmp_path) as shell:
            await shell.easel("api", canaries.KEY)  # an error that repeats what was typed


PRINTING = """
import logging, sys
from tests import canaries

def test_quiet():
    print("nothing")

def test_prints():
    print(canaries.KEY)

def test_prints_errors():
    print(canaries.TOKEN, file=sys.stderr)

def test_logs():
    logging.getLogger("any").warning("key=%s", canaries.MODERATION_KEY)
"""


def test_a_test_that_prints_or_logs_a_secret_fails(tmp_path: Path) -> None:
    (tmp_path / "test_printing.py").write_text(PRINTING)

    run = subprocess.run(  # noqa: S603 -- our own
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.canaries", "-c", "/dev/null", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert "4 passed, 3 errors" in run.stdout, run.stdout + run.stderr
    for leak in ("OPENAI_API_KEY in Captured stdout", "DISCORD_TOKEN in Captured stderr", "MODERATION_API_KEY in Cap"):
        assert leak in run.stdout
