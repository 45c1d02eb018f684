"""What quotas promise, computed from the list of all jobs: slow, simple, and without a line of the ledger."""

from collections import Counter
from dataclasses import dataclass, field

QUOTA_PER_DAY, SERVER_PER_DAY, BOT_PER_DAY = 5, 9, 14
BUDGET_MICROUSD = 1_000_000

Refusal = tuple[str, int]
"""Who refuses, and how many pictures that scope has left, or micro-dollars where it is money."""


@dataclass
class Job:
    """`painted` is None while it runs. `given_back` after a reset: charged to the ceilings, not to the member."""

    guild_id: int
    user_id: int
    day: int
    of_day: int
    of_extras: int
    most_microusd: int = 0
    cost_microusd: int = 0
    painted: int | None = None
    given_back: bool = False

    @property
    def of_day_now(self) -> int:
        if self.painted is None:
            return self.of_day
        return 0 if self.given_back else min(self.painted, self.of_day)

    @property
    def of_extras_now(self) -> int:
        if self.painted is None:
            return self.of_extras
        return 0 if self.given_back else max(0, self.painted - self.of_day)

    @property
    def microusd(self) -> int:
        """Promised while it runs, spent when it has ended; a reset gives members pictures, and the owner no money."""
        return self.most_microusd if self.painted is None else self.cost_microusd

    @property
    def for_owner(self) -> int:
        return self.of_day + self.of_extras if self.painted is None else self.painted


@dataclass
class Promises:
    """Guild 0 stands for direct messages."""

    day: int
    jobs: dict[int, Job] = field(default_factory=dict)
    settings: dict[tuple[int, str, int], int] = field(default_factory=dict)
    granted: Counter[tuple[int, int]] = field(default_factory=Counter)

    def allowed(self, guild_id: int, user_id: int, roles: frozenset[int]) -> int:
        if guild_id == 0:
            return QUOTA_PER_DAY
        of_roles = [self.settings[key] for role in roles if (key := (guild_id, "role", role)) in self.settings]
        default = self.settings.get((guild_id, "default", 0), QUOTA_PER_DAY)
        return self.settings.get((guild_id, "member", user_id), max(of_roles, default=default))

    def used(self, guild_id: int, user_id: int) -> int:
        return sum(job.of_day_now for job in self._of(guild_id, user_id) if job.day == self.day)

    def extras(self, guild_id: int, user_id: int) -> int:
        return self.granted[guild_id, user_id] - sum(job.of_extras_now for job in self._of(guild_id, user_id))

    def _of(self, guild_id: int, user_id: int) -> list[Job]:
        return [job for job in self.jobs.values() if (job.guild_id, job.user_id) == (guild_id, user_id)]

    def left_of_day(self, guild_id: int, user_id: int, roles: frozenset[int]) -> int:
        return max(0, self.allowed(guild_id, user_id, roles) - self.used(guild_id, user_id))

    def refusal(
        self, guild_id: int, user_id: int, roles: frozenset[int], wanted: int, most_microusd: int
    ) -> Refusal | None:
        today = [job for job in self.jobs.values() if job.day == self.day]
        server = SERVER_PER_DAY - sum(job.for_owner for job in today if job.guild_id == guild_id)
        bot = BOT_PER_DAY - sum(job.for_owner for job in today)
        left = self.left_of_day(guild_id, user_id, roles) + self.extras(guild_id, user_id)
        if wanted > left:
            return "member", left
        if guild_id and wanted > server:
            return "server", server
        if wanted > bot:
            return "bot", bot
        money = BUDGET_MICROUSD - sum(job.microusd for job in today)
        return ("budget", money) if most_microusd and most_microusd > money else None

    def reserve(
        self, job_id: int, guild_id: int, user_id: int, roles: frozenset[int], wanted: int, most_microusd: int
    ) -> None:
        of_day = min(wanted, self.left_of_day(guild_id, user_id, roles))
        self.jobs[job_id] = Job(guild_id, user_id, self.day, of_day, wanted - of_day, most_microusd)

    def money(self) -> tuple[int, int]:
        """Promised and spent today, by the whole bot."""
        today = [job for job in self.jobs.values() if job.day == self.day]
        promised = sum(job.most_microusd for job in today if job.painted is None)
        return promised, sum(job.cost_microusd for job in today if job.painted is not None)

    def reset(self, guild_id: int, user_id: int) -> int:
        """How many are given back."""
        done = [job for job in self._of(guild_id, user_id) if job.day == self.day and job.painted is not None]
        given_back = sum(job.of_day_now + job.of_extras_now for job in done)
        for job in done:
            job.given_back = True
        return given_back
