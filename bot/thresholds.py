"""From which score on a moderation category counts: the one place that says so.

As a rule the moderation service decides: what it flags is flagged. Two things go beyond that. `sexual/minors` is
flagged from a low score already, also where the service does not flag it: on harmless words that score lies in the
thousandths (the examples of OpenAI's reference), a needless refusal costs somebody another wording, and what passes
wrongly is the worst thing this bot could paint. And the owner's MODERATION_THRESHOLDS name categories whose score
decides instead of the service's flag, in either direction; `sexual/minors` can only be made stricter.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.errors import PLAIN_CATEGORIES

NEVER_LOOSER: Mapping[str, float] = MappingProxyType({"sexual/minors": 0.1})

_FORM = "must be pairs of a category and a score from 0 to 1, such as violence=0.9,sexual=0.3"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`chosen`: the owner's scores by category. What `parse` returns has known categories and scores from 0 to 1."""

    chosen: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "Thresholds":
        """`violence=0.9,sexual=0.3`.

        Raises:
            ValueError: with a plain sentence that repeats nothing of the text.
        """
        chosen: dict[str, float] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, _, number = (piece.strip() for piece in part.partition("="))
            if name not in PLAIN_CATEGORIES:
                raise ValueError(f"{_FORM}; the categories are {', '.join(PLAIN_CATEGORIES)}")
            if name in chosen:
                raise ValueError(f"names {name} twice")
            chosen[name] = _score(number)
            if chosen[name] > NEVER_LOOSER.get(name, 1.0):
                raise ValueError(f"cannot loosen {name}: its score may be at most {NEVER_LOOSER[name]}")
        return cls(chosen)

    def flagged(self, flags: Sequence[str], scores: Mapping[str, float]) -> tuple[str, ...]:
        """The categories that count, of those that a service flagged and those that it scored.

        A category without a score stays as the service flagged it: what is not known cannot excuse anything.
        """
        return tuple(dict.fromkeys(self._flagged(flags, scores)))

    def _flagged(self, flags: Sequence[str], scores: Mapping[str, float]) -> Iterator[str]:
        for name in (*flags, *scores):
            if name in self.chosen and name in scores:
                if scores[name] >= self.chosen[name]:
                    yield name
            elif name in flags or scores.get(name, 0.0) >= NEVER_LOOSER.get(name, float("inf")):
                yield name


def _score(text: str) -> float:
    try:
        score = float(text)
    except ValueError:
        raise ValueError(_FORM) from None
    if not 0 <= score <= 1:  # «nan», too
        raise ValueError(_FORM)
    return score
