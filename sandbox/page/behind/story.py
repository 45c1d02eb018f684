"""One request and everything that is known of it."""

import time
from dataclasses import dataclass, field

from sandbox.discord.gateway import Happening
from sandbox.discord.world import Person
from sandbox.page.behind.books import BalanceLook, JobLook
from sandbox.page.behind.bot_log import LogLine
from sandbox.page.behind.exchanges import Exchange

FINAL_STATES = ("delivered", "refused", "failed", "cancelled")
ENDS = ("killed", "ended")
ANSWER_MS = 3_000  # Discord's limit for a first answer
QUIET_MS = 4_000  # nothing more is expected of a request that became no job


@dataclass(frozen=True, slots=True)
class Life:
    """Something that happened to the bot's process or its connection, whatever it was doing."""

    at_ms: int
    what: str
    words: str


@dataclass(slots=True)
class Story:
    """`kind` is how it was asked: command, menu, button, modal or message. `title` is what was asked, without words
    of the person's own.

    `words` are those of the person, by which calls to the image service are told apart; they are never shown here.
    `of` is the older request that a button belongs to.
    """

    id: int
    kind: str
    title: str
    person: Person
    guild_id: int | None
    channel_id: int
    place: str
    asked_ms: int
    words: set[str] = field(default_factory=set, repr=False)
    of: int | None = None
    events: list[Happening] = field(default_factory=list)
    lines: list[LogLine] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    lives: list[Life] = field(default_factory=list)
    job: JobLook | None = None
    balance: BalanceLook | None = None

    @property
    def purse(self) -> tuple[int, int | None]:
        """Whose pictures are counted, and where: one balance."""
        return self.person.id, self.guild_id

    @property
    def first_answer(self) -> Exchange | None:
        """The interaction's callback that Discord took."""
        return next((each for each in self.exchanges if each.path.endswith("/callback") and each.is_good), None)

    @property
    def refusal(self) -> LogLine | None:
        """Why it never became a job."""
        return next((line for line in self.lines if line.says(("refused asked=", "command failed asked="))), None)

    def is_cut(self, exchange: Exchange) -> bool:
        """The process that asked was gone before the answer was whole, whatever the other side thought."""
        ends_ms = [each.at_ms for each in self.lives if each.what in ENDS and each.at_ms >= exchange.at_ms]
        took_ms = exchange.took_ms
        return any(took_ms is None or at_ms < exchange.at_ms + took_ms for at_ms in ends_ms)

    def state(self, now_ms: int) -> str:
        """`delivered`, `refused`, `failed` and `cancelled` are ends of jobs; `answered` that of any other question, and
        `let be` of a message that called the bot and asked for nothing.
        """
        if self.job is not None:
            return self.job.state
        if self.refusal is not None:
            return "refused"
        if self.first_answer is not None:
            return "answered"
        if self.kind == "message":
            return "let be" if now_ms - self.asked_ms > QUIET_MS else "asked"
        return "unanswered" if now_ms - self.asked_ms > ANSWER_MS else "asked"

    def is_over(self, now_ms: int) -> bool:
        """Nothing more is to come, as far as one can tell."""
        if self.job is not None:
            return self.job.state in FINAL_STATES and self.job.told
        return now_ms - self.asked_ms > QUIET_MS

    def lives_through(self, life: Life, now_ms: int) -> bool:
        """Whether what happens to the bot happens to this request too; what comes after its end does not."""
        return life.at_ms >= self.asked_ms and not self.is_over(now_ms)


def now_ms() -> int:
    return time.time_ns() // 1_000_000
