"""What the bot adds to one /imagine: from the command to the posted picture, stand-ins answering at once."""

import asyncio
import time
from statistics import median, quantiles

from benchmarks.stage import BARE, CHANNELS, EASEL, PEOPLE, Stage, stage
from sandbox.discord.seen import SeenMessage

REQUESTS = 60
WARM_UP = 10


async def run() -> None:
    print("single: one /imagine after the other, 2 MB pictures, stand-ins answer at once")
    print(f"{'':34}{'median':>10}{'p90':>10}")
    async with (
        stage(BARE, latency_s=0) as bare,
        stage(EASEL, latency_s=0) as easel,
        stage(EASEL, latency_s=0, moderation="off") as unmoderated,
    ):
        times_ms: dict[str, list[float]] = {"bare discord.py": [], "Easel": [], "Easel, MODERATION=off": []}
        for number in range(WARM_UP + REQUESTS):  # in turns, so that noise hits all alike
            for on, name in zip((bare, easel, unmoderated), times_ms, strict=True):
                took_ms = await _one(on, number)
                if number >= WARM_UP:
                    times_ms[name].append(took_ms)
    for name, taken_ms in times_ms.items():
        print(f"{name:34}{median(taken_ms):8.1f}ms{quantiles(taken_ms, n=10)[8]:8.1f}ms", flush=True)


async def _one(on: Stage, number: int) -> float:
    guest = on.discord.guest(f"Person{number % PEOPLE}")
    channel = f"channel-{number % CHANNELS}"
    count = 1 + sum(map(_is_result, guest.sees(channel)))
    begun = time.perf_counter()
    await guest.slash("imagine", prompt=f"picture {number}", channel=channel)
    await guest.until_sees(channel, _is_result, count=count)
    took_ms = (time.perf_counter() - begun) * 1000
    await asyncio.sleep(0.05)  # the card's last words are not part of it
    return took_ms


def _is_result(seen: SeenMessage) -> bool:
    return bool(seen.attachments) and not seen.ephemeral


if __name__ == "__main__":
    asyncio.run(run())
