"""300 /imagine within one second: how long until each first answer, how many lost, how much memory."""

import asyncio
import time
from statistics import quantiles

from benchmarks.stage import BARE, CHANNELS, EASEL, Stage, stage
from sandbox.discord.asked import Asked

REQUESTS = 300
WITHIN_S = 1.0
LATENCY_S = 2.0
LIMIT_S = 120.0


async def run() -> None:
    print(f"burst: {REQUESTS} /imagine within {WITHIN_S:.0f} s, 2 MB pictures, the image service answers after 2 s")
    print(f"{'':34}{'p50':>8}{'p99':>8}{'max':>8}{'lost':>6}{'posted':>8}{'memory':>12}")
    await _measure("bare discord.py", BARE)
    await _measure("Easel, IMAGES_AT_ONCE=300", EASEL, images_at_once=300, images_at_once_per_user=10)
    await _measure("Easel, IMAGES_AT_ONCE=8 (default)", EASEL)


async def _measure(name: str, program: tuple[str, ...], **settings: int) -> None:
    async with stage(program, latency_s=LATENCY_S, **settings) as on:
        before_mib = on.memory_mib()
        answers_ms = await _burst(on)
        posted = await _until_posted(on)
        grown_mib = on.peak_mib() - before_mib
    answered = [each for each in answers_ms if each is not None]
    cuts = quantiles(answered, n=100)
    lost = REQUESTS - len(answered)
    print(
        f"{name:34}{cuts[49]:6.0f}ms{cuts[98]:6.0f}ms{max(answered):6.0f}ms{lost:6}{posted:8}{grown_mib:+8.0f} MiB",
        flush=True,
    )


async def _burst(on: Stage) -> list[float | None]:
    guests = on.guests()

    async def ask(number: int) -> float | None:
        await asyncio.sleep(number * WITHIN_S / REQUESTS)
        begun = time.perf_counter()
        asked = await guests[number % len(guests)].slash(
            "imagine", prompt=f"picture {number}", channel=f"channel-{number % CHANNELS}"
        )
        return await _first_answer_ms(asked, begun)

    return await asyncio.gather(*(ask(number) for number in range(REQUESTS)))


async def _first_answer_ms(asked: Asked, begun: float) -> float | None:
    try:
        await asked.acknowledged(timeout_s=5)
    except (TimeoutError, AssertionError):
        return None
    return (time.perf_counter() - begun) * 1000


async def _until_posted(on: Stage) -> int:
    """How many pictures stand in the channels once no more come."""
    deadline = time.monotonic() + LIMIT_S
    posted = 0
    while posted < REQUESTS and time.monotonic() < deadline:
        await asyncio.sleep(0.5)
        posted = on.posted()
    return posted


if __name__ == "__main__":
    asyncio.run(run())
