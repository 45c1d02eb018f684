"""The service on its own: its options, what it prints, and how it ends."""

import argparse
import asyncio
import os
import signal

import aiohttp
import pytest

from sandbox.image_api.alone import add_arguments, serve_alone, service_from
from tests.sandbox.image_api.calls import get


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def test_options_become_switches() -> None:
    service = service_from(
        options(
            "--key", "sk-mine", "--latency-s", "2", "--flag", "gore=violence/graphic", "--flag", "rude", "--variations"
        )
    )

    assert (service.api_key, service.latency_s, service.variations) == ("sk-mine", 2.0, True)
    assert service.flagged_words == {"gore": "violence/graphic", "rude": "violence"}


def test_without_options_a_key_is_made_up_that_does_not_print_with_the_object() -> None:
    service = service_from(options())

    assert service.api_key.startswith("sk-sandbox-")
    assert service.api_key not in repr(service)


async def test_it_serves_until_it_is_told_to_stop(
    client: aiohttp.ClientSession, capsys: pytest.CaptureFixture[str]
) -> None:
    service = service_from(options("--port", "0"))
    serving = asyncio.create_task(serve_alone(service, "127.0.0.1", 0))
    async with asyncio.timeout(5):
        while not service.base_url:
            await asyncio.sleep(0.01)

    listed = await get(service, client, "models")
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(5):
        await serving

    printed = capsys.readouterr().out
    assert listed.status == 200
    assert f"OPENAI_BASE_URL={service.base_url}\nOPENAI_API_KEY={service.api_key}\n" in printed
    assert "Stopped after 1 calls and 0 pictures." in printed


@pytest.mark.parametrize(
    ("dialect", "lines"),
    [
        ("azure", ["OPENAI_API_KEY=sk-mine", "IMAGE_DIALECT=azure", "IMAGE_MODEL=painter", "MODERATION=off"]),
        ("xai", ["OPENAI_API_KEY=sk-mine", "IMAGE_DIALECT=xai", "MODERATION=off"]),
        ("sd-server", ["IMAGE_DIALECT=sd-server", "MODERATION=off"]),
        ("litellm", ["OPENAI_API_KEY=sk-mine", "IMAGE_DIALECT=litellm"]),
    ],
)
async def test_it_plays_another_service_and_prints_the_settings_for_it(
    capsys: pytest.CaptureFixture[str], dialect: str, lines: list[str]
) -> None:
    service = service_from(options("--dialect", dialect, "--key", "sk-mine"))
    serving = asyncio.create_task(serve_alone(service, "127.0.0.1", 0))
    async with asyncio.timeout(5):
        while not service.base_url:
            await asyncio.sleep(0.01)
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(5):
        await serving

    first, *printed = capsys.readouterr().out.splitlines()
    assert first == f"OPENAI_BASE_URL={service.base_url}"
    assert printed[: len(lines)] == lines
    assert printed[len(lines)] == "Painting until Ctrl-C."
