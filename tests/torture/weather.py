"""What goes wrong at the stand-ins while bots are killed: a share of the requests, drawn from the seed."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from sandbox.discord.faults import Answer, Fault, Faults, Hang, Late, Reset, rate_limited, status
from sandbox.image_api.faults import answers, errors, wire
from sandbox.image_api.faults.faults import Fault as ImageFault
from sandbox.image_api.faults.faults import Faults as ImageFaults
from tests.torture.moments import Step, step_at_discord

AT_DISCORD: tuple[Callable[[], Fault], ...] = (
    Reset,
    lambda: Reset(after_work=True),
    lambda: status(500),
    lambda: status(500, after_work=True),
    lambda: status(503),
    lambda: rate_limited(0.1),
    lambda: Hang(0.3),
    lambda: Hang(0.5, after_work=True),
    lambda: Late(0.2),
    lambda: Late(0.3, after_work=True),
)
AT_IMAGES: tuple[Callable[[], ImageFault], ...] = (
    errors.server_error,
    errors.overloaded,
    lambda: errors.rate_limited("0.2"),
    wire.reset,
    lambda: wire.reset(after_the_work=True),
    wire.half_body,
    lambda: wire.silence(0.3),
    lambda: wire.late(0.3),
    errors.refused_by_safety,
    answers.error_in_success,
)
AT_MODERATION: tuple[Callable[[], ImageFault], ...] = (errors.server_error, wire.reset, lambda: wire.silence(0.2))


def _name_of(fault: Fault) -> str:
    what = f"status {fault.reply.status}" if isinstance(fault, Answer) else type(fault).__name__.lower()
    return f"{what}{' after work' if getattr(fault, 'after_work', False) else ''}"


@dataclass
class DiscordWeather(Faults):
    """`share` of the requests that carry a bot's work meet a fault, which is noted; what starts a bot goes well."""

    chance: Random
    note: Callable[[str], None]
    share: float = 0.0

    def __post_init__(self) -> None:
        super().__init__()

    def take(self, method: str, path: str) -> Fault | None:
        planned = super().take(method, path)
        step = step_at_discord(method, path)
        if planned is not None or step in (None, Step.SYNC) or self.chance.random() >= self.share:
            return planned
        fault = self.chance.choice(AT_DISCORD)()
        self.note(f"meets {_name_of(fault)}: {step}")
        return fault


@dataclass
class ImageWeather(ImageFaults):
    """The same for the image service and its moderation."""

    chance: Random
    share: float = 0.0

    def __post_init__(self) -> None:
        super().__init__()

    def take(self, route: str) -> ImageFault | None:
        planned = super().take(route)
        if planned is not None or route not in ("generations", "edits", "variations", "moderations"):
            return planned
        if self.chance.random() >= self.share:
            return None
        return self.chance.choice(AT_MODERATION if route == "moderations" else AT_IMAGES)()
