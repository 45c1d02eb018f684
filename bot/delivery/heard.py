"""Whether words have reached their member."""

from enum import StrEnum

from bot.delivery.trouble import Obstacle, Passing


class Heard(StrEnum):
    """`LATER`: not yet, or nobody knows. `NEVER`: not on this way: it is closed for good.

    `FLEETING`: it was said, and something older may still come over it.
    """

    SAID = "said"
    FLEETING = "fleeting"
    LATER = "later"
    NEVER = "never"

    @classmethod
    def after(cls, obstacle: Obstacle) -> "Heard":
        return cls.LATER if isinstance(obstacle, Passing) else cls.NEVER
