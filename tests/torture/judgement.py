"""All rules together, and the few that hold at any moment."""

from collections.abc import Iterable
from typing import Protocol

from bot.store.engine import sqlite3
from tests.torture import rules_of_books, rules_of_screens
from tests.torture.evidence import Evidence, Violation


class Rule(Protocol):
    """Finds what breaks it."""

    __name__: str

    def __call__(self, evidence: Evidence, /) -> Iterable[Violation]: ...


AT_ANY_MOMENT: tuple[Rule, ...] = (
    rules_of_books.sound_file,
    rules_of_books.sums,
    rules_of_screens.shown_once,
    rules_of_screens.told_is_told,
    rules_of_books.stand_ins_stand,
)
IN_THE_END: tuple[Rule, ...] = (*rules_of_books.RULES, *rules_of_screens.RULES)


def at_any_moment(evidence: Evidence) -> list[Violation]:
    return [violation for rule in AT_ANY_MOMENT for violation in judged(rule, evidence)]


def in_the_end(evidence: Evidence) -> list[Violation]:
    return [violation for rule in IN_THE_END for violation in judged(rule, evidence)]


def judged(rule: Rule, evidence: Evidence) -> list[Violation]:
    """What a rule finds; books that cannot even be read break every rule that reads them."""
    try:
        return list(rule(evidence))
    except sqlite3.DatabaseError as error:
        return [Violation("database damaged", f"{rule.__name__}: {error}")]
