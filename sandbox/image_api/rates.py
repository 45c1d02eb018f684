"""Rate limits as the real services keep them: counted by the minute, told with every answer, 429 beyond."""

import math
from dataclasses import dataclass, field, replace

from aiohttp import web

from sandbox.image_api.answers import Answer, refused
from sandbox.image_api.errors import ApiError
from sandbox.image_api.exchange import Handler
from sandbox.image_api.forms import Form
from sandbox.image_api.switches import Switches

MINUTE_S = 60.0


@dataclass(slots=True)
class _Minute:
    """What one model was asked for since its minute began."""

    began_s: float
    used: dict[str, int] = field(default_factory=lambda: {"requests": 0, "images": 0})


class Rates:
    """Counts the calls for pictures of each model against `requests_per_minute` and `images_per_minute`."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._minutes: dict[str, _Minute] = {}

    def limited(self, handler: Handler) -> Handler:
        """A handler whose calls are counted as they come in, and whose answers say what is left."""

        async def answer(request: web.Request, form: Form) -> Answer:
            if not self._limits:
                return await handler(request, form)
            minute = self._minute(str(form.fields.get("model")))
            busy = self._take(minute, _count(form))
            headers = self._headers(minute)
            if busy is not None:
                return replace(refused(busy), headers=headers | {"retry-after": str(math.ceil(self._left_s(minute)))})
            try:
                return replace(told := await handler(request, form), headers={**told.headers, **headers})
            except ApiError as error:
                return replace(refused(error), headers=headers)

        return answer

    @property
    def _limits(self) -> dict[str, int]:
        named = {"requests": self._switches.requests_per_minute, "images": self._switches.images_per_minute}
        return {kind: limit for kind, limit in named.items() if limit is not None}

    def _minute(self, model: str) -> _Minute:
        now_s = self._switches.now()
        minute = self._minutes.get(model)
        if minute is None or now_s >= minute.began_s + MINUTE_S:
            minute = self._minutes[model] = _Minute(now_s)
        return minute

    def _take(self, minute: _Minute, pictures: int) -> ApiError | None:
        """Count a call, or refuse it uncounted."""
        costs = {"requests": 1, "images": pictures}
        for kind, limit in self._limits.items():
            if minute.used[kind] + costs[kind] > limit:
                message = (
                    f"Rate limit exceeded for {kind} per minute in organization org-sandbox. Limit: {limit}/1min. "
                    f"Current: {minute.used[kind] + costs[kind]}/1min."
                )
                return ApiError(429, message, kind=kind, code="rate_limit_exceeded")
        for kind, cost in costs.items():
            minute.used[kind] += cost
        return None

    def _headers(self, minute: _Minute) -> dict[str, str]:
        left_s = self._left_s(minute)
        reset = f"{math.ceil(left_s)}" if self._switches.resets_in_seconds else f"{math.ceil(left_s * 1000)}ms"
        headers = {}
        for kind, limit in self._limits.items():
            headers[f"x-ratelimit-limit-{kind}"] = str(limit)
            headers[f"x-ratelimit-remaining-{kind}"] = str(max(0, limit - minute.used[kind]))
            headers[f"x-ratelimit-reset-{kind}"] = reset
        return headers

    def _left_s(self, minute: _Minute) -> float:
        return max(0.0, minute.began_s + MINUTE_S - self._switches.now())


def _count(form: Form) -> int:
    asked = str(form.fields.get("n", 1))
    return int(asked) if asked.isdecimal() else 1
