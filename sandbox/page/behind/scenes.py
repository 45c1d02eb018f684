"""Behind the scenes, for every page that is open: what became of requests, the switches, and the bot's life."""

import asyncio
import signal
from contextlib import suppress
from typing import Self

from sandbox.demo.stage import Stage
from sandbox.discord.seen import ClientRefused
from sandbox.discord.wire import Json
from sandbox.page.behind.chronicle import Chronicle
from sandbox.page.behind.steps import steps_of
from sandbox.page.behind.story import Life, Story, now_ms
from sandbox.page.behind.switchboard import Switchboard
from sandbox.page.session import Session

LOOK_AGAIN_S = 0.1
LINES_SHOWN = 60
EXCHANGES_SHOWN = 120


class BehindTheScenes:
    """Hears what the drawers say and tells them what happens. Use it as `async with`, while the stage stands.

    A page hears of nothing until it has opened its drawer. What a page does here it does to all of them.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._chronicle = Chronicle(stage)
        self._switchboard = Switchboard(stage.discord, stage.images)
        self._watching: set[Session] = set()
        self._starting = asyncio.Lock()
        self._told_bot: Json = {}
        self._said_ended = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._look_on())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._switchboard.all_off()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def hears(self, session: Session, message: Json) -> None:
        """Raises ClientRefused for what there is not."""
        match message:
            case {"type": "behind.open"}:
                self._watching.add(session)
                session.send(self._everything())
            case {"type": "behind.close"}:
                self._watching.discard(session)
            case {"type": "behind.switch", "name": str(name), "on": bool(on)}:
                self._switchboard.turn(name, on=on)
                self._tell({"type": "behind.switches", "switches": self._switchboard.shown()})
            case {"type": "behind.kill"}:
                await self._kill_and_start()
            case {"type": "behind.start"}:
                await self._start()
            case _:
                raise ClientRefused("that is nothing to say behind the scenes")

    def detach(self, session: Session) -> None:
        self._watching.discard(session)

    # The bot's life

    async def _kill_and_start(self) -> None:
        if self._starting.locked():
            raise ClientRefused("the bot is just being killed and started again")
        async with self._starting:
            bot = self._stage.bot
            if bot.exit_status is None:
                pid, at_ms = bot.pid, now_ms()
                await bot.kill()
                self._chronicle.lived(Life(at_ms, "killed", f"process {pid} was killed with SIGKILL"))
            await self._start_now()

    async def _start(self) -> None:
        async with self._starting:
            if self._stage.bot.exit_status is not None:
                await self._start_now()

    async def _start_now(self) -> None:
        await self._stage.bot.start()
        self._said_ended = False
        self._lived("started", f"process {self._stage.bot.pid} was started")
        self._tell_of_bot()

    def _lived(self, what: str, words: str) -> None:
        self._chronicle.lived(Life(now_ms(), what, words))

    def _bot(self) -> Json:
        bot, gateway = self._stage.bot, self._stage.discord.gateway
        status = bot.exit_status
        state = "ended" if status is not None else "connected" if gateway.connected() else "starting"
        if state == "starting" and self._chronicle.ready_ms >= bot.started_ms:
            state = "cut off"
        return {"state": state, "pid": bot.pid, "since": bot.started_ms, "ended": _ended(status)}

    def _tell_of_bot(self) -> None:
        bot = self._bot()
        if bot != self._told_bot:
            self._told_bot = bot
            self._tell({"type": "behind.bot", "bot": bot})

    # Telling

    async def _look_on(self) -> None:
        while True:
            self._see_whether_it_ended()
            for story in await self._chronicle.look():
                self._tell({"type": "behind.request", "request": self._shown(story)})
            if self._chronicle.others_changed:
                self._tell(self._others())
            self._tell_of_bot()
            await asyncio.sleep(LOOK_AGAIN_S)

    def _see_whether_it_ended(self) -> None:
        """By itself, that is: who kills it says so."""
        status = self._stage.bot.exit_status
        if status is not None and not self._said_ended and not self._starting.locked():
            self._said_ended = True
            self._lived("ended", f"process {self._stage.bot.pid} has ended by itself, {_ended(status)}")

    def _everything(self) -> Json:
        return {
            "type": "behind.state",
            "requests": [self._shown(story) for story in self._chronicle.stories.values()],
            "others": self._others()["others"],
            "switches": self._switchboard.shown(),
            "bot": self._bot(),
        }

    def _others(self) -> Json:
        return {"type": "behind.others", "others": [each.shown() for each in self._chronicle.others]}

    def _shown(self, story: Story) -> Json:
        now = now_ms()
        return {
            "id": str(story.id),
            "kind": story.kind,
            "title": story.title,
            "person": {"id": str(story.person.id), "name": story.person.name},
            "place": story.place,
            "at": story.asked_ms,
            "of": None if story.of is None else str(story.of),
            "job": story.job is not None,
            "state": story.state(now),
            "over": story.is_over(now),
            "steps": [step.shown() for step in steps_of(story)],
            "exchanges": _exchanges(story),
            "log": [{"at": line.at_ms, "level": line.level, "text": line.text} for line in story.lines[-LINES_SHOWN:]],
            "balance": None if story.balance is None else story.balance.shown(),
        }

    def _tell(self, message: Json) -> None:
        for session in list(self._watching):
            session.send(message)


def _exchanges(story: Story) -> list[Json]:
    newest = sorted(story.exchanges, key=lambda each: each.at_ms)[-EXCHANGES_SHOWN:]
    return [each.shown() | {"cut": story.is_cut(each)} for each in newest]


def _ended(status: int | None) -> str | None:
    """How a process ended, in words."""
    if status is None:
        return None
    return f"by {signal.Signals(-status).name}" if status < 0 else f"with exit status {status}"
