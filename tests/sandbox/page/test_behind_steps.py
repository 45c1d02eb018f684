"""The drawer's steps: what became of a request, in its order, and where that is known from."""

from pathlib import Path

from sandbox.discord.faults import status
from sandbox.discord.interactions import Interaction
from sandbox.guest import Guest
from tests.end_to_end.trouble import CARD, NO_MESSAGE, Held
from tests.sandbox.page.drawer import Drawer, page_open, step, steps

GOOD = [
    "event",
    "accepted",
    "reserved",
    "answered",
    "moderated",
    "painting",
    "painted",
    "posted",
    "charged",
    "delivered",
]


async def test_a_request_is_told_step_by_step_with_the_source_of_each(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        asked = await drawer.stage.discord.guest("Ada").slash("imagine", prompt="a fox", count=2)
        told = await drawer.told(asked.interaction.id)
        as_it_happened = [
            [each["name"] for each in message["request"]["steps"]]
            for message in drawer.said
            if message["type"] == "behind.request"
        ]
    assert (told["title"], told["person"]["name"], told["place"], told["state"]) == (
        *("/imagine", "Ada", "#general"),
        "delivered",
    )
    assert steps(told) == GOOD
    assert [each["at"] for each in told["steps"]] == sorted(each["at"] for each in told["steps"])
    sources = {each["name"]: each["source"] for each in told["steps"]}
    assert sources["event"] == "Discord’s gateway"
    assert sources["moderated"] == "the image service’s record of requests"
    assert sources["posted"] == "Discord’s record of requests"
    assert {sources[name] for name in ("accepted", "reserved", "painted", "charged")} == {"the bot’s database"}
    assert step(told, "posted")["words"] == "2 files in #general"
    assert "2 pictures" in step(told, "charged")["words"]
    assert any(names == GOOD[: len(names)] and len(names) < len(GOOD) for names in as_it_happened), "told on the way"
    said = {(each["side"], each["method"], each["path"].split("/")[-1]): each["status"] for each in told["exchanges"]}
    assert said["discord", "POST", "callback"] == 200
    assert said["images", "POST", "moderations"] == 200
    assert said["images", "POST", "generations"] == 200
    assert said["discord", "POST", "messages"] == 200
    assert all(each["took"] is not None and each["at"] >= told["at"] for each in told["exchanges"])
    assert (told["balance"]["left"], told["balance"]["charged"], told["balance"]["reserved"]) == (3, 2, 0)


async def test_what_is_refused_is_told_with_the_verdict_and_what_was_given_back(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        asked = await drawer.stage.discord.guest("Ben").slash("imagine", prompt="a forbidden fox")
        told = await drawer.told(asked.interaction.id)
        too_many = await drawer.stage.discord.guest("Ben").slash("imagine", prompt="foxes", count=9)
        never = await drawer.told(too_many.interaction.id)

    assert told["state"] == "refused"
    assert steps(told) == ["event", "accepted", "reserved", "answered", "moderated", "released", "refused"]
    assert step(told, "moderated")["words"] == "the service flagged it"
    assert step(told, "released")["words"] == "nothing is charged, 1 picture given back"
    assert told["balance"]["left"] == 5
    assert not [each for each in told["exchanges"] if "generations" in each["path"]]
    assert (never["state"], never["job"]) == ("refused", False)
    assert steps(never, "answered") == ["event", "refused"]
    assert step(never, "refused")["source"] == "the bot’s log"
    assert never["balance"]["left"] == 5


async def test_words_that_the_bot_has_erased_do_not_hide_their_verdict(tmp_path: Path) -> None:
    """A button brings no words of its own, and what moderation flags is gone from the bot's database at once."""
    async with page_open(tmp_path) as drawer:
        ada = drawer.stage.discord.guest("Ada")
        await drawer.told((await ada.slash("imagine", prompt="a fox")).interaction.id)
        (message,) = await ada.until_sees("general", lambda each: each.attachments and not each.ephemeral)
        drawer.stage.images.flagged_words = {"fox": "violence"}
        told = await drawer.told((await ada.click(message, "Again")).interaction.id)

    assert told["state"] == "refused"
    assert step(told, "moderated")["words"] == "the service flagged it"


async def test_every_way_of_asking_has_its_steps(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        discord = drawer.stage.discord
        ada = discord.guest("Ada")
        first = await ada.slash("imagine", prompt="a castle", private=True)
        private = await drawer.told(first.interaction.id)
        shown = await ada.slash("imagine", prompt="a balloon")
        await drawer.told(shown.interaction.id)
        (message,) = await ada.until_sees("general", lambda each: each.attachments and not each.ephemeral)
        again = await drawer.told((await ada.click(message, "Again")).interaction.id)
        menu = await drawer.told((await ada.menu("Vary image", message)).interaction.id)
        reply = await drawer.told((await ada.reply(message, "vary at night")).id)
        quota = await drawer.told((await ada.slash("quota")).interaction.id)

    assert step(private, "posted")["words"] == "1 file on the private card"
    assert (again["kind"], again["title"], again["of"]) == ("button", "[Again]", str(shown.interaction.id))
    assert (menu["kind"], menu["title"]) == ("menu", "Vary image")
    assert reply["kind"] == "message"
    for told in (private, again, menu):
        assert steps(told) == GOOD
    assert steps(reply) == [name for name in GOOD if name != "answered"]
    assert (quota["state"], quota["job"], steps(quota)) == ("answered", False, ["event", "answered"])


async def test_nothing_that_opens_a_door_is_shown(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        discord, images = drawer.stage.discord, drawer.stage.images
        asked = await discord.guest("Ada").slash("imagine", prompt="a secret wish")
        await drawer.told(asked.interaction.id)
        said = str([message for message in drawer.said if message["type"].startswith("behind.")])

    assert discord.bot_token not in said
    assert images.api_key not in said
    assert asked.interaction.token not in said
    assert "a secret wish" not in said


async def test_what_is_not_accepted_and_what_asks_for_nothing_are_told_in_words(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        ada = drawer.stage.discord.guest("Ada")
        greeted = await ada.say("hello there", channel="dm")
        asked = await ada.slash("imagine", prompt="a fox", size="3x3")
        refused = await drawer.told(asked.interaction.id)
        let_be = await drawer.told(greeted.id)

    assert refused["state"] == "refused"
    assert step(refused, "refused")["words"] == "not accepted: invalid request; nothing was reserved"
    assert (let_be["state"], steps(let_be)) == ("let be", ["event"])


async def test_the_balance_is_that_of_now_in_older_requests_too(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        ada, cleo = drawer.stage.discord.guest("Ada"), drawer.stage.discord.guest("Cleo")
        older = (await ada.slash("imagine", prompt="a fox")).interaction.id
        await drawer.told(older)
        newer = (await ada.slash("imagine", prompt="a castle")).interaction.id
        await drawer.told(newer)
        elsewhere = (await ada.slash("quota", channel="dm")).interaction.id
        await drawer.told(elsewhere)
        await cleo.slash("admin quota grant", user=ada.person, images=2)

        def left(*ids: int) -> list[int]:
            return [drawer.requests[str(each)]["balance"]["left"] for each in ids]

        await drawer.until(lambda: left(older, newer, elsewhere) == [5, 5, 5])


async def test_what_is_cancelled_is_told_with_the_press_that_did_it(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        ada, check = drawer.stage.discord.guest("Ada"), Held()
        drawer.stage.images.faults.add(route="moderations", then=check.fault)
        asked = await ada.slash("imagine", prompt="a castle", count=3)
        card = await asked.until(lambda seen: "Cancel" in seen.buttons)
        await check.arrived.wait()
        press = await ada.click(card, "Cancel")
        told = await drawer.told(asked.interaction.id)
        check.release()
        pressed = await drawer.told(press.interaction.id)

    assert (told["state"], told["balance"]["left"]) == ("cancelled", 5)
    assert steps(told, "moderated") == ["event", "accepted", "reserved", "answered", "released", "cancelled"]
    assert step(told, "released")["words"] == "nothing is charged, 3 pictures given back"
    assert step(told, "cancelled")["mark"] == "failed"
    assert not [each for each in told["exchanges"] if each["path"].endswith("/generations")]
    assert (pressed["kind"], pressed["title"], pressed["of"]) == ("button", "[Cancel]", str(asked.interaction.id))
    assert (pressed["state"], pressed["job"], steps(pressed)) == ("answered", False, ["event", "answered"])


async def test_direct_messages_are_told_as_such_whether_one_asks_there_or_is_answered_there(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        ada = drawer.stage.discord.guest("Ada")
        there = await drawer.told((await ada.slash("imagine", channel="dm", prompt="a fox")).interaction.id)
        (message,) = await ada.until_sees("dm", lambda each: each.attachments and not each.ephemeral)
        reply = await drawer.told((await ada.reply(message, "vary at night")).id)
        answered = await drawer.told((await with_a_lost_card(drawer, ada)).id)

    assert (there["place"], there["state"], steps(there)) == ("direct messages", "delivered", GOOD)
    assert (reply["kind"], reply["place"], reply["title"]) == ("message", "direct messages", "a message")
    assert steps(reply) == [name for name in GOOD if name != "answered"]
    assert [step(each, "posted")["words"] for each in (there, reply)] == ["1 file in direct messages"] * 2
    assert (answered["place"], answered["state"]) == ("#general", "delivered")
    assert step(answered, "posted")["words"] == "1 file by direct message"
    assert (there["balance"]["left"], answered["balance"]["left"]) == (4, 4), "each place has its own"


async def test_a_picture_that_no_way_was_open_for_waits_until_it_is_fetched(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        ada = drawer.stage.discord.guest("Ada")
        ada.person.accepts_direct_messages = False
        asked = str((await with_a_lost_card(drawer, ada)).id)
        await drawer.until(lambda: "waiting" in steps(drawer.requests.get(asked, {"steps": []})))
        waits = drawer.requests[asked]
        quota = await (await ada.slash("quota")).until(lambda seen: "Show it to me" in seen.buttons)
        press = await ada.click(quota, "Show it to me")
        told = await drawer.told(int(asked))
        pressed = await drawer.told(press.interaction.id)

    assert (waits["state"], waits["over"], waits["balance"]["reserved"]) == ("painted", False, 1)
    assert steps(waits) == [*GOOD[: GOOD.index("posted")], "post put off", "waiting"]
    assert (step(waits, "waiting")["mark"], step(waits, "waiting")["words"]) == (
        *("open", "no way was open: it waits in /quota"),
    )
    assert (told["state"], told["balance"]["left"], told["balance"]["reserved"]) == ("delivered", 4, 0)
    assert [name for name in steps(told) if name in ("waiting", "charged", "delivered")] == ["charged", "delivered"]
    assert (pressed["title"], pressed["of"]) == ("[Show it to me]", asked)


async def with_a_lost_card(drawer: Drawer, guest: Guest) -> Interaction:
    """A private request whose card is gone when its picture has been painted."""
    stage = drawer.stage
    stage.images.hold()
    asked = await guest.slash("imagine", prompt="a lighthouse", private=True)
    mine = str(asked.interaction.id)
    await stage.images.until_held(1)
    lost = stage.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=1_000)
    stage.images.release()
    ends = {"waiting", "delivered"}
    await drawer.until(lambda: ends & set(steps(drawer.requests.get(mine, {"steps": []}))))
    stage.discord.faults.drop(lost)
    return asked.interaction
