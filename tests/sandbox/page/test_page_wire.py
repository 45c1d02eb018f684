"""The page's wire without Easel: who may talk, what is refused, what is told, and messages of every kind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from sandbox.discord.permissions import Permission
from sandbox.discord.server import FakeDiscord
from sandbox.guest import Upload
from sandbox.page.server import PageServer
from sandbox.page.session import Session
from tests.sandbox.page.parade import Parade
from tests.sandbox.page.tab import LIMIT_S, Json, at, opened_tab, press
from tests.scene import Scene

MEGABYTE = 1024 * 1024
LOADING = 1 << 7


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil:80", "192.168.1.2", ""])
async def test_a_foreign_name_for_this_machine_gets_nothing(plain_page: PageServer, host: str) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("", "static/app.js", "live"):
            async with session.get(f"{plain_page.url}{path}", headers={"Host": host}) as response:
                assert response.status == 403
                assert "script" not in await response.text()


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://{host}", "http://localhost:1", None])
async def test_another_page_cannot_open_the_live_connection(plain_page: PageServer, origin: str | None) -> None:
    host = plain_page.url.removeprefix("http://").removesuffix("/")
    named = None if origin is None else origin.format(host=host)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await session.ws_connect(f"{plain_page.url}live", origin=named)
    assert plain_page.sessions == []


async def test_another_page_cannot_send_files(plain_page: PageServer) -> None:
    async with opened_tab(plain_page) as tab, aiohttp.ClientSession() as session:
        query = {"key": tab.ready["key"], "channel": tab.channel("general"), "name": "x"}
        for headers in ({"Origin": "http://evil.example"}, {}):
            async with session.post(f"{plain_page.url}upload", params=query, data=b"x", headers=headers) as response:
                assert response.status == 403
        status, told = await tab.upload("x.png", b"x", key="guessed")
        assert status == 403
        assert "upload" not in told


async def test_every_answer_forbids_scripts_from_elsewhere(plain_page: PageServer, discord: FakeDiscord) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("", "static/app.js", "static/app.css", "nothing", "static/../server.py"):
            async with session.get(f"{plain_page.url}{path}") as response:
                policy = response.headers["Content-Security-Policy"]
                assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
                assert f"img-src 'self' {discord.base_url} blob:" in policy
                assert "unsafe" not in policy
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                assert response.headers["Cache-Control"] == "no-store"
        async with session.get(plain_page.url) as response:
            shown = await response.text()
    assert "style=" not in shown
    assert "onclick" not in shown
    assert "http" not in shown, "nothing from elsewhere"


async def test_nonsense_is_refused_in_words_and_the_page_goes_on(plain_page: PageServer) -> None:
    async with opened_tab(plain_page) as tab:
        for text in ("", "no json", "[]", '"x"', "{}", '{"type": 1}'):
            await tab.raw(text)
        for nonsense in (
            {"type": "fly"},
            {"type": "open"},
            {"type": "open", "channel": "x"},
            {"type": "open", "channel": "1"},
            {"type": "say", "channel": tab.channel("general"), "text": 5},
            {"type": "slash", "channel": tab.channel("general"), "command": "nothing here", "options": {}},
            {"type": "slash", "channel": tab.channel("general"), "command": "", "options": {}},
            {"type": "click", "channel": "1", "message": "2", "control": "x"},
            {"type": "submit", "of": "7", "values": {}},
            {"type": "be", "person": tab.ready["bot"]},
        ):
            kind = str(nonsense.pop("type"))
            assert (await tab.ask(kind, **nonsense))["type"] == "refused", (kind, nonsense)

        said = await tab.ask("say", channel=tab.channel("general"), text="still here")

        assert said["type"] == "said"


ODD: tuple[object, ...] = (
    *(None, True, -1, 1 << 62, 1e308, "", "x", "\n\x1b[2J\u202e", "9" * 5_000, "x" * 6_000, [], ["x"], [[]], {}),
    {"x": {"y": None}},
)
FIELDS = ("channel", "message", "command", "options", "field", "text", "control", "values", "of", "uploads", "person")
KINDS = ("be", "open", "earlier", "slash", "complete", "menu", "click", "choose", "submit", "say", "reply", "delete")


@pytest.mark.parametrize("kind", [*KINDS, "dismiss", "behind.open", "behind.switch", "fly\n\x1b[2J" * 1_000])
async def test_nonsense_is_one_line_of_the_log_at_most(
    page: PageServer, scene: Scene, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    """The real bot listens: what a page says reaches no further than its own refusal."""
    asked = len(scene.discord.interactions.by_token)
    async with opened_tab(page) as tab:
        good: dict[str, object] = {
            **dict.fromkeys(("channel", "message"), tab.channel("general")),
            "command": "imagine",
            "field": "model",
            "options": {"prompt": 5},
            "values": {},
            "of": "1",
        }
        for frame in ("", "no json", "[" * 100_000, '"x"', '{"type": []}', '{"type": "say", "ask": 1e999}', "\ud7ff"):
            await tab.raw(frame)
        for odd in ODD:
            await tab.say(kind, **dict.fromkeys(FIELDS, odd))
            for name in FIELDS:
                await tab.say(kind, **good | {name: odd})
        said = await tab.ask("say", channel=tab.channel("lounge"), text="still here")

    assert said["type"] == "said"
    assert not [each for each in caplog.records if each.exc_info], caplog.text
    lines = [each.getMessage() for each in caplog.records if each.name.startswith("sandbox")]
    assert all(len(line) < 250 and line.isprintable() for line in lines)
    assert len(scene.discord.interactions.by_token) == asked


async def test_an_upload_of_nobodys_is_refused_in_words(plain_page: PageServer) -> None:
    async with opened_tab(plain_page) as tab:
        for key, channel in (("é", "1"), ("", "9" * 5_000), (tab.ready["key"], "9" * 5_000), (tab.ready["key"], "x")):
            tab.places["channels"].append({"name": "it", "kind": "text", "id": channel})
            status, told = await tab.upload("a.png", b"x", "it", key=key)
            tab.places["channels"].pop()
            assert (status, list(told)) == (403, ["words"]), (key, channel[:5])


async def test_files_over_the_limit_are_refused_before_they_are_kept(plain_page: PageServer) -> None:
    async with opened_tab(plain_page) as tab:
        status, told = await tab.upload("huge.png", b"x" * (10 * MEGABYTE + 1))
        fits, _ = await tab.upload("large.png", b"x" * (10 * MEGABYTE))

    assert status == 413
    assert told == {"words": "«huge.png» is too large: at most 10 MB a file here."}
    assert fits == 200


async def test_a_person_is_kept_to_their_rights(plain_page: PageServer, discord: FakeDiscord) -> None:
    said = await discord.guest("Ben").say("mine")
    async with opened_tab(plain_page) as ada, opened_tab(plain_page, "Cleo") as cleo:
        silenced = await ada.ask("say", channel=ada.channel("read-only"), text="x")
        long = await ada.ask("say", channel=ada.channel("general"), text="x" * 2_001)
        deleted = await ada.ask("delete", channel=ada.channel("general"), message=str(said.id))
        await cleo.say("delete", channel=cleo.channel("general"), message=str(said.id))
        await ada.until_heard("gone", message=str(said.id))

    assert [each["type"] for each in (silenced, long, deleted)] == ["refused"] * 3
    assert silenced["words"] == "Ada does not have the permission «Send Messages» in #read-only"
    assert long["words"] == "the message is too long: 2,001 characters, at most 2,000"


async def test_rights_and_places_that_change_are_told(plain_page: PageServer, discord: FakeDiscord) -> None:
    async with opened_tab(plain_page) as tab:
        general = discord.channel("general")
        before = tab.places
        discord.set_permissions(general, discord.world.person("Ada"), deny=Permission.SEND_MESSAGES)
        await tab.until(lambda each: each.places is not before)
        assert tab.places["channels"][0]["may"]["write"] is False

        discord.delete_channel(discord.channel("read-only"))
        await tab.until(lambda each: "read-only" not in str(each.places["channels"]))

        discord.set_permissions(general, discord.world.person("Ada"), deny=Permission.VIEW_CHANNEL)
        await discord.guest("Ben").say("for members alone")
        await tab.until(lambda each: "general" not in [one["name"] for one in each.places["channels"]])
        await discord.guest("Ben").say("for all", channel="no-uploads")
        await tab.until_heard("unread", channel=tab.channel("no-uploads"))
        assert "for members alone" not in str(tab.heard)


async def test_what_happens_elsewhere_is_marked_and_pings_are_told(
    plain_page: PageServer, discord: FakeDiscord
) -> None:
    async with opened_tab(plain_page) as tab:
        await discord.guest("Ben").say("hello", channel="no-uploads")
        await tab.until_heard("unread", channel=tab.channel("no-uploads"))
        await discord.guest("Ben").say(f"<@{discord.world.person('Ada').id}>, look", channel="no-uploads")
        ping = await tab.until_heard("notified", channel=tab.channel("no-uploads"))
        shown = await tab.open("no-uploads")

    assert (ping["reason"], ping["author"]) == ("mention", tab.person("Ben"))
    assert next(each["content"] for each in shown) == "hello"
    assert not [each for each in tab.heard if each["type"] == "unread" and each["channel"] == tab.channel("general")]


async def test_older_messages_come_as_somebody_goes_up(plain_page: PageServer, discord: FakeDiscord) -> None:
    ben = discord.guest("Ben")
    said = [(await ben.say(f"number {number}")).id for number in range(180)]
    async with opened_tab(plain_page) as tab:
        first = list(tab.messages)
        await tab.say("earlier")
        await tab.until(lambda each: len(each.messages) == 100)
        await tab.say("earlier", upto=str(said[7]))
        await tab.until(lambda each: str(said[7]) in each.messages)
        shown = list(tab.messages)
        more = (await tab.until_heard("earlier", more=True))["more"]
        await ben.delete(ben.sees()[0])
        await ben.delete(ben.sees()[-1])
        await tab.until_heard("gone", message=str(said[-1]))

    assert first == [str(each) for each in said[-50:]]
    assert shown == [str(each) for each in said[7:]]
    assert more
    assert not [each for each in tab.heard if each["type"] == "gone" and each["message"] == str(said[0])]


async def test_only_what_changed_is_sent(plain_page: PageServer, discord: FakeDiscord) -> None:
    ben = discord.guest("Ben")
    for number in range(40):
        await ben.say(f"number {number}")
    async with opened_tab(plain_page) as tab:
        before = len(tab.heard)
        await ben.say("one more")
        await tab.until_shows("one more")

    assert [each["type"] for each in tab.heard[before:]] == ["message"]


async def test_messages_of_every_kind_arrive_as_discord_sends_them(plain_page: PageServer, parade: Parade) -> None:
    await parade.post()
    async with opened_tab(plain_page) as tab:
        hostile = await tab.until_shows("<script>")
        layout = await tab.until_shows("In a container")

    assert "onerror" in hostile["content"]
    assert hostile["mention_everyone"] is False
    assert layout["components"][0]["components"][0]["content"] == "## In a container"
    assert {len(each["attachments"]) for each in tab.messages.values()} >= {1, 2, 3, 4, 5, 7, 10}


async def test_selects_send_what_was_chosen_and_no_more_than_may_be(plain_page: PageServer, parade: Parade) -> None:
    await parade.post()
    async with opened_tab(plain_page) as tab:
        selects = await tab.until_shows("One colour")
        one = await tab.ask("choose", control="one", values=["green"], **at(selects))
        many = await tab.ask("choose", control="many", values=["red", "blue"], **at(selects))
        who = await tab.ask("choose", control="who", values=[tab.person("Ben")], **at(selects))
        refused = [
            await tab.ask("choose", control="one", values=["mauve"], **at(selects)),
            await tab.ask("choose", control="one", values=["red", "blue"], **at(selects)),
            await tab.ask("choose", control="many", values=[], **at(selects)),
            await tab.ask("choose", control="who", values=["1"], **at(selects)),
        ]
        answers = [tab.messages[each["message"]]["content"] for each in (one, many, who)]

    assert "['green']" in answers[0]
    assert "['red', 'blue']" in answers[1]
    assert "'global_name': 'Ben'" in answers[2]
    assert [each["type"] for each in refused] == ["refused"] * 4


async def test_a_modal_is_opened_filled_in_and_sent(plain_page: PageServer, parade: Parade) -> None:
    await parade.post()
    async with opened_tab(plain_page) as tab:
        buttons = await tab.until_shows("'silent'")
        opened = await tab.ask("click", **press(buttons, "modal"))
        short = await tab.ask("submit", of=opened["ask"], values={"reason": "no"})
        sent = await tab.ask("submit", of=opened["ask"], values={"reason": "because", "colour": ["green"]})
        answer = tab.messages[sent["message"]]["content"]

    assert (opened["state"], opened["modal"]["title"]) == ("modal", "Why?")
    assert short["type"] == "refused"
    assert "'value': 'because'" in answer
    assert "['green']" in answer


async def test_presses_are_answered_changed_by_or_ignored(plain_page: PageServer, parade: Parade) -> None:
    await parade.post()
    async with opened_tab(plain_page) as tab, opened_tab(plain_page, "Ben") as ben:
        buttons = await tab.until_shows("'silent'")
        private = await tab.ask("click", **press(buttons, "private"))
        public = await tab.ask("click", **press(buttons, "public"))
        await ben.until_shows("for everybody")
        later = await tab.ask("click", **press(buttons, "later"))
        silent = await tab.ask("click", **press(buttons, "silent"))
        off = await tab.ask("click", **press(buttons, "off"))
        updated = await tab.ask("click", **press(buttons, "update"))
        await ben.until_shows("pressed, and changed")

    assert [each["state"] for each in (private, public, later, updated)] == ["answered"] * 4
    assert private["message"] not in ben.messages
    assert (silent["state"], silent["words"]) == ("failed", "This interaction failed")
    assert off["type"] == "refused"


async def test_somebody_sees_that_the_bot_thinks_and_then_what(plain_page: PageServer, parade: Parade) -> None:
    await parade.post()
    async with opened_tab(plain_page) as tab:
        buttons = await tab.until_shows("'silent'")
        answered = await tab.ask("click", **press(buttons, "thinking"))
        thinking = tab.messages[answered["message"]]
        thought = await tab.until_shows("a thought", private=True)

    assert thinking["flags"] & LOADING
    assert thinking["content"] == ""
    assert not thought["flags"] & LOADING
    assert thought["id"] == thinking["id"]


async def test_a_server_that_starts_anew_leaves_nobody_waiting(discord: FakeDiscord) -> None:
    async with PageServer(discord) as page:
        async with opened_tab(page) as tab:
            assert [each.person.name for each in page.sessions] == ["Ada"]
            port = page.port
            await tab.say("slash", channel=tab.channel("general"), command="none", options={})
        while page.sessions:
            await asyncio.sleep(0.01)
    async with PageServer(discord, port=port) as page, opened_tab(page) as tab:
        assert tab.ready["you"] == tab.person("Ada")


class Drawer:
    """What sits behind the scenes, in its smallest form."""

    def __init__(self) -> None:
        self.sessions: list[Session] = []

    def detach(self, session: Session) -> None:
        self.sessions.remove(session)

    async def hears(self, session: Session, message: Json) -> None:
        self.sessions = [session]
        session.send({"type": "behind.echo", "person": session.person.name, "words": message["words"]})


async def test_what_sits_behind_the_scenes_hears_its_own_messages(discord: FakeDiscord) -> None:
    drawer = Drawer()
    async with PageServer(discord, behind=drawer) as page:
        async with opened_tab(page, "Ben") as tab:
            await tab.say("behind.shout", words="slower")
            echo = await tab.until_heard("behind.echo")
            assert (await tab.ask("behind.shout"))["type"] == "refused", "its own mistakes do not end the page"
            assert len(drawer.sessions) == 1
        while drawer.sessions:
            await asyncio.sleep(0.01)

    assert (echo["person"], echo["words"]) == ("Ben", "slower")


async def test_an_upload_is_there_until_it_is_used(plain_page: PageServer, discord: FakeDiscord) -> None:
    async with opened_tab(plain_page) as tab:
        _, told = await tab.upload("notes.txt", b"hello")
        channel = tab.channel("general")
        refused = await tab.ask("say", channel=channel, text="x" * 2_001, uploads=[told["upload"]])
        said = await tab.ask("say", channel=channel, text="", uploads=[told["upload"]])
        again = await tab.ask("say", channel=channel, text="again", uploads=[told["upload"]])

    assert (refused["type"], said["type"], again["type"]) == ("refused", "said", "refused")
    [seen] = discord.guest("Ben").sees()
    assert [each.filename for each in seen.attachments] == ["notes.txt"]
    assert await discord.guest("Ben").download(seen.attachments[0]) == Upload("notes.txt", b"hello").data


@asynccontextmanager
async def deaf_page(server: PageServer) -> AsyncIterator[Session]:
    """A page that is open and takes nothing of what it is told."""
    async with aiohttp.ClientSession() as client:
        socket = await client.ws_connect(f"{server.url}live", origin=server.url.removesuffix("/"))
        await socket.receive()
        yield server.sessions[-1]


async def test_a_page_that_takes_nothing_is_cut_off_and_the_others_go_on(plain_page: PageServer) -> None:
    async with opened_tab(plain_page) as ada, deaf_page(plain_page) as deaf:
        async with asyncio.timeout(LIMIT_S):
            while deaf in plain_page.sessions:
                deaf.send({"type": "unread", "channel": "x" * 4_000})
                await asyncio.sleep(0)
        said = await ada.ask("say", channel=ada.channel("general"), text="still here")

    assert said["type"] == "said"


async def test_a_page_that_takes_nothing_does_not_delay_the_end(discord: FakeDiscord) -> None:
    server = PageServer(discord)
    await server.start()
    async with deaf_page(server) as deaf:
        for _ in range(4_000):
            deaf.send({"type": "unread", "channel": "x" * 4_000})
        await asyncio.sleep(0.2)  # until the socket takes no more
        async with asyncio.timeout(LIMIT_S / 3):
            await server.stop()

    assert server.sessions == []
