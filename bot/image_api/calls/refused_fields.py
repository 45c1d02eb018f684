"""Fields that a service turned out not to know: they are left out from then on, for that model and endpoint.

This is kept in the memory of the process alone. After a restart one refused request teaches it anew, and a refused
request costs nothing; a file would have to be told when a service learns the field after all.
"""

import logging
from collections.abc import Mapping
from typing import Any

from bot.errors import OneAtATime, RequestRejected
from bot.image_api.call import Call
from bot.image_api.catalogue.facts import ModelFacts
from bot.model import Endpoint

# Without these it would be another picture than was asked for.
MEANING = frozenset({"model", "prompt", "image", "image[]", "images", "mask", "markup"})
TOGETHER = (frozenset({"stream", "partial_images"}), frozenset({"output_format", "output_compression"}))

log = logging.getLogger(__name__)


class Learned:
    """What one service does not know. Names are those on the wire."""

    def __init__(self) -> None:
        self._unknown: dict[tuple[Endpoint, str], frozenset[str]] = {}
        self._singles: set[str] = set()

    def known(self, call: Call, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a call without those that the service does not know."""
        unknown = self._unknown.get((call.endpoint, call.model), frozenset())
        return {name: value for name, value in fields.items() if name not in unknown}

    def left_out(self, call: Call, fields: Mapping[str, Any], facts: ModelFacts) -> tuple[str, ...]:
        """Our names of the fields that are left out of a call."""
        known = self.known(call, fields)
        return tuple(_ours(name, facts) for name in fields if name not in known)

    def paints_one(self, model_id: str) -> bool:
        """Whether the service does not know how to be asked for several pictures of this model."""
        return model_id in self._singles

    def heed(self, call: Call, asked: Mapping[str, Any], facts: ModelFacts, refusal: RequestRejected) -> None:
        """Learn from a refusal, so that the call may be made again without what the service does not know.

        `asked` are the fields that were refused: another call may have taught us the same while this one was under way.

        Raises:
            OneAtATime: it does not know how many; the pictures have to be asked for one by one.
            RequestRejected: the refusal itself, where it is about anything else.
        """
        refused = {name for name in asked if name in refusal.unknown}
        if any(_ours(name, facts) == "n" for name in refused):
            self._singles.add(call.model)
            log.info("image_api field learned model=%s endpoint=%s field=n", call.model, call.endpoint)
            raise OneAtATime(detail=refusal.detail) from refusal
        refused = {name for name in refused if _ours(name, facts) not in MEANING}
        if not refused:
            raise refusal
        for group in TOGETHER:
            refused |= group & asked.keys() if group & refused else set()
        key = (call.endpoint, call.model)
        self._unknown[key] = self._unknown.get(key, frozenset()) | refused
        named = ",".join(sorted(refused))
        log.info("image_api field learned model=%s endpoint=%s field=%s", call.model, call.endpoint, named)


def _ours(name: str, facts: ModelFacts) -> str:
    """Our name of a field that is called otherwise for this model."""
    return next((ours for ours, theirs in facts.names.items() if theirs == name), name)
