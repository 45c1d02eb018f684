"""The parts that the process lives by end when they are told to."""

import asyncio

from bot.life.parts import Parts


async def test_a_part_that_is_told_to_end_in_the_moment_in_which_its_connection_stands_ends() -> None:
    """As discord.py connects: Python 3.11 loses the cancellation, and the part would go on for ever."""
    stands = asyncio.Event()

    async def part() -> None:
        await asyncio.wait_for(stands.wait(), timeout=60)
        await asyncio.Event().wait()

    parts = Parts()
    parts.start("connection", part())
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    stands.set()
    async with asyncio.timeout(30):
        await parts.end("connection")
