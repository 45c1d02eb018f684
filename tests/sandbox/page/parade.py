"""A bot by hand that posts a message of every kind, and answers every press: what Easel itself does not use, too."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from PIL import Image

from sandbox.discord.asked import Asked
from sandbox.discord.interactions import CallbackType, Interaction, InteractionType
from sandbox.discord.server import FakeDiscord
from sandbox.discord.session import Intent
from tests.sandbox.discord.by_hand import COMMANDS, Rest

ROW, BUTTON, STRING_SELECT, TEXT_INPUT, USER_SELECT, LABEL = 1, 2, 3, 4, 5, 18
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER = 9, 10, 11, 12, 13, 14, 17
V2, PRIVATE = 1 << 15, 1 << 6
THOUGHT_S = 0.5
COLOURS = [
    {"label": each.title(), "value": each, "description": f"as {each} as can be"} for each in ("red", "green", "blue")
]
REASON = {"type": TEXT_INPUT, "custom_id": "reason", "style": 2, "min_length": 3, "max_length": 200, "required": True}
MODAL = {
    "custom_id": "why",
    "title": "Why?",
    "components": [
        {"type": LABEL, "label": "Reason", "description": "In your own words", "component": REASON},
        {
            "type": LABEL,
            "label": "Colour",
            "component": {"type": STRING_SELECT, "custom_id": "colour", "options": COLOURS, "required": False},
        },
    ],
}
WORDS = """\
# A heading
**bold** *italic* __underlined__ ~~struck~~ `code` ||hidden words|| ***both*** snake_case 2 * 3 \\*not italic\\*
> quoted
- one
- two
  - below
1. first
-# small print
```py
print("<b>no markup</b>")
```
<t:1700000000:R> <t:1700000000:D> https://example.com/a_b_c). [a link](https://example.com)"""
HOSTILE = """\
<script>document.title = "owned"</script><img src=x onerror="document.title='owned'">
[click](javascript:document.title='owned') <https://example.com/"onmouseover="x> @everyone <@&1> <@1>"""
TRICK = "<img src=x onerror=alert(1)>**@everyone**\u202egnp"
"""Markup, a ping, and a mark that turns round all that follows; as long as a form's title may be."""
TRICKS = f"{HOSTILE} {TRICK} \u2066\u202e"
TRICK_MODAL = {
    "custom_id": "tricked",
    "title": TRICK,
    "components": [
        {
            "type": LABEL,
            "label": TRICK,
            "description": TRICK * 2,
            "component": {**REASON, "placeholder": TRICK * 2, "max_length": 4000, "required": False},
        },
        {"type": TEXT, "content": TRICKS},
    ],
}
PRESSED: dict[str, tuple[CallbackType, dict[str, Any]]] = {
    "private": (CallbackType.MESSAGE, {"content": "for you alone", "flags": PRIVATE}),
    "public": (CallbackType.MESSAGE, {"content": "for everybody"}),
    "update": (CallbackType.UPDATE, {"content": "pressed, and changed"}),
    "later": (CallbackType.DEFER_UPDATE, {}),
    "modal": (CallbackType.MODAL, MODAL),
    "thinking": (CallbackType.DEFER_MESSAGE, {"flags": PRIVATE}),
    "tricks": (CallbackType.MODAL, TRICK_MODAL),
}


def picture(colour: str, width_px: int = 96, height_px: int = 64) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width_px, height_px), colour).save(file, "PNG")
    return file.getvalue()


class Parade:
    """`post` one message of each kind into #general. Presses are answered by their custom id; «silent» is not.

    While it is `mute`, nothing is.
    """

    def __init__(self, server: FakeDiscord, rest: Rest) -> None:
        self.rest = rest
        self.mute = False
        self._server = server

    async def post(self) -> None:
        people = {each.name: each.id for each in self._server.world.people.values()}
        await self._say({"content": WORDS + f" <@{people['Ada']}> <#{self._server.channel('no-uploads').id}>"})
        await self._say({"content": HOSTILE, "allowed_mentions": {"parse": []}})
        for count in range(1, 11):
            await self.gallery(count)
        await self._say(
            {"content": "covered", "attachments": [{"id": 0, "description": "a red square"}, {"id": 1}]},
            [("SPOILER_red.png", picture("red")), ("notes.txt", b"no picture")],
        )
        await self.buttons("buttons")
        one = {"type": STRING_SELECT, "custom_id": "one", "placeholder": "One colour", "options": COLOURS}
        many = one | {"custom_id": "many", "placeholder": "Colours", "min_values": 1, "max_values": 2}
        who = {"type": USER_SELECT, "custom_id": "who", "placeholder": "Somebody"}
        await self._say({"content": "selects", "components": [_row(one), _row(many), _row(who)]})
        await self._say(
            {
                "content": "an embed",
                "embeds": [
                    {
                        "title": "A *title*",
                        "description": "words **in** it",
                        "color": 0xC4622D,
                        "fields": [{"name": "a", "value": "1", "inline": True}, {"name": "b", "value": "2"}],
                        "image": {"url": "attachment://e.png"},
                        "footer": {"text": "below"},
                    }
                ],
            },
            [("e.png", picture("teal", 300, 120))],
        )
        await self._say({"flags": V2, "components": _layout()}, [("v.png", picture("purple")), ("v.txt", b"words")])

    async def buttons(self, content: str) -> None:
        """One for each answer that a press can have, one without any, one that leads away, one that is off."""
        buttons = [
            {"type": BUTTON, "style": 1 + number % 4, "label": name, "custom_id": name}
            for number, name in enumerate([*PRESSED, "silent"])
            if name != "tricks"
        ]
        link = {"type": BUTTON, "style": 5, "label": "Away", "url": "https://example.com"}
        off = {"type": BUTTON, "style": 2, "label": "off", "custom_id": "off", "disabled": True}
        await self._say({"content": content, "components": [_row(*buttons[:5]), _row(*buttons[5:], link, off)]})

    async def gallery(self, count: int) -> None:
        files = [(f"{number}.png", picture(f"hsl({number * 36}, 60%, 45%)")) for number in range(count)]
        alt = [{"id": number, "description": f"square {number + 1}"} for number in range(count)]
        await self._say({"content": f"{count} pictures", "attachments": alt}, files)

    async def tricks(self) -> None:
        """Every place for a bot's words, with words in it that would rather be something else; 6,000 in one embed."""
        field = {"name": TRICK, "value": TRICKS[:1024], "inline": True}
        embed = {
            "title": TRICK * 3 + "w" * 100,
            "description": TRICKS,
            "author": {"name": TRICK * 3},
            "fields": [field, field, {"name": "w" * 200, "value": "v" * 1000}],
            "footer": {"text": TRICK * 3},
        }
        embed["description"] = f"{TRICKS}{'x' * (6_000 - _letters(embed))}"
        button = {"type": BUTTON, "style": 2, "label": TRICK, "custom_id": "tricks"}
        options = [{"label": TRICK * 2, "value": f"{each}", "description": TRICK * 2} for each in range(3)]
        select = {"type": STRING_SELECT, "custom_id": "trick", "placeholder": TRICK * 3, "options": options}
        many = {**select, "custom_id": "trick 2", "max_values": 2}
        payload = {
            "content": f"tricks {'y' * 1500}",
            "embeds": [embed],
            "components": [_row(button), _row(select), _row(many)],
        }
        files = [(f"{TRICK}{'z' * 100}.exe", b"MZ"), (f"{TRICK}.png", picture("olive"))]
        await self._say(payload | {"attachments": [{"id": 0}, {"id": 1, "description": TRICKS}]}, files)

    async def answer_forever(self) -> None:
        """What a bot does: an answer to whatever is asked."""
        done: set[str] = set()
        while True:
            fresh = [each for each in self._server.interactions.by_token.values() if each.token not in done]
            for interaction in fresh:
                done.add(interaction.token)
                await self._answer(interaction)
            await asyncio.sleep(0.02)

    async def _answer(self, interaction: Interaction) -> None:
        if self.mute:
            return
        asked = Asked(interaction, self._server.clock, self._server.changes)
        name = str(interaction.data.get("custom_id") or interaction.data.get("name"))
        kind, data = PRESSED.get(
            name, (CallbackType.MESSAGE, {"content": f"{interaction.data}"[:1900], "flags": PRIVATE})
        )
        if interaction.type is InteractionType.AUTOCOMPLETE:
            kind = CallbackType.AUTOCOMPLETE
            names = [*(f"Model {each}" for each in ("ash", "birch", "cedar")), TRICK * 2]
            data = {"choices": [{"name": each, "value": each} for each in names]}
        if name not in ("silent", "rule"):
            await self.rest.answer(asked, int(kind), data)
        if kind is CallbackType.DEFER_MESSAGE:
            await asyncio.sleep(THOUGHT_S)
            await self.rest.by_token("PATCH", asked, payload={"content": "a thought"})

    async def _say(self, payload: dict[str, Any], files: list[tuple[str, bytes]] | None = None) -> None:
        status, told = await self.rest.post("general", payload, files or [])
        while status == 429:  # nobody has to wait for it
            self._server.clock.advance(told["retry_after"])
            status, told = await self.rest.post("general", payload, files or [])
        assert status == 200, told


@asynccontextmanager
async def parading(server: FakeDiscord) -> AsyncIterator[Parade]:
    """With its commands registered and a gateway session, so that it counts as online."""
    url = f"{server.gateway_url}?v=10&encoding=json"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        await socket.receive()
        identify = {"token": server.bot_token, "intents": int(Intent.GUILDS), "properties": {}}
        await socket.send_json({"op": 2, "d": identify})
        await socket.receive()
        rest = Rest(server, session)
        await rest.commands(*COMMANDS)
        parade = Parade(server, rest)
        answering = asyncio.create_task(parade.answer_forever())
        try:
            yield parade
        finally:
            answering.cancel()


def _letters(embed: dict[str, Any]) -> int:
    """As Discord counts them."""
    fields = sum(len(each["name"]) + len(each["value"]) for each in embed["fields"])
    words = [embed["title"], embed["description"], embed["author"]["name"], embed["footer"]["text"]]
    return fields + sum(map(len, words))


def _row(*components: dict[str, Any]) -> dict[str, Any]:
    return {"type": ROW, "components": list(components)}


def _layout() -> list[dict[str, Any]]:
    media = {"media": {"url": "attachment://v.png"}, "description": "a purple square"}
    button = {"type": BUTTON, "style": 2, "label": "beside", "custom_id": "beside"}
    inside = [
        {"type": TEXT, "content": "## In a container"},
        {
            "type": SECTION,
            "components": [{"type": TEXT, "content": "with a thumbnail"}],
            "accessory": {"type": THUMBNAIL, **media},
        },
        {"type": SEPARATOR},
        {"type": SECTION, "components": [{"type": TEXT, "content": "with a button"}], "accessory": button},
        {"type": GALLERY, "items": [media, media | {"spoiler": True}]},
        {"type": FILE, "file": {"url": "attachment://v.txt"}},
    ]
    hidden = {"type": CONTAINER, "spoiler": True, "components": [{"type": TEXT, "content": "nobody saw this coming"}]}
    return [{"type": CONTAINER, "accent_color": 0x8844AA, "components": inside}, hidden]
