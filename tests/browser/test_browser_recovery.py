"""Behind the scenes: what became of a request, trouble on purpose, and a bot that is killed and comes back."""

import re

from playwright.async_api import expect

from tests.browser.conftest import Comes
from tests.browser.theatre import Demo
from tests.browser.visitor import switched_on

STEPS = ("event", "accepted", "reserved", "moderated", "painted", "posted", "charged")
AGAIN_MS = 60_000.0  # a new process is up, and has taken up what the old one left


async def test_each_step_of_a_request_is_shown_with_what_it_cost(comes: Comes) -> None:
    ada = await comes("Ada")
    behind = await ada.look_behind()
    await expect(behind).to_contain_text("is connected")
    await ada.slash("imagine", {"prompt": "a fox behind the scenes", "count": "2"})
    await expect(ada.result.get_by_role("img", name="a fox behind the scenes")).to_have_count(2)

    names = behind.locator(".behind-steps strong")
    await expect(names.filter(has_text="charged")).to_have_count(1)
    steps = await names.all_inner_texts()
    told = [each for each in steps if each in STEPS]
    assert told == list(STEPS), steps
    await expect(behind.locator(".behind-title")).to_have_text(re.compile("^Ada: .*imagine.* in #general, "))
    balance = behind.locator(".behind-balance")
    await expect(balance).to_contain_text("Left to Ada38 pictures today")
    await expect(balance).to_contain_text("Charged2")
    rows = behind.get_by_role("table", name="What the bot said over HTTP for it").get_by_role("row")
    await expect(rows.filter(has_text="Image service").first).to_contain_text("POST")
    await expect(rows.filter(has_text="Discord").first).to_contain_text("/callback")
    await behind.get_by_role("button", name="Close").press("Escape")
    await expect(behind).to_be_hidden()
    await expect(ada.page.get_by_role("button", name="Behind the scenes", exact=True)).to_be_focused()


async def test_a_failure_can_be_tried_again_when_the_trouble_is_over(comes: Comes) -> None:
    ada = await comes("Ada")
    behind = await ada.look_behind()
    async with switched_on(behind, "forbidding"):
        await ada.slash("imagine", {"prompt": "a boat in trouble"})
        card = ada.message("The image service refused this request")
        await expect(card).to_contain_text("This cost you nothing")
    await card.get_by_role("button", name="Try again").click()

    await expect(ada.result.get_by_role("img", name="a boat in trouble")).to_be_visible()


async def test_a_dropped_gateway_is_seen_and_the_bot_comes_back(comes: Comes) -> None:
    ada = await comes("Ada")
    behind = await ada.look_behind()
    presence = ada.page.get_by_role("status").filter(has_text="Easel is")
    async with switched_on(behind, "drops the gateway"):
        await expect(presence).to_have_text("Easel is offline")
        await expect(behind).to_contain_text("has no connection to the gateway")
    await expect(presence).to_have_text("Easel is online", timeout=AGAIN_MS)


async def test_a_bot_that_is_killed_while_it_paints_charges_nothing_and_tells_its_member(
    comes: Comes, demo: Demo
) -> None:
    ben = await comes("Ben")
    behind = await ben.look_behind()
    demo.stage.images.hold()
    await ben.slash("imagine", {"prompt": "a castle that is interrupted"})
    await demo.stage.images.until_held(1)
    card = await ben.pinned(ben.message("a castle that is interrupted"))
    killed = demo.stage.bot.pid

    await behind.get_by_role("button", name="Kill it and start it again").click()
    await expect(ben.page.get_by_role("status").filter(has_text="Easel is offline")).to_be_visible()
    demo.stage.images.release()
    await expect(ben.page.get_by_role("status").filter(has_text="Easel is online")).to_be_visible(timeout=AGAIN_MS)

    await expect(card).to_contain_text("I was interrupted while this was being painted", timeout=AGAIN_MS)
    await expect(card).to_contain_text("This cost you nothing")
    await expect(behind).to_contain_text(f"Process {demo.stage.bot.pid} is connected")
    assert demo.stage.bot.pid != killed
    await ben.slash("imagine", {"prompt": "a castle after all"})
    await expect(ben.result.get_by_role("img", name="a castle after all")).to_be_visible()
    await expect(behind.locator(".behind-balance")).to_contain_text("Left to Ben39 pictures today")


async def test_a_picture_that_was_painted_is_posted_by_the_next_process(comes: Comes, demo: Demo) -> None:
    """Killed between painting and posting: nothing is lost, nothing is paid twice."""
    cleo = await comes("Cleo")
    behind = await cleo.look_behind()
    paid = demo.stage.images.paid_pictures
    async with switched_on(behind, "says 429"):
        await cleo.slash("imagine", {"prompt": "a lighthouse that survives"})
        posts = behind.get_by_role("row").filter(has_text=re.compile(r"POST /channels/\d+/messages"))
        await expect(posts.filter(has_text="429").first).to_be_attached()
        killed = demo.stage.bot.pid
        await behind.get_by_role("button", name="Kill it and start it again").click()
        await expect(behind).not_to_contain_text(f"Process {killed} ")
        await expect(behind).to_contain_text("is connected", timeout=AGAIN_MS)

    picture = cleo.page.get_by_role("img", name="a lighthouse that survives")
    await expect(picture).to_have_count(1, timeout=AGAIN_MS)
    assert demo.stage.images.paid_pictures == paid + 1


async def test_the_page_comes_back_by_itself_with_what_was_being_written(comes: Comes, demo: Demo) -> None:
    ada = await comes("Ada")
    await ada.write("half a sentence")
    with ada.expecting("WebSocket connection"):
        await demo.page.stop()
        await expect(ada.page.get_by_role("alert").filter(has_text="The connection is lost")).to_be_visible()
        await ada.writing.press("Enter")
        await expect(ada.notices).to_contain_text("There is no connection right now")
        await demo.page.start()
        await expect(ada.page.locator("#connection")).to_be_hidden()

    await expect(ada.writing).to_have_value("half a sentence")
    await ada.writing.press("Enter")
    await expect(ada.message("half a sentence")).to_be_visible()
