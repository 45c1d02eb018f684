"""What a person does at their page, passed on to the keyboard of a guest; and what came of it, told to the page."""

import asyncio
import logging
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

from sandbox.discord.asked import Asked
from sandbox.discord.interactions import FIRST_ANSWER_MS, CallbackType, InteractionType
from sandbox.discord.keyboard import Keyboard, Upload
from sandbox.discord.permissions import Permission
from sandbox.discord.seen import ClientRefused, SeenMessage
from sandbox.discord.server import FakeDiscord
from sandbox.discord.wire import Json
from sandbox.discord.world import Channel
from sandbox.guest import Guest
from sandbox.page.places import everybody
from sandbox.page.screen import Screen
from sandbox.page.session import Session
from sandbox.page.typed import typed_options
from sandbox.page.uses import Uses

log = logging.getLogger(__name__)

NO_ANSWER = "The application did not respond"
FAILED = {
    InteractionType.COMMAND: NO_ANSWER,
    InteractionType.AUTOCOMPLETE: "Loading options failed",
    InteractionType.COMPONENT: "This interaction failed",
    InteractionType.MODAL: "Something went wrong. Try again.",
}
GRACE_S = 0.05  # the deadline is in whole milliseconds of a clock that may have been put forward
PATIENCE_S = FIRST_ANSWER_MS / 1000 + GRACE_S
NOT_UNDERSTOOD = "The page said something that nobody understands here. Reload it."
MODALS_MAX = 20
LONG_S = 365 * 24 * 60 * 60.0


class Desk:
    """One tab. `hear` is given its messages one after the other; what takes time goes on in tasks of its own."""

    def __init__(self, discord: FakeDiscord, session: Session, uses: Uses, dismissed: set[int]) -> None:
        self._discord = discord
        self._world = discord.world
        self._session = session
        self._uses = uses
        self._dismissed = dismissed
        self._tasks: set[asyncio.Task[None]] = set()
        self._modals: dict[str, Asked] = {}
        self._handlers: dict[str, Callable[[Json], Coroutine[Any, Any, None]]] = {
            "be": self._be,
            "open": self._open,
            "earlier": self._earlier,
            "slash": self._slash,
            "complete": self._complete,
            "menu": self._menu,
            "click": self._click,
            "choose": self._choose,
            "submit": self._submit,
            "say": self._say,
            "reply": self._reply,
            "delete": self._delete,
            "dismiss": self._dismiss,
        }
        self._sit_down()

    def _sit_down(self) -> None:
        self._guest = Guest(self._discord, self._session.person)
        self._screen = Screen(self._discord, self._uses, self._dismissed, self._session.person)

    def greet(self) -> None:
        """Say who sits there and what is to be seen."""
        self._session.send(self._screen.ready(self._session.key))
        self._tell_news()

    async def watch(self) -> None:
        """Tell the page what has changed, as it changes, for as long as it is open."""
        while True:
            for message in await self._discord.changes.until(self._screen_news, LONG_S):
                self._session.send(message)

    def _screen_news(self) -> list[Json] | None:
        return self._screen.news()  # looked up anew: another person may have sat down

    def _tell_news(self) -> None:
        for message in self._screen.news() or []:
            self._session.send(message)

    async def hear(self, message: Json) -> None:
        """Do what the page asks for; what the client would not allow is told in words."""
        handler = self._handlers.get(str(message.get("type")))
        if handler is None:
            self.refuse(message, NOT_UNDERSTOOD)
        else:
            await self.answer(message, handler(message))

    async def answer(self, message: Json, doing: Coroutine[Any, Any, None]) -> None:
        """See something through that a message asked for; whatever fails is said, and the page goes on."""
        try:
            await doing
        except ClientRefused as error:
            self.refuse(message, str(error))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            log.warning(
                "not understood type=%.40r error=%.60r in=%s line=%s", message["type"], error, where.name, where.lineno
            )
            self.refuse(message, NOT_UNDERSTOOD)

    def refuse(self, message: Json, words: str) -> None:
        self._session.send({"type": "refused", "ask": message.get("ask"), "words": words})

    def go_on(self, doing: Coroutine[Any, Any, None]) -> None:
        """Beside whatever the page says next."""
        task = asyncio.create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def leave(self) -> None:
        """The page is gone: nobody waits for anything any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # Who and where

    async def _be(self, message: Json) -> None:
        wanted = int(message["person"])
        person = next((each for each in everybody(self._world) if each.id == wanted), None)
        if person is None:
            raise ClientRefused("there is no such person")
        self._session.person, self._session.channel = person, None
        self._modals.clear()
        self._sit_down()
        self.greet()

    async def _open(self, message: Json) -> None:
        channel = self._channel(message)
        self._session.channel = channel
        self._session.send(self._screen.open(channel))

    async def _earlier(self, message: Json) -> None:
        upto = message.get("upto")
        shown = self._screen.earlier(None if upto is None else int(upto))
        if shown is not None:
            self._session.send(shown)

    # Asking the bot

    async def _slash(self, message: Json) -> None:
        channel = self._channel(message)
        values = typed_options(self._discord, self._session, channel, message)
        asked = await self._guest.slash(message["command"], channel=channel, options=values)
        self._session.forget([str(each) for each in message["options"].values()])
        self._follow(message, asked)

    async def _complete(self, message: Json) -> None:
        self.go_on(self.answer(message, self._offer(message)))

    async def _offer(self, message: Json) -> None:
        """What is no option yet is left out, as in the client: half a number, a file that is not chosen."""
        channel = self._channel(message)
        field, written = message["field"], message["text"]
        values = typed_options(self._discord, self._session, channel, message, is_whole=False)
        values.pop(field, None)
        try:
            found = await self._guest.autocomplete(
                message["command"],
                field=field,
                typed=written,
                channel=channel,
                timeout_s=PATIENCE_S,
                options=values,
            )
        except TimeoutError:
            self._tell(message, "failed", words=FAILED[InteractionType.AUTOCOMPLETE])
        else:
            self._tell(message, "choices", choices=found)

    async def _menu(self, message: Json) -> None:
        if "person" in message:
            target: SeenMessage | Guest = self._person(message)
            channel = self._channel(message)
            asked = await self._guest.menu(message["command"], target, channel=channel)
        else:
            asked = await self._guest.menu(message["command"], self._message(message))
        self._follow(message, asked)

    async def _click(self, message: Json) -> None:
        self._follow(message, await self._guest.click(self._message(message), message["control"]))

    async def _choose(self, message: Json) -> None:
        values = [str(each) for each in message["values"]]
        self._follow(message, await self._guest.choose(self._message(message), message["control"], *values))

    async def _submit(self, message: Json) -> None:
        opener = self._modals.get(str(message["of"]))
        if opener is None:
            raise ClientRefused(FAILED[InteractionType.MODAL])
        asked = await self._guest.modal(opener, dict(message["values"]))
        self._follow(message, asked)

    # Writing

    async def _say(self, message: Json) -> None:
        uploads = self._uploads(message)
        said = await self._guest.say(message["text"], channel=self._channel(message), uploads=uploads)
        self._said(message, said)

    async def _reply(self, message: Json) -> None:
        ping, uploads = bool(message.get("ping", True)), self._uploads(message)
        said = await self._guest.reply(self._message(message), message["text"], ping=ping, uploads=uploads)
        self._said(message, said)

    def _uploads(self, message: Json) -> list[Upload]:
        return [self._session.upload(str(each)) for each in message.get("uploads", [])]

    def _said(self, message: Json, said: SeenMessage) -> None:
        self._session.forget([str(each) for each in message.get("uploads", [])])
        self._session.send({"type": "said", "ask": message.get("ask"), "message": str(said.id)})

    async def _delete(self, message: Json) -> None:
        await self._guest.delete(self._message(message))

    async def _dismiss(self, message: Json) -> None:
        """Only a private message goes this way, and only from its reader's screen: the bot is not told."""
        wanted = self._message(message)
        stored = self._world.find_message(wanted.channel_id, wanted.id)
        if stored is None or stored.only_for != self._session.person.id:
            raise ClientRefused("only private messages can be dismissed")
        self._dismissed.add(stored.id)
        self._discord.changes.happened()

    # What came of it

    def _follow(self, message: Json, asked: Asked) -> None:
        self._tell(message, "pending")
        self.go_on(self.answer(message, self._until_answered(message, asked)))

    async def _until_answered(self, message: Json, asked: Asked) -> None:
        try:
            kind = await asked.acknowledged(PATIENCE_S)
        except TimeoutError:
            self._tell(message, "failed", words=FAILED[asked.interaction.type])
            return
        if kind is CallbackType.MODAL:
            ask = str(message["ask"])
            self._modals[ask] = asked
            while len(self._modals) > MODALS_MAX:
                del self._modals[next(iter(self._modals))]
            self._tell(message, "modal", modal=await asked.modal())
        else:
            self._tell_news()  # the answer itself, before it is said that there is one
            original = asked.interaction.original
            self._tell(message, "answered", message=None if original is None else str(original.id))

    def _tell(self, request: Json, state: str, **more: object) -> None:
        self._session.send({"type": "asked", "ask": request.get("ask"), "state": state, **more})

    def _channel(self, message: Json) -> Channel:
        """A channel that the person sees. Raises ClientRefused."""
        channel = self._world.find_channel(int(message["channel"]))
        if channel is None:
            raise ClientRefused("that channel is gone")
        Keyboard(self._discord, self._session.person).need(channel, Permission.VIEW_CHANNEL)
        return channel

    def _message(self, message: Json) -> SeenMessage:
        """The message of that id in that channel; whether it is there and may be seen, the keyboard checks."""
        return SeenMessage({"id": str(message["message"]), "channel_id": str(message["channel"])})

    def _person(self, message: Json) -> Guest:
        person = self._world.people.get(int(message["person"]))
        if person is None:
            raise ClientRefused("there is no such person")
        return Guest(self._discord, person)
