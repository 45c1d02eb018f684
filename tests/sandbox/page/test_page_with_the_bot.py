"""Each way of using Discord, from the page's wire to the real bot and back."""

import asyncio
from contextlib import AsyncExitStack

import aiohttp

from sandbox.page.server import PageServer
from tests.end_to_end.uploads import picture
from tests.sandbox.page.tab import Tab, at, opened_tab, press
from tests.scene import Scene


async def test_a_page_is_told_who_there_is_and_what_there_is_to_see(ada: Tab) -> None:
    people = {each["name"]: each["about"] for each in ada.ready["people"] if not each["bot"]}
    channels = {each["name"]: each for each in ada.places["channels"]}

    assert people == {"Ada": "member", "Ben": "member", "Cleo": "Keeper, admin", "Pia": "Patron", "Olga": "owner"}
    assert ada.ready["you"] == ada.person("Ada")
    assert [each["name"] for each in ada.places["servers"]] == ["The Atelier", "The Workshop"]
    assert list(channels) == ["general", "sketches", "no-uploads", "read-only", "after-hours", "lounge", "Easel"]
    assert channels["after-hours"]["nsfw"] is True
    assert not channels["general"]["nsfw"]
    assert channels["read-only"]["may"] == {"write": False, "attach": False, "reply": True, "manage": False}
    assert channels["general"]["may"] == {"write": True, "attach": True, "reply": True, "manage": False}
    assert channels["Easel"]["kind"] == "direct"
    assert (await ada.until_heard("presence"))["online"] is True


async def test_only_those_commands_are_listed_that_the_person_may_see(ada: Tab, page: PageServer) -> None:
    async with opened_tab(page, "Cleo") as cleo:
        admins, members = cleo.offered(), ada.offered()

    assert {"imagine", "vary", "models", "quota", "Vary image"} <= members
    assert admins - members == {"admin"}
    described = {each["name"]: each["description"] for each in ada.places["commands"] if each["type"] == 1}
    assert all(described.values())
    assert "admin" not in described


async def test_a_command_leads_to_a_private_card_that_changes_and_to_pictures_for_all(
    ada: Tab, ben: Tab, scene: Scene
) -> None:
    answered = await ada.slash("imagine", prompt="a lighthouse at dusk", count=2)
    result = await ada.until_shows("V2", pictures=2)
    await ben.until_shows("V2", pictures=2)
    card = await ada.until_shows("Done:", private=True)

    assert answered["state"] == "answered"
    assert answered["message"] == card["id"]
    assert card["used"] == "imagine"
    versions = [
        each["message"] for each in ada.heard if each["type"] == "message" and each["message"]["id"] == card["id"]
    ]
    assert len(versions) > 1, "the card was seen changing"
    assert not [each for each in ben.messages.values() if each["flags"] & 64], "private cards are for one person"
    assert [each["description"] for each in result["attachments"]] == ["a lighthouse at dusk"] * 2
    async with aiohttp.ClientSession() as session, session.get(result["attachments"][0]["url"]) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "image/png"
    assert result["attachments"][0]["url"].startswith(ada.ready["cdn"])
    assert scene.images.paid_pictures == 2


async def test_a_button_is_pressed(ada: Tab, ben: Tab) -> None:
    await ada.slash("imagine", prompt="two boats", count=2)
    result = await ben.until_shows("V2", pictures=2)

    answered = await ben.ask("click", **press(result, "V2"))

    assert answered["state"] == "answered"
    await ben.until_shows("V1", pictures=1)


async def test_values_are_offered_while_somebody_types(ada: Tab) -> None:
    options = {"prompt": "a fox"}

    offered = await ada.ask(
        "complete", channel=ada.channel("general"), command="imagine", field="model", text="mini", options=options
    )

    assert offered["state"] == "choices"
    assert offered["choices"]
    assert all("mini" in each["name"] for each in offered["choices"])


async def test_an_uploaded_picture_is_varied(ada: Tab) -> None:
    status, told = await ada.upload("my cat.png", picture())

    answered = await ada.slash("vary", image=told["upload"], prompt="in winter")

    assert status == 200
    assert answered["state"] == "answered"
    await ada.until_shows("in winter", pictures=1)


async def test_a_message_is_varied_by_its_menu(ada: Tab, ben: Tab) -> None:
    said, told = await ada.upload("cat.png", picture())
    assert said == 200
    await ada.ask("say", channel=ada.channel("general"), text="my cat", uploads=[told["upload"]])
    message = await ben.until_shows("my cat", pictures=1)

    answered = await ben.ask("menu", command="Vary image", **at(message))

    assert answered["state"] == "answered"
    assert (await ben.until_shows("Done:", private=True))["used"] == "Vary image"


async def test_a_reply_varies_a_picture_and_without_a_ping_nobody_hears_it(ada: Tab, ben: Tab, scene: Scene) -> None:
    await ada.slash("imagine", prompt="a tree")
    result = await ben.until_shows("V1", pictures=1)

    silent = await ben.ask("reply", text="vary in spring", ping=False, **at(result))
    pinged = await ben.ask("reply", text="vary in autumn", ping=True, **at(result))

    await ben.until_shows("in autumn", pictures=1)
    assert silent["type"] == pinged["type"] == "said"
    shown = ben.messages[silent["message"]]
    assert shown["mentions"] == []
    assert [each["id"] for each in ben.messages[pinged["message"]]["mentions"]] == [ben.ready["bot"]]
    assert shown["referenced_message"]["id"] == result["id"]
    assert [each.prompt for each in scene.images.records.of("edits") if "spring" in (each.prompt or "")] == []


async def test_a_refusal_is_private_and_can_be_dismissed_for_good(ada: Tab, ben: Tab, page: PageServer) -> None:
    await ada.slash("imagine", prompt="x", count=10, size="17x19")
    card = await ada.until_shows("size", private=True)
    said = await ada.ask("say", channel=ada.channel("general"), text="hello")
    public = await ben.until_shows("hello")

    for tab, message in ((ada, public), (ben, card)):
        assert (await tab.ask("dismiss", **at(message)))["type"] == "refused"
    assert said["message"] in ben.messages

    await ada.say("dismiss", **at(card))
    await ada.until_heard("gone", message=card["id"])

    async with opened_tab(page) as again:
        assert card["id"] not in again.messages


async def test_a_bot_that_is_gone_does_not_respond_and_comes_back_under_an_open_page(ada: Tab, scene: Scene) -> None:
    await ada.slash("imagine", prompt="a tree")
    result = await ada.until_shows("V1", pictures=1)
    await ada.until_shows("Done:", private=True)
    await scene.crash()
    await ada.until_heard("presence", online=False)

    failed = await ada.slash("quota")
    pressed = await ada.ask("click", **press(result, "V1"))
    offered = await ada.ask(
        "complete", channel=ada.channel("general"), command="imagine", field="model", text="", options={}
    )

    assert (failed["state"], failed["words"]) == ("failed", "The application did not respond")
    assert (pressed["state"], pressed["words"]) == ("failed", "This interaction failed")
    assert (offered["state"], offered["words"]) == ("failed", "Loading options failed")

    await scene.start()
    await ada.until(lambda tab: [each["online"] for each in tab.heard if each["type"] == "presence"][-1])
    assert (await ada.slash("quota"))["state"] == "answered"
    assert (await ada.ask("click", **press(result, "V1")))["state"] == "answered"


async def test_an_option_of_six_thousand_characters_is_held_against_its_own_limit(ada: Tab) -> None:
    imagine = next(each for each in ada.places["commands"] if each["name"] == "imagine")
    prompt = next(each for each in imagine["options"] if each["name"] == "prompt")
    most = prompt["max_length"]

    longest = await ada.slash("imagine", prompt="x" * most)
    longer = await ada.slash("imagine", prompt="x" * (most + 1))
    huge = await ada.slash("imagine", prompt="x" * 6_000)

    assert longest["state"] == "answered"
    assert [each["type"] for each in (longer, huge)] == ["refused"] * 2
    assert f"{most + 1} characters" in longer["words"]
    assert (await ada.slash("quota"))["state"] == "answered"


async def test_what_the_client_refuses_is_said_in_plain_words(ada: Tab) -> None:
    refusals = [
        await ada.slash("admin quota show"),
        await ada.slash("imagine"),
        await ada.slash("imagine", prompt="a fox", colour="red"),
        await ada.slash("imagine", prompt="a fox", count=11),
        await ada.slash("imagine", prompt=5),
        await ada.slash("imagine", prompt="a fox", private="perhaps"),
        await ada.slash("privacy"),
        await ada.slash("privacy burn"),
        await ada.slash("nothing here"),
        await ada.ask("click", channel=ada.channel("general"), message="2", control="x"),
    ]

    for each in refusals:
        assert each["type"] == "refused"
        assert not set("<>[]{}'\"_") & set(each["words"]), each["words"]
    assert refusals[0]["words"] == "Ada cannot see «admin»: it needs the permission «Manage Server»"
    assert refusals[1]["words"] == "still needed: «prompt»"
    assert refusals[3]["words"].startswith("count: 11 is not from 1 to ")


async def test_a_file_that_is_no_picture_gets_the_bots_own_words(ada: Tab) -> None:
    _, told = await ada.upload("virus.exe", b"MZ not a picture")

    await ada.slash("vary", image=told["upload"])

    await ada.until_shows("not a picture", private=True)


async def test_two_tabs_of_one_person_show_the_same(ada: Tab, page: PageServer) -> None:
    async with opened_tab(page) as other:
        await ada.slash("imagine", prompt="a tree")
        await other.ask("say", channel=other.channel("general"), text="from the other tab")

        await ada.until_shows("from the other tab")
        await other.until_shows("Done:", private=True)
        await ada.until_shows("Done:", private=True)

        assert set(ada.messages) == set(other.messages)
        assert not [each for each in other.heard if each.get("state") == "answered"], "each tab asks for itself"


async def test_ten_pages_at_once_are_all_answered(page: PageServer) -> None:
    async with AsyncExitStack() as doors:
        people = ["Ada", "Ben", "Cleo", "Pia", "Olga"] * 2
        tabs = [await doors.enter_async_context(opened_tab(page, name)) for name in people]

        answers = await asyncio.gather(*(tab.slash("quota") for tab in tabs))
        said = await asyncio.gather(
            *(tab.ask("say", channel=tab.channel("general"), text=f"hi {n}") for n, tab in enumerate(tabs))
        )
        for tab in tabs:
            await tab.until(lambda each: {one["message"] for one in said} <= each.messages.keys())

    assert [each["state"] for each in answers] == ["answered"] * 10
    assert len({each["message"] for each in answers}) == 10


async def test_somebody_else_sits_down(ada: Tab) -> None:
    await ada.slash("quota")
    await ada.until_shows("pictures left", private=True)

    await ada.say("be", person=ada.person("Cleo"))
    await ada.until(lambda tab: tab.ready["you"] == tab.person("Cleo") and "admin" in tab.offered())
    shown = await ada.open()

    assert shown == [], "what was private stays so"
    granted = await ada.slash("admin quota grant", user=ada.person("Ben"), images=3)
    assert granted["state"] == "answered"
    assert (await ada.until_shows("3 extra pictures", private=True))["used"] == "admin quota grant"


async def test_pictures_come_by_direct_message_too(ada: Tab, ben: Tab) -> None:
    await ada.open("dm")

    await ada.slash("imagine", channel="dm", prompt="a secret")

    await ada.until_shows("a secret", pictures=1)
    foreign = await ben.ask("open", channel=ada.channel("dm"))
    asked = await ben.ask("slash", channel=ada.channel("dm"), command="quota", options={})
    assert foreign["type"] == asked["type"] == "refused"


async def test_where_the_bot_may_not_upload_the_picture_comes_another_way(ada: Tab) -> None:
    await ada.open("no-uploads")

    await ada.slash("imagine", channel="no-uploads", prompt="a kite")

    await ada.until_shows("kite", private=True)
    assert not [each for each in ada.messages.values() if each["attachments"] and not each["flags"] & 64]
