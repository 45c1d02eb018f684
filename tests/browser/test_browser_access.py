"""Usable by everybody: without a mouse, on a narrow screen, in light and dark, and by what axe-core asks for."""

import re
from collections.abc import Awaitable, Callable

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, ViewportSize, expect

from tests.browser.conftest import Comes
from tests.browser.visitor import CAT, Visitor

NARROW: ViewportSize = {"width": 360, "height": 640}
FAR = 60
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def passes_axe(page: Page) -> None:
    """axe-core finds nothing wrong with what is shown now."""
    found = await Axe().run(page, options={"runOnly": STANDARDS, "resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()


async def tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    for _ in range(FAR):
        await page.keyboard.press(key)
        if await target.evaluate("each => each === document.activeElement"):
            await expect(target).to_be_visible()
            return
    raise AssertionError(f"{key} does not lead to {target}")


async def test_the_main_job_by_keyboard_alone(comes: Comes) -> None:
    ada = await comes("Ada")
    keys = ada.page.keyboard
    await expect(ada.writing).to_be_focused()

    await keys.type("/imag")
    await expect(ada.writing).to_have_attribute("aria-activedescendant", re.compile(r"\S"))
    await keys.press("Enter")
    await expect(ada.option("prompt")).to_be_focused()
    await keys.type("a harbour by keyboard")
    await keys.press("Enter")
    await expect(ada.writing).to_be_focused()
    result = ada.messages.filter(has=ada.page.get_by_role("img", name="a harbour by keyboard"))
    await expect(result).to_have_count(1)

    await tab_to(ada.page, ada.messages.last, "Shift+Tab")
    while not await result.evaluate("each => each === document.activeElement"):
        await keys.press("ArrowUp")
    await tab_to(ada.page, result.get_by_role("button", name="V1", exact=True))
    focused = await ada.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert focused not in ("none", "")
    await keys.press("Enter")
    await expect(ada.messages.filter(has=ada.page.get_by_role("button", name="V1", exact=True))).to_have_count(2)

    await result.focus()
    await tab_to(ada.page, result.get_by_role("button", name="More", exact=True))
    await keys.press("Enter")
    menu = ada.page.get_by_role("menu", name="Message")
    await expect(menu.get_by_role("menuitem").first).to_be_focused()
    await keys.type("v")
    await expect(menu.get_by_role("menuitem", name="Vary image")).to_be_focused()
    await keys.press("Escape")
    await expect(result.get_by_role("button", name="More", exact=True)).to_be_focused()


async def test_people_and_places_are_reached_by_keyboard(comes: Comes) -> None:
    ada = await comes("Ada")
    skip = ada.page.get_by_role("link", name="Skip to the message box")

    await tab_to(ada.page, skip, "Shift+Tab")
    await ada.page.keyboard.press("Enter")
    await expect(ada.writing).to_be_focused()
    await tab_to(ada.page, ada.page.get_by_role("navigation").get_by_role("button", name="lounge"), "Shift+Tab")
    await ada.page.keyboard.press("Enter")
    await expect(ada.place).to_have_text("#lounge")
    await tab_to(ada.page, ada.page.get_by_role("button", name=re.compile("^Ben")), "Shift+Tab")
    await ada.page.keyboard.press("Space")
    await expect(ada.page.get_by_role("button", name=re.compile("^Ben"), pressed=True)).to_be_visible()
    await expect(ada.writing).to_be_focused()


async def test_on_a_narrow_screen_nothing_sticks_out_and_everything_is_reached(comes: Comes) -> None:
    ada = await comes("Ada", viewport=NARROW, has_touch=True)
    await ada.slash("imagine", {"prompt": "a long and narrow street " * 6, "count": "3"})
    await expect(ada.result.get_by_role("img", name="a long and narrow street")).to_have_count(3)
    await ada.page.get_by_role("button", name="Channels and people").click()
    await expect(ada.page.get_by_role("navigation", name="Channels")).to_be_in_viewport()
    await fits(ada.page)
    await ada.open("lounge")
    await expect(ada.page.get_by_role("navigation", name="Channels")).not_to_be_in_viewport()
    await expect(ada.place).to_have_text("#lounge")
    await ada.begin("vary")
    await ada.paste(CAT)
    await fits(ada.page)
    await expect(ada.command.get_by_role("button", name="Send", exact=True)).to_be_in_viewport()
    await ada.page.keyboard.press("Escape")
    behind = await ada.look_behind()
    await fits(ada.page)
    await expect(behind.get_by_role("button", name="Kill it and start it again")).to_be_in_viewport()
    await behind.get_by_role("button", name="Close").click()
    await ada.page.get_by_role("button", name="Channels and people").click()
    await ada.open("general")
    await expect(ada.result).to_be_in_viewport()
    await fits(ada.page)


COVERED = """() => [...document.querySelectorAll(".message:has(> .tools)")].flatMap((message) => {
    const {left, bottom} = message.querySelector(".tools").getBoundingClientRect();
    const words = document.createTreeWalker(message.querySelector(".body"), NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    const boxes = [...message.querySelectorAll("img, .button, .select")].flatMap((each) => [...each.getClientRects()]);
    while (words.nextNode()) {
        range.selectNodeContents(words.currentNode);
        boxes.push(...range.getClientRects());
    }
    return boxes.some((box) => box.right > left + 1 && box.top < bottom - 1) ? [message.innerText] : [];
})"""


async def test_where_nothing_hovers_the_tools_of_a_message_lie_over_nothing(comes_to_the_show: Comes) -> None:
    ada = await comes_to_the_show("Ada", viewport=NARROW, has_touch=True, is_mobile=True)
    await expect(ada.message("In a container")).to_be_visible()
    tools = ada.message("buttons").get_by_role("group", name="Message actions")

    await expect(tools).to_have_css("opacity", "1")
    assert await ada.page.evaluate(COVERED) == []


@pytest.mark.parametrize("way", ["its button", "Escape", "a tap beside it"])
async def test_on_a_narrow_screen_the_side_that_was_opened_is_closed(comes: Comes, way: str) -> None:
    ada = await comes("Ada", viewport=NARROW, has_touch=True)
    opener = ada.page.get_by_role("button", name="Channels and people", exact=True)
    side = ada.page.get_by_role("navigation", name="Channels")
    await opener.tap()
    await expect(side).to_be_in_viewport()
    await expect(opener).to_have_attribute("aria-expanded", "true")

    if way == "Escape":
        await ada.page.keyboard.press("Escape")
    elif way == "its button":
        await ada.page.get_by_role("button", name="Close this list").tap()
    else:
        beside = await ada.page.get_by_role("button", name="Behind the scenes").bounding_box()
        assert beside is not None
        await ada.page.touchscreen.tap(beside["x"] + beside["width"] - 4, beside["y"] + 4)

    await expect(side).not_to_be_in_viewport()
    await expect(opener).to_have_attribute("aria-expanded", "false")
    await expect(ada.page.get_by_role("complementary", name="Behind the scenes")).to_be_hidden()
    if way != "a tap beside it":
        await expect(opener).to_be_focused()


async def fits(page: Page) -> None:
    """Nothing has to be pushed aside, and no button is out of reach."""
    wide = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1] == NARROW["width"]
    outside = await page.evaluate(
        """() => [...document.querySelectorAll("main button, main input, main textarea, #drawer button")]
            .filter((each) => each.checkVisibility({visibilityProperty: true}) && !each.closest(".behind-scroll"))
            .map((each) => [each.outerHTML.slice(0, 120), each.getBoundingClientRect()])
            .filter(([, box]) => box.left < -1 || box.right > innerWidth + 1)"""
    )
    assert outside == []


async def test_the_theme_follows_the_system_and_the_switch_overrules_it(comes: Comes) -> None:
    ada = await comes("Ada", color_scheme="dark")
    ground = "Math.max(...getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number))"
    assert await ada.page.evaluate(ground) < 100
    await ada.page.emulate_media(color_scheme="light")
    assert await ada.page.evaluate(ground) > 200

    await ada.page.get_by_role("button", name="Theme: system").click()
    await ada.page.get_by_role("button", name="Theme: light").click()
    await expect(ada.page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert await ada.page.evaluate(ground) < 100
    await ada.page.reload()
    await expect(ada.page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert await ada.page.evaluate(ground) < 100


async def everything_that_can_be_said(ada: Visitor) -> None:
    await expect(ada.message("In a container")).to_be_visible()
    await ada.page.get_by_role("button", name="Spoiler: show what is below").click()
    await ada.message("covered").get_by_role("button", name="Spoiler: show the picture").click()
    await ada.message("covered").get_by_role("button", name="Alt text").click()


async def a_command_list(ada: Visitor) -> None:
    await ada.write("/")
    await expect(ada.commands.first).to_be_visible()


async def a_command_with_mistakes(ada: Visitor) -> None:
    await ada.begin("paint")
    for each in ("count", "friend", "image", "size"):
        await ada.command.get_by_role("button", name=f"Add option {each}:").click()
    await ada.fill("count", "many")
    await ada.submit()
    await ada.fill("model", "a")
    await expect(ada.page.get_by_role("listbox", name="Values of model").get_by_role("option").first).to_be_visible()


async def a_menu(ada: Visitor) -> None:
    await (await ada.menu(ada.message("3 pictures"))).wait_for()


async def a_form(ada: Visitor) -> None:
    await ada.message("buttons").get_by_role("button", name="modal", exact=True).click()
    form = ada.page.get_by_role("dialog", name="Why?")
    await form.get_by_role("button", name="Submit").click()


async def a_picture_seen_large(ada: Visitor) -> None:
    await ada.message("3 pictures").get_by_role("button", name="square 2").click()


async def an_answer_and_a_reply(ada: Visitor) -> None:
    await ada.message("buttons").get_by_role("button", name="private", exact=True).click()
    await expect(ada.message("for you alone")).to_be_visible()
    await ada.message("3 pictures").hover()
    await ada.message("3 pictures").get_by_role("button", name="Reply", exact=True).click()
    await ada.message("3 pictures").hover()


async def an_age_gate(ada: Visitor) -> None:
    await ada.open("after-hours")
    await expect(ada.page.get_by_role("heading", name="This channel is age-restricted")).to_be_visible()


STATES: tuple[Callable[[Visitor], Awaitable[None]], ...] = (
    everything_that_can_be_said,
    a_command_list,
    a_command_with_mistakes,
    a_menu,
    a_form,
    a_picture_seen_large,
    an_answer_and_a_reply,
    an_age_gate,
)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
async def test_axe_finds_nothing_in_light_and_dark(
    comes_to_the_show: Comes, state: Callable[[Visitor], Awaitable[None]]
) -> None:
    ada = await comes_to_the_show("Ada", color_scheme="light")
    await state(ada)
    await passes_axe(ada.page)
    await ada.page.emulate_media(color_scheme="dark")
    await passes_axe(ada.page)


async def test_axe_finds_nothing_behind_the_scenes_wide_and_narrow(comes: Comes) -> None:
    ada = await comes("Ada", color_scheme="light")
    behind = await ada.look_behind()
    await ada.slash("imagine", {"prompt": "a fox for axe"})
    await expect(ada.result.get_by_role("img", name="a fox for axe")).to_be_visible()
    await expect(behind.locator(".behind-steps strong").filter(has_text="charged")).to_have_count(1)
    await behind.get_by_text("Make trouble").click()
    for each in await behind.locator("summary").all():
        await each.click()
    await behind.get_by_text("Make trouble").click()

    await passes_axe(ada.page)
    await ada.page.set_viewport_size(NARROW)
    await ada.page.emulate_media(color_scheme="dark")
    await passes_axe(ada.page)
    await behind.get_by_role("button", name="Close").click()
    await ada.page.get_by_role("button", name="Channels and people").click()
    await passes_axe(ada.page)
