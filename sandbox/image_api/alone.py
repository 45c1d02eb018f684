"""The image service on its own, so that an owner can try a real bot without paying for pictures."""

import argparse
import asyncio
import signal
from contextlib import suppress
from pathlib import Path

from sandbox.image_api.dialects.known import DIALECTS
from sandbox.image_api.moderation import DEFAULT_CATEGORY
from sandbox.image_api.server import FakeImageApi
from sandbox.image_api.switches import new_key
from sandbox.traffic import TrafficLog


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8081, help="0 takes a free one (default: %(default)s)")
    parser.add_argument(
        "--dialect", choices=sorted(DIALECTS), default="openai", help="which service to play (default: %(default)s)"
    )
    parser.add_argument("--key", help="the API key it takes (default: a new one, printed)")
    parser.add_argument("--latency-s", type=float, default=0.0, metavar="S", help="seconds that a picture takes")
    parser.add_argument(
        "--flag",
        action="append",
        default=[],
        metavar="WORD[=CATEGORY]",
        help="a word that moderation flags; repeatable",
    )
    parser.add_argument("--variations", action="store_true", help="serve dall-e-2 and /images/variations as well")
    parser.add_argument("--record", type=Path, metavar="FILE", help="append every exchange to FILE as a JSON line")


def service_from(options: argparse.Namespace) -> FakeImageApi:
    return FakeImageApi(
        record=TrafficLog(options.record),
        api_key=options.key or new_key(),
        latency_s=options.latency_s,
        flagged_words=dict(_word(flag) for flag in options.flag) or ("forbidden",),
        variations=options.variations,
        dialect=options.dialect,
    )


async def serve_alone(service: FakeImageApi, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError):  # Windows: Ctrl-C ends asyncio.run instead
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signal_number, over.set)
    await service.start(host, port)
    print(f"OPENAI_BASE_URL={service.base_url}")
    if service.asks_for_key:
        print(f"OPENAI_API_KEY={service.api_key}")
    for name, value in service.kind.settings.items():
        print(f"{name}={value}")
    if "moderations" not in service.kind.paths:
        print("MODERATION=off")
    print("Painting until Ctrl-C.", flush=True)
    try:
        await over.wait()
    finally:
        await service.stop()
        await asyncio.to_thread(service.record.close)
        print(f"Stopped after {len(service.requests)} calls and {service.paid_pictures} pictures.")


def _word(flag: str) -> tuple[str, str]:
    word, _, category = flag.partition("=")
    return word, category or DEFAULT_CATEGORY
