"""How often the bot may ask (Discord: Rate Limits)."""

import hashlib
from collections import deque
from dataclasses import dataclass
from enum import Enum

from sandbox.discord.clock import SandboxClock
from sandbox.discord.wire import Json, Reply


class Bucket(Enum):
    """What is counted together, for each channel, token or other top-level resource."""

    MESSAGE_POST = "message post"
    MESSAGE_EDIT = "message edit"
    WEBHOOK = "webhook"
    OTHER = "other"


# (requests, seconds). Discord publishes no numbers; these are the ones that people observe.
OBSERVED = {
    Bucket.MESSAGE_POST: (5, 5.0),
    Bucket.MESSAGE_EDIT: (5, 5.0),
    Bucket.WEBHOOK: (5, 2.0),
    Bucket.OTHER: (50, 1.0),
}


@dataclass(slots=True)
class Window:
    ends_ms: int
    used: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """`refusal` is the 429 where there was one request too many; `headers` go with every answer."""

    headers: dict[str, str]
    refusal: Reply | None = None


class Limits:
    def __init__(self, clock: SandboxClock) -> None:
        self.global_per_s = 50
        self._numbers = dict(OBSERVED)
        self._clock = clock
        self._windows: dict[tuple[Bucket, str, str], Window] = {}
        self._recent: deque[int] = deque()

    def set(self, bucket: Bucket, requests: int, seconds: float) -> None:
        self._numbers[bucket] = (requests, seconds)

    def take(self, bucket: Bucket, route: str, resource: str, *, is_global: bool) -> Verdict:
        """Count one request. `is_global`: it also counts against the bot's limit over all routes."""
        requests, seconds = self._numbers[bucket]
        now_ms = self._clock.now_ms()
        window = self._windows.get((bucket, route, resource))
        if window is None or window.ends_ms <= now_ms:
            window = self._windows[bucket, route, resource] = Window(now_ms + round(seconds * 1000))
        if is_global and (wait_s := self._global_wait_s(now_ms)):
            headers = {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
            return Verdict(headers, too_many(wait_s, is_global=True))
        left_s = (window.ends_ms - now_ms) / 1000
        is_refused = window.used >= requests
        window.used += not is_refused
        headers = {
            "X-RateLimit-Limit": str(requests),
            "X-RateLimit-Remaining": str(max(0, requests - window.used)),
            "X-RateLimit-Reset": f"{window.ends_ms / 1000:.3f}",
            "X-RateLimit-Reset-After": f"{left_s:.3f}",
            "X-RateLimit-Bucket": hashlib.sha256(f"{bucket.name} {route}".encode()).hexdigest()[:32],
        }
        if not is_refused:
            return Verdict(headers)
        return Verdict(headers | {"X-RateLimit-Scope": "user"}, too_many(left_s))

    def _global_wait_s(self, now_ms: int) -> float:
        while self._recent and self._recent[0] <= now_ms - 1000:
            self._recent.popleft()
        if len(self._recent) >= self.global_per_s:
            return max(0.001, (self._recent[0] + 1000 - now_ms) / 1000)
        self._recent.append(now_ms)
        return 0.0


def too_many(retry_after_s: float, *, is_global: bool = False) -> Reply:
    """A 429 as Discord words it; the header is in whole seconds, the body exact."""
    body: Json = {"message": "You are being rate limited.", "retry_after": retry_after_s, "global": is_global}
    return Reply(429, body, {"Retry-After": str(int(-(-retry_after_s // 1)))})
