"""What goes wrong at the stand-ins while bots are killed: a share of the requests, drawn from the seed."""

from collections.abc import Callable
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault that met a request at Discord."""

    step: Step
    path: str
    fault: Fault

    @property
    def name(self) -> str:
        fault = self.fault
        what = f"status {fault.reply.status}" if isinstance(fault, Answer) else type(fault).__name__.lower()
        return f"{what}{' after work' if fault.after_work else ''} at {self.step}"


@dataclass
class DiscordWeather(Faults):
    """`share` of the requests that carry a bot's work meet a fault; what starts a bot goes well."""

    chance: Random
    share: float = 0.0
    strikes: list[Strike] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def take(self, method: str, path: str) -> Fault | None:
        planned = super().take(method, path)
        step = step_at_discord(method, path)
        if planned is not None or step in (None, Step.SYNC) or self.chance.random() >= self.share:
            return planned
        assert step is not None, "looked at above"
        fault = self.chance.choice(AT_DISCORD)()
        self.strikes.append(Strike(step, path, fault))
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
