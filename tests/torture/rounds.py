"""The rounds of a world: a bot starts, members ask, it is killed; in the end it may run until all is quiet."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from random import Random

from bot.errors import StoreBusy
from bot.store.backup import back_up
from tests.end_to_end.screen import finished
from tests.torture import judgement, rules_of_books, rules_of_screens
from tests.torture.bots import Bot
from tests.torture.evidence import Violation
from tests.torture.moments import LONG_LIFE_S, Moment, Step
from tests.torture.world import World, opened

ROUND_S = 60.0
QUIET_S = 45.0
PLAIN_QUIET_S = 180.0
STOP_S = 25.0  # beside DRAIN_S
BACKLOG = 10  # then members ask less: a bot that never gets to the end of anything shows little
DAY_S = 86_400.0
BACKUPS = 0.05  # share of the rounds
OF_COPIES = (rules_of_books.sound_file, rules_of_books.sums, rules_of_books.tokens_erased)
WEATHERS = ((0.0, 0.0), (0.0, 0.0), (0.06, 0.0), (0.0, 0.1), (0.15, 0.1))  # shares at Discord and the image service
GAPS_S = (0.0,) * 8 + (301.0, 960.0)  # for how long nobody starts it again: nonces and tokens end meanwhile


class Mode(StrEnum):
    KILL = "kill"
    TERM = "term"
    PAIR = "pair"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Plan:
    """What one world is to go through. A plain one has fresh processes of `python -m bot`, with the machine's clock."""

    seed: str
    kills: int
    mode: Mode
    folder: Path
    is_plain: bool = False


@dataclass
class Outcome:
    plan: Plan
    kills: int = 0
    asked: int = 0
    took_s: float = 0.0
    quiet_s: float = 0.0
    jobs: Counter[str] = field(default_factory=Counter)
    moments: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)


def play(plan: Plan) -> Outcome:
    """One world, in a process that has nothing else to do."""
    return asyncio.run(torture(plan))


async def torture(plan: Plan) -> Outcome:
    """All rounds of a world, and its judgement; ends by itself whatever happens."""
    outcome, begun_s = Outcome(plan), time.monotonic()
    async with opened(plan.seed, plan.folder, is_plain=plan.is_plain) as world:
        rounds = Rounds(world, plan, outcome)
        await rounds.all()
        outcome.asked = len(world.discord.interactions.by_token)
        outcome.moments = world.moments
        with suppress(Exception):  # a damaged database has been told of
            outcome.jobs = Counter(job.state for job in world.evidence().jobs)
        if outcome.violations:
            _keep(world, outcome)
    outcome.took_s = time.monotonic() - begun_s
    return outcome


def _keep(world: World, outcome: Outcome) -> None:
    """Beside the data and the log: what was broken, what happened at the stand-ins, what the bot has said."""
    said = [
        f"{message.id} in {message.channel_id} nonce {message.nonce}{' deleted' if message.deleted else ''}: "
        f"{[version['content'] for version in message.versions]} {[file.filename for file in message.body.attachments]}"
        for message in world.evidence().of_the_bot
    ]
    (world.folder / "violations.txt").write_text("\n".join(outcome.violations) + "\n")
    (world.folder / "trail.txt").write_text("\n".join(world.watch.trail) + "\n")
    (world.folder / "said.txt").write_text("\n".join(said) + "\n")


class Rounds:
    def __init__(self, world: World, plan: Plan, outcome: Outcome) -> None:
        self._world = world
        self._plan = plan
        self._outcome = outcome
        self._alive: Bot | None = None
        self._round = 0

    async def all(self) -> None:
        play: dict[Mode, Callable[[Random], Awaitable[None]]] = {
            Mode.KILL: self._single,
            Mode.TERM: self._terminated,
            Mode.PAIR: self._pair,
            Mode.CLOCK: self._jumping,
        }
        try:
            while self._outcome.kills < self._plan.kills and not self._outcome.violations:
                self._round += 1
                async with asyncio.timeout(ROUND_S):
                    await play[self._plan.mode](self._world.chance(f"round {self._round}"))
                self._look()
            if not self._outcome.violations:
                await self._in_the_end()
        except TimeoutError:
            self._blame([Violation("hangs", f"the round did not end within {ROUND_S:.0f} s")])

    # What a round is

    async def _single(self, chance: Random) -> None:
        await self._killed(chance)
        if not self._plan.is_plain:
            self._pass(chance.choice(GAPS_S))

    async def _jumping(self, chance: Random) -> None:
        """The clock jumps while it runs, and while nobody does."""
        jumps = asyncio.create_task(self._jump(chance))
        await self._killed(chance)
        jumps.cancel()
        await asyncio.gather(jumps, return_exceptions=True)
        if chance.random() < 0.5:
            self._turn(chance)

    async def _jump(self, chance: Random) -> None:
        while True:
            await asyncio.sleep(chance.uniform(0.1, 1.0))
            self._turn(chance)

    def _turn(self, chance: Random) -> None:
        """A day forward or back, never further than a day from what it should say."""
        ahead_s = self._world.hands.ahead_s
        self._world.jump(chance.choice([by for by in (DAY_S, -DAY_S) if abs(ahead_s + by) <= DAY_S]))

    async def _killed(self, chance: Random) -> None:
        bot = await self._met(chance, signal.SIGKILL)
        await bot.is_dead.wait()
        await self._over(bot, {-signal.SIGKILL})

    async def _terminated(self, chance: Random) -> None:
        """SIGTERM, and now and then a SIGKILL while it closes."""
        drain_s = chance.choice((0, 1, 3))
        bot = await self._met(chance, signal.SIGTERM, drain_s=drain_s)
        hurry = asyncio.create_task(self._hurry(bot, chance.uniform(0, 1.5))) if chance.random() < 0.35 else None
        await self._stopped(bot, drain_s)
        if hurry:
            hurry.cancel()
        await self._over(bot, {0, -signal.SIGTERM, -signal.SIGKILL} if hurry else {0, -signal.SIGTERM})

    async def _hurry(self, bot: Bot, after_s: float) -> None:
        await asyncio.sleep(after_s)
        bot.send(signal.SIGKILL)

    async def _stopped(self, bot: Bot, drain_s: int) -> None:
        try:
            async with asyncio.timeout(LONG_LIFE_S[1] + drain_s + STOP_S):
                await bot.is_dead.wait()
        except TimeoutError:
            self._blame([Violation("hangs", f"SIGTERM did not end it within {drain_s} + {STOP_S:.0f} s")])
            bot.send(signal.SIGKILL)
            await bot.is_dead.wait()

    async def _pair(self, chance: Random) -> None:
        """Two live on one database for a while; either is killed, or told to hand over."""
        old = self._alive or await self._ready()
        drain_s = chance.choice((0, 1, 3))
        identified = self._world.discord.gateway.identifies
        new = await self._world.born(drain_s=drain_s)
        await self._world.is_ready(new, identified)
        victim, heir = (old, new) if chance.random() < 0.6 else (new, old)
        sign = signal.SIGKILL if chance.random() < 0.65 else signal.SIGTERM
        await self._meets(chance, victim, sign)
        await self._stopped(victim, drain_s)
        await self._over(victim, {0, -sign})
        self._alive = heir
        if chance.random() < 0.15:
            heir.send(signal.SIGKILL)
            await heir.is_dead.wait()
            await self._over(heir, {-signal.SIGKILL})
            self._alive = None
        elif heir.is_dead.is_set():
            self._blame([Violation("died by itself", f"status {heir.status}")])

    async def _met(self, chance: Random, sign: signal.Signals, *, drain_s: int = 0) -> Bot:
        """A bot that is up, or on its way up, when its moment comes."""
        moment = Moment.drawn(chance)
        identified = self._world.discord.gateway.identifies
        bot = await self._world.born(drain_s=drain_s)
        if moment.step is Step.SYNC or chance.random() < 0.1:
            self._arm(moment, bot, sign)
            if await self._world.is_ready(bot, identified):
                await self._act(chance, bot)
        elif await self._world.is_ready(bot, identified):
            await self._meets(chance, bot, sign, moment)
        return bot

    async def _meets(self, chance: Random, bot: Bot, sign: signal.Signals, moment: Moment | None = None) -> None:
        self._arm(moment or Moment.drawn(chance), bot, sign)
        await self._act(chance, bot)

    def _arm(self, moment: Moment, bot: Bot, sign: signal.Signals) -> None:
        self._world.moments[str(moment.step or "out of the blue")] += 1
        self._world.watch.arm(moment, lambda: bot.send(sign))

    async def _act(self, chance: Random, bot: Bot) -> None:
        """Members ask for a few things, in this round's weather."""
        self._world.weather(*chance.choice(WEATHERS), latency_s=chance.choice((0.0, 0.05, 0.3)))
        backlog = self._backlog()
        copying = asyncio.create_task(self._back_up()) if chance.random() < BACKUPS else None
        try:
            await self._ask(chance, bot, backlog)
        finally:
            if copying is not None:
                await copying

    async def _ask(self, chance: Random, bot: Bot, backlog: int) -> None:
        for _ in range(chance.randint(1, 6) if backlog < BACKLOG else 1):
            await self._world.members.act()
            await asyncio.sleep(chance.choice((0.0, 0.02, 0.15)))
            if chance.random() < 0.02:
                self._world.discord.gateway.cut()
            if bot.is_dead.is_set():
                return

    async def _back_up(self) -> None:
        """A copy that is made while bots work, and die over it, is whole, adds up, and holds no token."""
        database, copy = self._world.evidence().database, self._world.folder / f"backup-{self._round}"
        if not database.is_file():
            return
        try:
            await asyncio.to_thread(back_up, database, copy)
        except StoreBusy:  # it says so, and leaves no file
            return
        whole = replace(self._world.evidence(), database=copy)
        self._blame([Violation("backup", str(each)) for rule in OF_COPIES for each in judgement.judged(rule, whole)])
        copy.unlink()

    def _backlog(self) -> int:
        """How many requests have not ended."""
        evidence = self._world.evidence()
        return sum(not job.is_ended for job in evidence.jobs) if evidence.database.is_file() else 0

    async def _over(self, bot: Bot, expected: set[int]) -> None:
        self._outcome.kills += 1
        self._world.watch.disarm()
        if bot.status not in expected:
            self._blame([Violation("died by itself", f"status {bot.status}")])
        await self._world.settled()
        self._world.forget_dead_sessions()

    def _pass(self, seconds: float) -> None:
        """Time goes by for everybody."""
        if seconds:
            self._world.discord.clock.advance(seconds)
            self._world.hands.turn(seconds)

    # The judgement

    def _look(self) -> None:
        if self._world.evidence().database.is_file():
            self._blame(judgement.at_any_moment(self._world.evidence()))

    def _blame(self, violations: list[Violation]) -> None:
        where = f"round {self._round}"
        self._outcome.violations += [f"{where}: {each}" for each in violations]

    async def _ready(self, *, drain_s: int = 0) -> Bot:
        identified = self._world.discord.gateway.identifies
        bot = await self._world.born(drain_s=drain_s)
        if not await self._world.is_ready(bot, identified):
            self._blame([Violation("died by itself", f"status {bot.status}")])
        return bot

    async def _in_the_end(self) -> None:
        """A last bot may work in peace until nothing is left to do; then everything is looked at."""
        begun_s = time.monotonic()
        self._world.weather(0.0, 0.0, latency_s=0.0)
        bot = self._alive or await self._ready()
        await self._quiet()
        await self._goes_on()
        await self._quiet()  # what the last cards say is written down as well
        bot.send(signal.SIGTERM)
        await self._stopped(bot, 3)
        if bot.status != 0:
            self._blame([Violation("died by itself", f"status {bot.status} at the end")])
        self._blame(judgement.in_the_end(self._world.evidence()))
        self._outcome.quiet_s = time.monotonic() - begun_s

    async def _quiet(self) -> None:
        """Until nothing is left to do, or nobody would wait any longer."""
        limit_s = PLAIN_QUIET_S if self._plan.is_plain else QUIET_S
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._until_quiet()

    async def _until_quiet(self) -> None:
        while True:
            evidence = self._world.evidence()
            waiting = {job.user_id for job in evidence.jobs if job.waiting}
            for user_id in waiting:
                with suppress(TimeoutError):
                    await self._world.members.fetch(self._world.members.guest(user_id))
            if not waiting and all(job.is_ended and job.told for job in evidence.jobs):
                found = [violation for rule in rules_of_screens.RULES for violation in judgement.judged(rule, evidence)]
                if not found and not self._world.watch.in_flight:
                    return
            await asyncio.sleep(0.2)

    async def _goes_on(self) -> None:
        """After all that, a plain request of everybody is painted as ever."""
        members = self._world.members
        for guest in members.guests:
            try:
                await finished(await members.imagine(guest, channel="general"))
            except AssertionError as error:
                self._blame([Violation("does not go on", f"{guest.name}: {error}")])
