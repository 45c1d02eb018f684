"""What one page shows, and what has become different since."""

from collections.abc import Hashable, Iterator

from sandbox.discord.message import Message
from sandbox.discord.messages import Notification
from sandbox.discord.server import FakeDiscord
from sandbox.discord.wire import Json
from sandbox.discord.world import Channel, Person
from sandbox.page.places import people, places, shape
from sandbox.page.uses import Uses

PAGE_MESSAGES = 50  # as many as the client fetches at a time


class Screen:
    """`dismissed` are private messages that their reader has waved away, in all pages of theirs."""

    def __init__(self, discord: FakeDiscord, uses: Uses, dismissed: set[int], person: Person) -> None:
        self.person = person
        self.channel: Channel | None = None
        self._discord = discord
        self._world = discord.world
        self._uses = uses
        self._dismissed = dismissed
        self._shown: dict[int, int] = {}  # message id → its versions so far
        self._oldest = 0
        self._pings = len(self._notifications())
        self._shape: Hashable = None
        self._readable: list[int] = []
        self._last: dict[int, int] = {}
        self._is_online: bool | None = None

    def ready(self, key: str) -> Json:
        return {
            "type": "ready",
            "key": key,
            "you": str(self.person.id),
            "bot": str(self._world.bot.id),
            "cdn": self._discord.base_url,
            "people": people(self._world),
        }

    def open(self, channel: Channel) -> Json:
        """The newest messages of a channel, oldest first; from now on its news are told."""
        self.channel = channel
        self._shown, self._oldest = {}, 0
        self._last[channel.id] = self._newest(channel.id)
        return self._earlier(None)

    def earlier(self, upto: int | None) -> Json | None:
        """The messages before those that are shown: a page of them, or all from the message `upto` on."""
        return None if self.channel is None else self._earlier(upto)

    def news(self) -> list[Json] | None:
        """All that the page does not show yet; None when it shows everything."""
        around = [*self._new_around()]  # first: a channel that may not be seen any more has no news
        found = [*self._new_messages(), *around, *self._new_pings()]
        return found or None

    def _earlier(self, upto: int | None) -> Json:
        assert self.channel is not None, "a channel is open"
        older = (each for each in self._newest_first(self.channel.id) if not self._oldest or each.id < self._oldest)
        found: list[Message] = []
        has_more = False
        for message in older:
            if len(found) >= PAGE_MESSAGES and (upto is None or message.id < upto):
                has_more = True
                break
            found.append(message)
        found.reverse()
        is_first = not self._oldest
        self._oldest = found[0].id if found else self._oldest
        self._shown |= {each.id: len(each.versions) for each in found}
        return {
            "type": "messages" if is_first else "earlier",
            "channel": str(self.channel.id),
            "messages": [self._render(each) for each in found],
            "more": has_more,
        }

    def _newest_first(self, channel_id: int) -> Iterator[Message]:
        """Of a channel, what this person may see and has not waved away."""
        for message in reversed(self._world.messages.get(channel_id, {}).values()):
            is_there = not message.deleted and message.id not in self._dismissed
            if is_there and message.only_for in (None, self.person.id):
                yield message

    def _new_messages(self) -> Iterator[Json]:
        if self.channel is None:
            return
        found: list[Json] = []
        now: dict[int, int] = {}
        for message in self._newest_first(self.channel.id):
            if message.id < self._oldest:
                break
            now[message.id] = len(message.versions)
            if self._shown.get(message.id) != now[message.id]:
                found.append({"type": "message", "channel": str(self.channel.id), "message": self._render(message)})
        for gone in self._shown.keys() - now.keys():
            yield {"type": "gone", "channel": str(self.channel.id), "message": str(gone)}
        self._shown = now
        yield from reversed(found)

    def _new_around(self) -> Iterator[Json]:
        now = shape(self._discord)
        if now != self._shape:
            is_first = self._shape is None
            self._shape = now
            shown = places(self._discord, self.person)
            self._readable = [int(each["id"]) for each in shown["channels"]]
            if is_first:  # what stood there before is no news
                self._last = {each: self._newest(each) for each in self._readable}
            if self.channel is not None and self.channel.id not in self._readable:
                self.channel = None
            yield shown
        is_online = bool(self._discord.gateway.connected())
        if is_online != self._is_online:
            self._is_online = is_online
            yield {"type": "presence", "online": is_online}
        for each in self._readable:
            newest = self._newest(each)
            if newest > self._last.get(each, 0):
                self._last[each] = newest
                if self.channel is None or each != self.channel.id:
                    yield {"type": "unread", "channel": str(each)}

    def _new_pings(self) -> Iterator[Json]:
        received = self._notifications()
        for ping in received[self._pings :]:
            message = ping.message
            yield {
                "type": "notified",
                "channel": str(message.channel_id),
                "message": str(message.id),
                "author": str(message.author_id),
                "reason": ping.reason,
            }
        self._pings = len(received)

    def _notifications(self) -> list[Notification]:
        return self._discord.messages.notifications.get(self.person.id, [])

    def _newest(self, channel_id: int) -> int:
        return next((each.id for each in self._newest_first(channel_id)), 0)

    def _render(self, message: Message) -> Json:
        """Discord's own payload, and which command made it, which Discord shows and its payload no longer says."""
        shown = self._discord.renderer.message(message)
        used = self._uses.command_of(message)
        return shown if used is None else shown | {"used": used}
