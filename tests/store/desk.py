"""The ledger as a member meets it."""

from datetime import UTC, datetime

from bot.model import Allowance, Requester
from bot.store.balances import Balance, Scope, balance
from bot.store.database import Database
from bot.store.ledger import Ledger, refills_at

ANNA, BERT = Requester(1), Requester(2)
GARDEN, HARBOUR = 101, 102


class Desk:
    """Every call is a transaction of its own, at a time that the test sets."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self.database = database
        self.ledger = ledger
        self.at = datetime(2026, 5, 4, 23, 30, tzinfo=UTC)
        self.day = int(self.at.timestamp()) // 86_400

    async def reserve(
        self,
        job_id: int,
        pictures: int,
        *,
        who: Requester = ANNA,
        guild_id: int | None = GARDEN,
        most_microusd: int = 0,
    ) -> None:
        await self.database.transaction(
            lambda connection: self.ledger.reserve(
                connection,
                job_id=job_id,
                requester=who,
                guild_id=guild_id,
                pictures=pictures,
                at=self.at,
                most_microusd=most_microusd,
            )
        )

    async def settle(self, job_id: int, delivered: int, *, cost_microusd: int = 0) -> int:
        return await self.database.transaction(
            lambda connection: self.ledger.settle(
                connection, job_id=job_id, delivered=delivered, at=self.at, cost_microusd=cost_microusd
            )
        )

    async def grant(self, cause_id: int, pictures: int) -> None:
        member = Scope.member(GARDEN, ANNA.user_id, self.day)
        await self.database.transaction(
            lambda connection: self.ledger.grant(
                connection, cause_id=cause_id, member=member, pictures=pictures, at=self.at
            )
        )

    async def reset(self, cause_id: int) -> int:
        member = Scope.member(GARDEN, ANNA.user_id, self.day)
        return await self.database.transaction(
            lambda connection: self.ledger.reset(connection, cause_id=cause_id, member=member, at=self.at)
        )

    async def allowance(self, *, who: Requester = ANNA, guild_id: int | None = GARDEN) -> Allowance:
        return await self.database.read(
            lambda connection: self.ledger.allowance(connection, requester=who, guild_id=guild_id, at=self.at)
        )

    async def balance(self, scope: Scope) -> Balance:
        return await self.database.read(lambda connection: balance(connection, scope))

    def pass_midnight(self) -> None:
        self.at = refills_at(self.at)
        self.day += 1
