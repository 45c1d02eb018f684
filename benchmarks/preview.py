"""A preview's way: from the moment it has left the image service until it stands on the member's private card."""

import asyncio
import json
import time
from itertools import count
from statistics import median, quantiles
from typing import Any

from benchmarks.at_service import service
from benchmarks.stage import EASEL, PEOPLE, Stage, stage

PICTURE_BYTES = 1_500_000
WARM_UP = 2
ALONE, QUICK_ALONE = 30, 5
AT_ONCE, ROUNDS, QUICK_ROUNDS = 32, 3, 1
LIMIT_S = 60.0
PAUSE_S = 1.0  # the finished picture is posted, the card says its last words


async def run(*, quick: bool = False) -> None:
    print("preview: from its last byte leaving the service to the private card, 1.5 MB each")
    print(f"{'':34}{'median':>10}{'p90':>10}{'max':>10}", flush=True)
    _show("one at a time", await _measure(1, WARM_UP + (QUICK_ALONE if quick else ALONE)))
    _show(f"{AT_ONCE} at once", await _measure(AT_ONCE, 1 + (QUICK_ROUNDS if quick else ROUNDS)))


def _show(name: str, rounds_ms: list[list[float]]) -> None:
    warm_up = WARM_UP if len(rounds_ms[0]) == 1 else 1
    took_ms = [each for round_ms in rounds_ms[warm_up:] for each in round_ms]
    p90_ms = quantiles(took_ms, n=10, method="inclusive")[8]
    print(f"{name:34}{median(took_ms):8.0f}ms{p90_ms:8.0f}ms{max(took_ms):8.0f}ms", flush=True)


async def _measure(at_once: int, rounds: int) -> list[list[float]]:
    """Milliseconds, in rounds of that many."""
    words = ("--picture-bytes", str(PICTURE_BYTES), "--together", str(at_once))
    limits: dict[str, Any] = {"images_at_once": at_once, "moderation": "off", "image_previews": 1}
    async with service(*words) as (base_url, said), stage(EASEL, latency_s=0, openai_base_url=base_url, **limits) as on:
        numbers, took_ms = count(), []
        for _ in range(rounds):
            asked = [(next(numbers), member) for member in range(at_once)]
            seen_s = dict(await asyncio.gather(*(_seen(on, number, member) for number, member in asked)))
            left_s = dict([await _left(said) for _ in asked])
            took_ms.append([(seen_s[number] - left_s[number]) * 1000 for number in seen_s])
            await _until_posted(on, asked[-1][0] + 1)
            await asyncio.sleep(PAUSE_S)
        return took_ms


async def _seen(on: Stage, number: int, member: int) -> tuple[int, float]:
    """When the preview of that picture stood on the member's card."""
    channel = f"channel-{member % PEOPLE}"
    asked = await on.discord.guest(f"Person{member}").slash("imagine", prompt=f"picture {number}", channel=channel)
    await asked.until(lambda card: card.attachments, timeout_s=LIMIT_S)
    return number, time.monotonic()


async def _left(said: asyncio.StreamReader) -> tuple[int, float]:
    told = json.loads(await asyncio.wait_for(said.readline(), LIMIT_S))
    return told["number"], told["left_s"]


async def _until_posted(on: Stage, pictures: int) -> None:
    """Until that many finished pictures stand in the channels.

    Raises:
        TimeoutError: one is missing.
    """
    async with asyncio.timeout(LIMIT_S):
        while on.posted() < pictures:
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(run())
