"""The drawer's steps: what became of a request, in its order, and where that is known from."""

from pathlib import Path

from tests.sandbox.page.drawer import page_open, step, steps

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
