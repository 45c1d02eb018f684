"""What one call costs, as it goes on: at most from its beginning, truly when it has ended."""

from bot.errors import (
    BotError,
    BudgetReached,
    ContentRefused,
    InvalidRequest,
    ModelGone,
    OwnerMustAct,
    RequestRejected,
    RouteMissing,
    ServiceBusy,
    ServiceUnreachable,
)
from bot.image_api.call import Call
from bot.image_api.calls.cost import cost_microusd, most_microusd, without
from bot.image_api.catalogue.facts import ModelFacts
from bot.image_api.events import Accepted, Done, Event, LeftOut, Painted, Preview

# A refusal is not billed; whatever else goes wrong may have been painted and paid for.
FREE = (
    BudgetReached,
    InvalidRequest,
    ServiceBusy,
    ServiceUnreachable,
    ContentRefused,
    OwnerMustAct,
    ModelGone,
    RouteMissing,
    RequestRejected,
)


class Bill:
    """Heeds the events of its call. `cost_microusd` is None while and where it is not known."""

    def __init__(self, call: Call, facts: ModelFacts) -> None:
        self._call = call
        self._facts = facts
        self._has_begun = False
        self._has_painted = False
        self._previews = 0
        self.most_microusd = most_microusd(call, facts)
        self.cost_microusd: int | None = None

    def heed(self, event: Event) -> None:
        match event:
            case Accepted():
                self._has_begun = True
            case LeftOut(fields):
                self._call = without(self._call, fields)
                self.most_microusd = most_microusd(self._call, self._facts)
            case Preview():
                self._has_painted = True
                self._previews += 1
            case Painted():
                self._has_painted = True
            case Done():
                self.cost_microusd = cost_microusd(self._call, self._facts, event, previews=self._previews)
            case _:
                pass

    def close(self, error: BotError) -> None:
        """The call has failed with this. A refusal after something had been painted may cost; how much nobody says.

        A service that is overloaded when it has accepted the call may have been at work.
        """
        was_at_work = self._has_painted or (self._has_begun and isinstance(error, ServiceBusy))
        was_at_work |= isinstance(error, ContentRefused) and error.after_painting
        self.cost_microusd = 0 if isinstance(error, FREE) and not was_at_work else None
