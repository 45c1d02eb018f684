"""When the event loop counts as late, and when nobody can say."""

import asyncio

from bot.life.pulse import BEAT_S, Pulse


async def test_before_it_beats_and_after_nobody_is_late() -> None:
    """The start reads files and asks services for as long as they take: that is no illness, see /healthz."""
    pulse = Pulse()
    await asyncio.sleep(3 * BEAT_S)
    before = pulse.lag_s(), pulse.stalled_s()

    beating = asyncio.create_task(pulse.beat())
    await asyncio.sleep(2 * BEAT_S)
    beating.cancel()
    await asyncio.gather(beating, return_exceptions=True)
    await asyncio.sleep(3 * BEAT_S)

    assert before == (0.0, 0.0)
    assert pulse.stalled_s() == 0.0
