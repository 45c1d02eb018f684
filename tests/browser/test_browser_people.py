"""Who sits there: other people, other rights, other balances; and a member's way from the first words on."""

import asyncio
import re
from contextlib import AsyncExitStack

from playwright.async_api import expect

from sandbox.discord.world import Member, Person, World
from tests.browser.conftest import Comes
from tests.browser.theatre import Demo
from tests.browser.visitor import Visitor
from tests.sandbox.page.parade import PRIVATE
from tests.sandbox.page.tab import opened_tab

PER_DAY = 5
PATIENT_MS = 120_000.0  # ten pictures are painted at once, by a machine that may have more to do


async def left(visitor: Visitor) -> int:
    """What /quota says, asked as they would ask it."""
    answers = visitor.messages.filter(has_text="Refills")  # results say what is left, too
    before = await answers.count()
    await visitor.slash("quota")
    await expect(answers).to_have_count(before + 1)
    found = re.search(r"(\d+) pictures? left", await answers.last.text_content() or "")  # there before it is painted
    assert found is not None
    return int(found[1])


async def test_a_member_paints_and_another_varies_it_and_each_pays_for_theirs(comes: Comes) -> None:
    ada, ben = await comes("Ada", "lounge"), await comes("Ben", "lounge")

    await ada.slash("imagine", {"prompt": "a lighthouse at dusk", "count": "2"})
    await expect(ben.result.get_by_role("img", name="a lighthouse at dusk")).to_have_count(2)
    await ben.result.get_by_role("button", name="V1", exact=True).click()

    await expect(ada.message("Done:")).to_contain_text("Only you can see this")
    await expect(ben.message("Done:")).to_contain_text("Only you can see this")
    await expect(ben.result.get_by_role("button", name="V2", exact=True)).to_have_count(0)
    for picture in await ben.page.locator(".message .picture img").all():
        await picture.scroll_into_view_if_needed()
        await expect(picture).to_have_js_property("complete", True)  # noqa: FBT003
        assert await picture.evaluate("each => each.naturalWidth") > 0
    assert (await left(ada), await left(ben)) == (PER_DAY - 2, PER_DAY - 1)
    await ben.message("Done:").get_by_role("button", name=re.compile("#lounge . message")).click()
    await expect(ben.result).to_be_focused()


async def test_an_admin_gives_a_member_more_who_has_it_at_once(comes: Comes) -> None:
    pia, cleo = await comes("Pia"), await comes("Cleo")
    await pia.slash("imagine", {"prompt": "all of my day", "count": "5"})
    await expect(pia.result.get_by_role("img", name="all of my day")).to_have_count(5)
    await pia.slash("imagine", {"prompt": "one more fox"})
    await expect(pia.message("You have no pictures left today")).to_contain_text("This cost you nothing")

    await cleo.slash("admin quota grant", {"user": "@Pia", "images": "3"})
    await expect(cleo.message("3 extra pictures")).to_contain_text("Only you can see this")
    assert await left(pia) == 3
    await pia.slash("imagine", {"prompt": "one more fox"})
    await expect(pia.result.get_by_role("img", name="one more fox")).to_be_visible()
    assert await left(pia) == 2
    await cleo.slash("admin quota show", {"user": "@Pia"})

    shown = cleo.message("Used today: 5")
    await expect(shown).to_contain_text("by @Cleo")
    await expect(shown).to_contain_text("Only you can see this")
    await expect(pia.messages.filter(has_text="extra pictures")).to_have_count(0)


async def test_another_person_sits_down_and_sees_only_what_is_theirs(comes: Comes) -> None:
    page = await comes("Ada")
    await page.slash("models")
    await expect(page.message("(default)")).to_contain_text("Only you can see this")
    await page.write("half a sentence of Ada’s")

    await page.be("Cleo")

    await expect(page.messages.filter(has_text="(default)")).to_have_count(0)
    await expect(page.writing).to_have_value("")
    await page.write("/admin quota show")
    await expect(page.commands).to_have_count(1)
    await page.be("Ben")
    await page.write("/admin quota show")
    await expect(page.commands).to_have_count(0)
    await page.page.reload()
    await expect(page.page.get_by_role("button", name=re.compile("^Ben"), pressed=True)).to_be_visible()
    await page.be("Ada")
    await expect(page.message("(default)")).to_be_visible()


async def test_an_age_restricted_channel_asks_first_and_each_person_anew(comes: Comes) -> None:
    ada = await comes("Ada")
    await ada.open("after-hours")

    await expect(ada.page.get_by_role("heading", name="This channel is age-restricted")).to_be_visible()
    await expect(ada.page.get_by_role("log")).to_be_hidden()
    await expect(ada.page.locator("#composer")).to_be_hidden()
    await ada.page.get_by_role("button", name="Take me back").click()
    await expect(ada.place).to_have_text("#general")
    await ada.open("after-hours")
    await ada.page.get_by_role("button", name="I am: go on").click()
    await ada.send("good evening")
    await expect(ada.message("good evening")).to_be_visible()
    await ada.be("Ben")
    await expect(ada.page.get_by_role("heading", name="This channel is age-restricted")).to_be_visible()


async def test_where_the_bot_may_not_post_the_pictures_come_privately(comes: Comes) -> None:
    olga = await comes("Olga", "no-uploads")
    await olga.slash("imagine", {"prompt": "a fox between walls"})

    private = olga.messages.filter(has=olga.page.get_by_role("img", name="a fox between walls")).last
    await expect(private).to_contain_text("Only you can see this")


async def test_two_tabs_of_one_person_show_the_same(comes: Comes) -> None:
    one, other = await comes("Cleo", "lounge"), await comes("Cleo", "lounge")
    assert one.page is not other.page
    await one.open("general")
    await other.open("general")

    await one.slash("models")
    await expect(other.message("(default)")).to_contain_text("Only you can see this")
    await one.write("half a sentence")
    await other.slash("imagine", {"prompt": "a fox in two tabs"})
    await expect(one.result.get_by_role("img", name="a fox in two tabs")).to_be_visible()
    await expect(one.message("Done:")).to_be_visible()
    await expect(one.writing).to_have_value("half a sentence")
    models = await other.pinned(other.message("(default)"))
    await models.get_by_role("button", name="Dismiss message").click()
    await expect(one.messages.filter(has_text="(default)")).to_have_count(0)
    await other.be("Ben")
    await one.send("still me")

    await expect(other.message("still me").locator(".name")).to_have_text("Cleo")
    await expect(one.page.get_by_role("button", name=re.compile("^Cleo"), pressed=True)).to_be_visible()
    shown = [await each.messages.evaluate_all("all => all.map((each) => each.dataset.id)") for each in (one, other)]
    assert set(shown[1]) < set(shown[0]), "Ben sees what is public"


async def test_ten_people_at_once_each_ask_and_each_see_all_that_comes(comes: Comes, demo: Demo) -> None:
    newcomers = [f"Newcomer {number}" for number in range(5)]
    for name in newcomers:
        joins(demo.discord.world, name)
    here = [await comes(name, "sketches") for name in ("Ada", "Ben", newcomers[0])]
    elsewhere = ["Cleo", "Pia", "Olga", *newcomers[1:]]
    async with AsyncExitStack() as doors:
        tabs = [await doors.enter_async_context(opened_tab(demo.page, name, "sketches")) for name in elsewhere]
        prompts = [f"the wish of number {number}." for number in range(10)]
        asking = [visitor.slash("imagine", {"prompt": prompt}) for visitor, prompt in zip(here, prompts, strict=False)]
        asked = [tab.slash("imagine", "sketches", prompt=prompt) for tab, prompt in zip(tabs, prompts[3:], strict=True)]
        answers, _ = await asyncio.gather(asyncio.gather(*asked), asyncio.gather(*asking))
        assert [each["state"] for each in answers] == ["answered"] * 7

        for prompt in prompts:
            for visitor in here:
                await expect(visitor.page.get_by_role("img", name=prompt, exact=True)).to_have_count(
                    1, timeout=PATIENT_MS
                )
            for tab in tabs:
                await tab.until_shows(prompt, pictures=1, private=False)
        for visitor in here:
            await expect(visitor.message("Done:")).to_contain_text("Only you can see this")
            await expect(visitor.messages.filter(has_text="Done:")).to_have_count(1)
        for tab in tabs:
            await tab.until_shows("Done:", private=True)
            assert len([each for each in tab.messages.values() if each["flags"] & PRIVATE]) == 1


def joins(world: World, name: str) -> None:
    """Somebody new in the first server."""
    person = Person(world.mint.new(), name)
    world.people[person.id] = person
    world.guild("The Atelier").members[person.id] = Member(person, world.clock.now_ms())
