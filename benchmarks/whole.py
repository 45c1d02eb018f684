"""The whole bot while 32 members paint four big pictures each at once: how much memory it takes."""

import asyncio
import time
from statistics import median

from benchmarks.stage import EASEL, Stage, stage

REQUESTS, PICTURES_EACH = 32, 4
PICTURE_BYTES = 4_000_000
ROUNDS, QUICK_ROUNDS = 3, 1
LIMIT_S = 240.0
LOOK_S = 0.05


async def run(*, quick: bool = False) -> None:
    print(f"whole: {REQUESTS} /imagine at once, each {PICTURES_EACH} pictures of 4 MB, IMAGES_AT_ONCE={REQUESTS}")
    print(f"{'':34}{'before':>10}{'peak':>10}{'posted':>8}{'took':>8}", flush=True)
    rounds = [await _measure() for _ in range(QUICK_ROUNDS if quick else ROUNDS)]
    before_mib, peak_mib, posted, took_s = (median(each) for each in zip(*rounds, strict=True))
    print(
        f"{'Easel and its children':34}{before_mib:6.0f} MiB{peak_mib:6.0f} MiB{posted:8.0f}{took_s:7.1f}s", flush=True
    )


async def _measure() -> tuple[float, float, int, float]:
    at_once = {"images_at_once": REQUESTS, "images_at_once_per_user": PICTURES_EACH}
    async with stage(EASEL, latency_s=0, picture_bytes=PICTURE_BYTES, **at_once) as on:
        before_mib = on.family_peak_mib()
        on.images.hold()
        begun = time.perf_counter()
        await asyncio.gather(*(_ask(on, number) for number in range(REQUESTS)))
        await on.images.until_held(REQUESTS, timeout_s=30)
        on.images.release()
        peak_mib, posted = await _until_posted(on)
        return before_mib, peak_mib, posted, time.perf_counter() - begun


async def _ask(on: Stage, number: int) -> None:
    asked = await on.discord.guest(f"Person{number}").slash(
        "imagine", prompt=f"picture {number}", count=PICTURES_EACH, channel=f"channel-{number}"
    )
    await asked.acknowledged(timeout_s=30)


async def _until_posted(on: Stage) -> tuple[float, int]:
    """The peak of memory while pictures come, and how many stand in the channels once no more come."""
    deadline = time.monotonic() + LIMIT_S
    peak_mib, posted = 0.0, 0
    while posted < REQUESTS * PICTURES_EACH and time.monotonic() < deadline:
        await asyncio.sleep(LOOK_S)
        peak_mib = max(peak_mib, on.family_peak_mib())
        posted = on.posted()
    return peak_mib, posted


if __name__ == "__main__":
    asyncio.run(run())
