"""Keeps the stories: looks at every source again and again, and gives each fact to the request that it belongs to."""

import asyncio
import sqlite3
from collections import OrderedDict, deque

from sandbox.demo.stage import Stage
from sandbox.discord.gateway import Happening
from sandbox.page.behind.beginnings import Beginnings
from sandbox.page.behind.books import BalanceLook, Books, JobLook
from sandbox.page.behind.bot_log import BotLog, LogLine
from sandbox.page.behind.calls import Calls
from sandbox.page.behind.exchanges import Exchange, message_in, nonce_in, token_in, with_discord
from sandbox.page.behind.story import Life, Story, now_ms

STORIES_MAX = 50
OTHERS_MAX = 40

Rows = tuple[JobLook | None, BalanceLook | None, int | None]


class Chronicle:
    """`look` brings everything up to date and returns the stories that have changed.

    `others` is traffic of no request, and `ready_ms` when the bot last said that it is ready.
    """

    def __init__(self, stage: Stage) -> None:
        self.stories: OrderedDict[int, Story] = OrderedDict()
        self.others: deque[Exchange] = deque(maxlen=OTHERS_MAX)
        self._stage = stage
        self._beginnings = Beginnings(stage.discord)
        self._books = Books(stage.database, per_day=stage.per_day)
        self._log = BotLog(stage.log_file)
        self._records = 0
        self._calls = Calls(stage.images)
        self._messages: dict[int, int] = {}
        self.others_changed = False
        self.ready_ms = 0
        self._changed: set[int] = set()
        self._refresh: set[int] = set()
        self._states: dict[int, tuple[str, bool]] = {}

    async def look(self) -> list[Story]:
        """Never two at the same time."""
        self._changed, self.others_changed = set(self._refresh), False
        await self._take_from_disk()
        self._take_asked()  # once more: what is taken now may be of somebody who asked meanwhile
        self._take_requests()
        self._take_calls()
        self._see_what_time_did()
        return [self.stories[each] for each in self.stories if each in self._changed]

    def lived(self, life: Life) -> None:
        """Something happened to the bot as a whole: each request that is under way has it in its story."""
        now = now_ms()
        for story in self.stories.values():
            if story.lives_through(life, now):
                story.lives.append(life)
                self._refresh.add(story.id)

    def _see_what_time_did(self) -> None:
        """Some ends are silence: a request that nobody answers is told as such when its time is over."""
        now = now_ms()
        states = {story.id: (story.state(now), story.is_over(now)) for story in self.stories.values()}
        self._changed |= {each for each, state in states.items() if self._states.get(each) != state}
        self._states = states

    def _take_asked(self) -> None:
        for story in self._beginnings.fresh():
            self._begin(story)
        for event in self._beginnings.happenings():
            self._take_event(event)

    def _take_event(self, event: Happening) -> None:
        if event.what in ("IDENTIFY", "RESUME", "LOST"):
            words = {"IDENTIFY": "a new session begins", "RESUME": "the bot goes on with its session"}
            said = words.get(event.what, "the connection to the bot is gone")
            self.lived(Life(event.at_ms, f"gateway {event.what.lower()}", said))
            return
        if event.about not in self.stories and (story := self._beginnings.of_message(event)) is not None:
            self._begin(story)
        if (
            event.about is not None
            and event.about in self.stories
            and event.what in ("INTERACTION_CREATE", "MESSAGE_CREATE")
        ):
            self._of(event.about).events.append(event)

    def _begin(self, story: Story) -> None:
        self.stories[story.id] = story
        self._changed.add(story.id)
        while len(self.stories) > STORIES_MAX:
            self.stories.popitem(last=False)

    def _of(self, story_id: int) -> Story:
        """A story that something is added to."""
        self._changed.add(story_id)
        return self.stories[story_id]

    async def _take_from_disk(self) -> None:
        """The log and the rows, read on a thread: both are other people's files."""
        lines = await asyncio.to_thread(self._log.fresh)
        self._take_asked()
        now = now_ms()
        for line in lines:
            self._take_line(line)
        followed = {s.id for s in self.stories.values() if not s.is_over(now)} | self._refresh
        if lines or len(self._stage.discord.requests) > self._records:  # balances move without a request of one's own
            followed |= set({story.purse: story.id for story in self.stories.values()}.values())
        self._refresh = set()
        for story in [self.stories[each] for each in followed if each in self.stories]:
            await self._read(story)

    def _take_line(self, line: LogLine) -> None:
        if line.says("ready servers="):
            self.ready_ms = line.at_ms
        if line.about is not None and line.about in self.stories:
            self._of(line.about).lines.append(line)

    async def _read(self, story: Story) -> None:
        try:
            job, balance, of = await asyncio.to_thread(self._rows, story)
        except sqlite3.Error:  # not there yet, or busy: the next look finds it
            return
        if (job, of) != (story.job, story.of):
            story.job, story.of = job or story.job, of
            self._changed.add(story.id)
        for each in self.stories.values():  # it is the same for all that the member asked for there
            if each.purse == story.purse and each.balance != balance:
                each.balance = balance
                self._changed.add(each.id)
        if job is not None and job.prompt:
            story.words.add(job.prompt)
        for _, message_id in job.posts if job is not None else ():
            if message_id is not None:
                self._messages[message_id] = story.id

    def _rows(self, story: Story) -> Rows:
        guild = self._stage.discord.world.guilds.get(story.guild_id or 0)
        member = guild.members.get(story.person.id) if guild is not None else None
        roles = member.role_ids if member is not None else ()
        job = self._books.jobs([story.id]).get(story.id)
        key = self._beginnings.key_in(story.id) if story.kind == "button" and story.of is None else None
        of = self._books.job_of_key(key) if key is not None else story.of
        return job, self._books.balance(story.person.id, story.guild_id, roles), of

    def _take_requests(self) -> None:
        discord = self._stage.discord
        fresh = discord.requests[self._records :]
        self._records += len(fresh)
        for record in fresh:
            token = token_in(record.path)
            interaction = discord.interactions.by_token.get(token) if token is not None else None
            named = interaction.id if interaction is not None else nonce_in(record)
            story_id = named if named is not None else self._messages.get(message_in(record.path) or 0)
            exchange = with_discord(record)
            if story_id is not None and story_id in self.stories:
                self._of(story_id).exchanges.append(exchange)
            else:
                self._let_pass(exchange)

    def _take_calls(self) -> None:
        new, further = self._calls.look(self.stories.values())
        for exchange, story in new:
            if story is None:
                self._let_pass(exchange)
        for _, story in (*new, *further):
            if story is None:
                self.others_changed = True
            else:
                self._changed.add(story.id)

    def _let_pass(self, exchange: Exchange) -> None:
        self.others.append(exchange)
        self.others_changed = True
