"""Messages of every kind, buttons, selects and forms, over a bot by hand: what Easel itself does not use, too."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import Comes
from tests.browser.theatre import Show
from tests.browser.visitor import Visitor

COVERED = "Spoiler: show the picture"


async def test_words_are_formatted_as_discord_formats_them(comes_to_the_show: Comes) -> None:
    ada = await comes_to_the_show()
    words = ada.message("A heading").locator(".text").first

    for selector, said in (
        (".heading-1", "A heading"),
        ("strong", "bold"),
        ("em", "italic"),
        ("u", "underlined"),
        ("s", "struck"),
        ("p code", "code"),
        ("em > strong", "both"),
        ("blockquote", "quoted"),
        ("ul > li > ul > li", "below"),
        ("ol > li", "first"),
        ("small", "small print"),
        ("pre code", 'print("<b>no markup</b>")'),
    ):
        await expect(words.locator(selector).filter(has_text=said)).not_to_have_count(0)
    await expect(words).to_contain_text("snake_case 2 * 3 *not italic*")
    await expect(words.locator("a")).to_have_text(["https://example.com/a_b_c", "a link"])
    for link in await words.locator("a").all():
        await expect(link).to_have_attribute("rel", "noopener noreferrer")
        await expect(link).to_have_attribute("target", "_blank")


async def test_timestamps_and_mentions_are_shown_in_words(comes_to_the_show: Comes) -> None:
    ada, ben = await comes_to_the_show("Ada"), await comes_to_the_show("Ben")
    message = ada.message("A heading")

    await expect(message.locator("time.timestamp").first).to_have_text(re.compile(r"^\d years ago$"))
    await expect(message.locator("time.timestamp").last).to_have_text("November 14, 2023")
    await expect(message.locator("time.timestamp").last).to_have_attribute("datetime", "2023-11-14T22:13:20.000Z")
    await expect(message.locator(".mention")).to_have_text(["@Ada", "#no-uploads"])
    await expect(message).to_have_class(re.compile("calls-me"))
    await expect(ben.message("A heading")).not_to_have_class(re.compile("calls-me"))


async def test_spoilers_of_words_are_uncovered_by_keyboard_and_by_mouse(comes_to_the_show: Comes) -> None:
    ada = await comes_to_the_show()
    cover = ada.message("A heading").get_by_role("button", name="Spoiler")
    words = ada.message("A heading").locator(".spoiler-words")

    await expect(words).to_be_hidden()
    await cover.focus()
    await ada.page.keyboard.press("Enter")
    await expect(words).to_be_visible()
    await expect(words).to_have_text("hidden words")
    await ada.page.get_by_role("button", name="Spoiler: show what is below").click()
    await expect(ada.page.get_by_text("nobody saw this coming")).to_be_visible()


async def test_covered_pictures_and_alt_text(comes_to_the_show: Comes) -> None:
    ada = await comes_to_the_show()
    message = ada.message("covered", "notes.txt")

    await expect(message.get_by_role("img")).to_have_count(0)  # nobody hears of it, either
    await message.get_by_role("button", name=COVERED).click()
    await expect(message.get_by_role("img", name="a red square")).to_be_visible()
    badge = message.get_by_role("button", name="Alt text")
    await expect(message.locator(".alt-words")).to_be_hidden()
    await badge.click()
    await expect(badge).to_have_attribute("aria-expanded", "true")
    await expect(message.locator(".alt-words")).to_have_text("a red square")


@pytest.mark.parametrize("count", range(1, 11))
async def test_galleries_lie_side_by_side_and_whole(comes_to_the_show: Comes, count: int) -> None:
    ada = await comes_to_the_show()
    message = await ada.pinned(ada.message(re.compile(rf"(^|\D){count} pictures")))
    pictures = message.locator(".gallery > li").get_by_role("img")
    await expect(pictures).to_have_count(count)
    for number, each in enumerate(await pictures.all(), start=1):
        await each.scroll_into_view_if_needed()
        await expect(each).to_have_js_property("complete", True)  # noqa: FBT003
        await expect(each).to_have_attribute("alt", f"square {number}")
        assert await each.evaluate("each => each.naturalWidth") == 96

    for width_px in (1180, 360):
        await ada.page.set_viewport_size({"width": width_px, "height": 720})
        await message.scroll_into_view_if_needed()
        words, *boxes = await message.evaluate(
            """message => [message.querySelector(".body"), ...message.querySelectorAll(".gallery img")].map((each) => {
                const {left, top, right, bottom} = each.getBoundingClientRect();
                return [left, top, right, bottom];
            })"""
        )
        assert words[2] <= width_px
        assert len(boxes) == count
        assert all(right - left > 40 and low - top > 40 for left, top, right, low in boxes)
        assert all(left >= words[0] and right <= words[2] and low <= words[3] for left, _, right, low in boxes)
        ends = {top: max(box[2] for box in boxes if box[1] == top) for _, top, _, _ in boxes}
        assert max(ends.values()) - min(ends.values()) < 1, "every row is full"
        apart = [
            one[2] <= other[0] + 1 or other[2] <= one[0] + 1 or one[3] <= other[1] + 1 or other[3] <= one[1] + 1
            for number, one in enumerate(boxes)
            for other in boxes[:number]
        ]
        assert all(apart), "no picture lies over another"


async def test_a_picture_is_seen_large_and_the_next_one_is_an_arrow_away(comes_to_the_show: Comes) -> None:
    ada = await comes_to_the_show()
    await ada.message("3 pictures").get_by_role("button", name="square 1").click()
    large = ada.page.get_by_role("dialog", name="Picture")

    await expect(large.get_by_role("img", name="square 1")).to_be_visible()
    await ada.page.keyboard.press("ArrowRight")
    await expect(large.get_by_role("img", name="square 2")).to_be_visible()
    await expect(large).to_contain_text("2 of 3")
    await ada.page.keyboard.press("Escape")
    await expect(large).to_have_count(0)
    await expect(ada.message("3 pictures").get_by_role("button", name="square 1")).to_be_focused()


async def test_every_answer_that_a_button_can_have(comes_to_the_show: Comes, show: Show) -> None:
    ada, ben = await comes_to_the_show("Ada"), await comes_to_the_show("Ben")
    await show.parade.buttons("pressed here")
    message = await ada.pinned(ada.message("pressed here"))

    await pressed(message, "private")
    await expect(ada.message("for you alone")).to_contain_text("Only you can see this")
    await pressed(message, "public")
    await expect(ben.message("for everybody")).to_be_visible()
    await pressed(message, "thinking")
    await expect(ada.message("Easel is thinking")).to_be_visible()
    await expect(ada.message("a thought")).to_be_visible()
    await expect(ada.messages.filter(has_text="is thinking")).to_have_count(0)
    await pressed(message, "later")
    await expect(message.locator("[aria-busy]")).to_have_count(0)
    await pressed(message, "update")
    seen = ben.messages.filter(has=ben.page.locator(".text", has_text="pressed, and changed"))
    await expect(seen).to_contain_text("(edited)")
    await expect(ben.messages.filter(has_text="for you alone")).to_have_count(0)
    buttons = ben.messages.filter(has=ben.page.get_by_role("button", name="off", exact=True)).last
    await expect(buttons.get_by_role("button", name="off", exact=True)).to_be_disabled()
    await expect(buttons.get_by_role("link", name="Away")).to_have_attribute("href", "https://example.com")


async def test_selects_of_one_of_many_and_of_people(comes_to_the_show: Comes) -> None:
    ada = await comes_to_the_show()
    message = await ada.pinned(ada.message("selects"))

    await message.get_by_role("combobox", name="One colour").select_option(label="Green")
    await expect(ada.message("'values': ['green']")).to_be_visible()
    await message.get_by_text("Colours", exact=True).click()
    done = message.get_by_role("button", name="Done")
    await expect(done).to_be_disabled()
    await message.get_by_role("checkbox", name=re.compile("Red")).check()
    await message.get_by_role("checkbox", name=re.compile("Blue")).check()
    await expect(message.get_by_role("checkbox", name=re.compile("Green"))).to_be_disabled()
    await done.click()
    await expect(ada.message("'values': ['red', 'blue']")).to_be_visible()
    await message.get_by_role("combobox", name="Somebody").select_option(label="Ben")
    await expect(ada.message("'custom_id': 'who'")).to_contain_text("Ben")


async def test_a_form_is_checked_and_sent(comes_to_the_show: Comes) -> None:
    ada = await comes_to_the_show()
    await pressed(ada.message("buttons"), "modal")
    form = ada.page.get_by_role("dialog", name="Why?")
    reason = form.get_by_role("textbox", name="Reason")

    await form.get_by_role("button", name="Submit").click()
    await expect(reason).to_have_accessible_description("In your own words This field is required")
    await reason.fill("no")
    await form.get_by_role("button", name="Submit").click()
    await expect(reason).to_have_accessible_description(re.compile("Must be 3 or more in length"))
    await reason.fill("because I can")
    await form.get_by_role("combobox", name="Colour").select_option(label="Blue")
    await form.get_by_role("button", name="Submit").click()

    await expect(form).to_have_count(0)
    await expect(ada.message("because I can")).to_contain_text("blue")


async def test_what_gets_no_answer_fails_in_discords_words(comes_to_the_show: Comes, show: Show) -> None:
    cleo = await comes_to_the_show("Cleo")
    buttons = await cleo.pinned(cleo.message("buttons"))
    await pressed(buttons, "modal")
    form = cleo.page.get_by_role("dialog", name="Why?")
    await form.get_by_role("textbox", name="Reason").fill("because I can")
    show.parade.mute = True
    try:
        await form.get_by_role("button", name="Submit").click()
        await expect(form.get_by_role("alert")).to_have_text("Something went wrong. Try again.")
        await form.get_by_role("button", name="Cancel").click()
        await pressed(buttons, "private")
        await cleo.slash("rule")
        await cleo.begin("paint")
        await cleo.fill("model", "a")
        await expect(cleo.option("model")).to_have_accessible_description(re.compile("Loading options failed"))
    finally:
        show.parade.mute = False

    await expect(buttons).to_contain_text("This interaction failed")
    failed = cleo.page.get_by_role("log").locator(".failed")
    await expect(failed).to_contain_text("/rule The application did not respond")
    await failed.get_by_role("button", name="Dismiss message").click()
    await expect(failed).to_have_count(0)


async def test_an_embed_and_a_layout_are_drawn(comes_to_the_show: Comes) -> None:
    ada = await comes_to_the_show()
    embed = ada.message("an embed").locator(".embed")
    layout = ada.message("In a container")

    await expect(embed).to_contain_text("A title")
    await expect(embed.locator("dt")).to_have_text(["a", "b"])
    await expect(embed.get_by_role("img")).to_be_visible()
    await expect(layout.locator(".section")).to_have_count(2)
    await expect(layout.get_by_role("button", name="beside")).to_be_visible()
    await expect(layout.get_by_role("link", name="v.txt")).to_be_visible()
    accent = await layout.locator(".container").first.evaluate("each => getComputedStyle(each).borderLeftColor")
    assert accent == "rgb(136, 68, 170)"


async def pressed(message: Locator, label: str) -> None:
    await message.get_by_role("button", name=label, exact=True).click()


async def test_older_messages_come_as_somebody_goes_up(comes_to_the_show: Comes, show: Show) -> None:
    ada = await comes_to_the_show("Ada", "lounge")
    for number in range(60):
        await show.discord.guest("Ben").say(f"word {number}.", channel="lounge")
    again: Visitor = await comes_to_the_show("Ada", "lounge")

    await expect(ada.message("word 59.")).to_be_in_viewport()
    await expect(again.message("word 59.")).to_be_in_viewport()
    await expect(again.messages).to_have_count(50)
    await again.page.get_by_role("region", name="Messages in #lounge").evaluate("each => each.scrollTo(0, 0)")
    await expect(again.messages).to_have_count(60)
    await expect(again.page.get_by_text("This is the beginning of #lounge.")).to_be_attached()
