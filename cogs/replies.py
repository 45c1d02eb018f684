"""A reply to one of the bot's pictures: variations of it."""

import re
from dataclasses import dataclass, replace

import discord
from discord.ext import commands

from bot.client import ImageBot
from bot.delivery.arrivals import arrival_of_reply
from bot.delivery.doors import ReplyDoor
from bot.delivery.line import Line
from bot.errors import InvalidRequest
from bot.request import ImageRequest, Source
from bot.studio import Studio

_MENTION = re.compile(r"<@!?(?P<id>\d+)>[\s,:]*")
_VERB = re.compile(r"(?:vary|variations?)\b[\s,:]*", re.IGNORECASE)
_MORE = re.compile(r"(?:more|again)[\s,:.!]*(?P<count>\d{1,3})?[\s.!]*", re.IGNORECASE)
_COUNT = re.compile(r"(?P<count>\d{1,3})(?=[\s,!]|$)[\s,!]*")
_PICTURE = re.compile(r"#(?P<number>\d{1,2})(?=[\s,!]|$)[\s,!]*")

HIDDEN = (
    "I cannot see the picture there: Discord shows me other people's pictures only through the menu. "
    "Open the message's menu and choose Apps → Vary image."
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a reply asks for: how many variations, of which picture of the message (from 1), with which directions."""

    count: int = 1
    picture: int = 1
    directions: str = ""


def read(text: str, *, bot_id: int) -> Wish | None:
    """The wish in a reply's words, or None when it is just conversation.

    A wish begins with «vary» or «variations», or with a mention of the bot, or is «more» or «again», alone or with a
    number: `vary`, `vary 3`, `vary #2 at night`, `@Easel in winter`, `more 2`.
    """
    mention = _MENTION.match(text)
    is_called = mention is not None and int(mention["id"]) == bot_id
    rest = text[mention.end() :] if mention and is_called else text.lstrip()
    if more := _MORE.fullmatch(rest.strip()):
        return Wish(count=int(more["count"] or 1))
    verb = _VERB.match(rest)
    if verb is None and not is_called:
        return None
    rest = rest[verb.end() :] if verb else rest
    wish, is_more = Wish(), True
    while is_more:  # `3 #2` and `#2 3` are the same wish
        picture = _PICTURE.match(rest)
        count = _COUNT.match(rest) if verb and wish.count == 1 else None
        if picture:
            wish, rest = replace(wish, picture=int(picture["number"])), rest[picture.end() :]
        elif count:
            wish, rest = replace(wish, count=int(count["count"])), rest[count.end() :]
        is_more = bool(picture or count)
    return replace(wish, directions=rest.strip())


class Replies(commands.Cog):
    def __init__(self, bot: ImageBot, studio: Studio, line: Line) -> None:
        self._bot = bot
        self._studio = studio
        self._line = line

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        me = self._bot.user
        original = message.reference.resolved if message.reference else None
        if message.author.bot or original is None or me is None:
            return
        wish = read(message.content, bot_id=me.id)
        is_mine = isinstance(original, discord.Message) and original.author.id == me.id
        # People talk about varying things to each other, too: elsewhere only a mention calls.
        if wish is None or not (is_mine or _MENTION.match(message.content)):
            return
        try:
            request = ImageRequest.vary(_picture(original, wish.picture), prompt=wish.directions, count=wish.count)
            await self._studio.accept(request, arrival_of_reply(message), ReplyDoor(message, self._line))
        except Exception as error:  # noqa: BLE001 -- the place where failures become words takes all of them
            await self._bot.tell_in_channel(message, error)


def _picture(original: discord.Message | discord.DeletedReferencedMessage, number: int) -> Source:
    if isinstance(original, discord.DeletedReferencedMessage):
        raise InvalidRequest("That message has been deleted, so I cannot see its picture.")
    if not original.attachments:
        raise InvalidRequest(HIDDEN)
    if not 1 <= number <= len(original.attachments):
        raise InvalidRequest(f"That message has {len(original.attachments)} pictures, so there is no #{number}.")
    return Source(url=original.attachments[number - 1].url)


async def setup(bot: ImageBot) -> None:
    await bot.add_cog(Replies(bot, bot.rooms.studio, bot.rooms.line))
