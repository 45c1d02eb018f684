"""What people do with messages: menus, replies, every button of the bot, what is private, and what changes live."""

import re

from playwright.async_api import Locator, expect

from tests.browser.conftest import Comes
from tests.browser.theatre import Demo
from tests.browser.visitor import CAT, Visitor
from tests.end_to_end.trouble import Held

NOT_CHARGED = "This cost you nothing"


async def painted(visitor: Visitor, prompt: str, count: int = 1) -> Locator:
    """A new result of theirs, as they see it."""
    await visitor.slash("imagine", {"prompt": prompt, "count": str(count)})
    result = visitor.messages.filter(has=visitor.page.get_by_role("button", name=f"V{count}", exact=True))
    await expect(result.last.get_by_role("img", name=prompt)).to_have_count(count)
    return result.last


async def says_picture(visitor: Visitor, words: str) -> None:
    await visitor.writing.focus()
    await visitor.paste(CAT)
    await visitor.send(words)
    await expect(visitor.message(words).get_by_role("img")).to_be_visible()


async def test_the_menu_opens_by_right_click_and_by_its_button_and_varies_the_picture(comes: Comes) -> None:
    ada, ben = await comes("Ada"), await comes("Ben")
    await says_picture(ada, "my cat")
    menu = ben.page.get_by_role("menu", name="Message")

    await ben.message("my cat").click(button="right")
    by_click = await menu.get_by_role("menuitem").all_inner_texts()
    await ben.page.keyboard.press("Escape")
    await expect(menu).to_have_count(0)
    await (await ben.menu(ben.message("my cat"))).wait_for()
    by_button = await menu.get_by_role("menuitem").all_inner_texts()
    await menu.get_by_role("menuitem", name="Vary image").click()

    assert by_click == by_button == ["Reply", "Copy text", "Vary image"]
    await expect(ben.message("Done:").locator(".context")).to_have_text("BBen used Vary image")
    await expect(ada.result.get_by_role("img")).to_be_visible()


async def test_a_reply_with_its_ping_varies_and_without_it_nobody_is_called(comes: Comes, demo: Demo) -> None:
    ada = await comes("Ada")
    result = await painted(ada, "a tree for replies")
    edits = len(demo.stage.images.records.of("edits"))

    for words, ping in (("vary in spring", False), ("vary in autumn", True)):
        await result.hover()
        await result.get_by_role("button", name="Reply", exact=True).click()
        switch = ada.page.get_by_role("button", name="Ping Easel")
        await expect(switch).to_have_attribute("aria-pressed", "true")
        if not ping:
            await switch.click()
            await expect(switch).to_have_attribute("aria-pressed", "false")
        await ada.send(words)
        name = ada.message(words).locator(".context strong")
        await expect(name).to_have_text("@Easel" if ping else "Easel")

    await expect(ada.result.get_by_role("img", name=re.compile("in autumn"))).to_be_visible()
    prompts = [str(each.prompt) for each in demo.stage.images.records.of("edits")[edits:]]
    assert len(prompts) == 1
    assert "in autumn" in prompts[0]


async def test_a_message_is_deleted_for_everybody_after_a_question(comes: Comes) -> None:
    ada, ben = await comes("Ada"), await comes("Ben")
    await ada.send("soon gone")
    await expect(ben.message("soon gone")).to_be_visible()

    await (await ada.menu(ada.message("soon gone"))).get_by_role("menuitem", name="Delete message").click()
    question = ada.page.get_by_role("dialog", name="Delete message")
    await question.get_by_role("button", name="Cancel").click()
    await expect(ada.message("soon gone")).to_be_visible()
    await (await ada.menu(ada.message("soon gone"))).get_by_role("menuitem", name="Delete message").click()
    await question.get_by_role("button", name="Delete").click()

    await expect(ben.messages.filter(has_text="soon gone")).to_have_count(0)
    await expect(ada.messages.filter(has_text="soon gone")).to_have_count(0)


async def test_again_and_delete_under_a_result(comes: Comes) -> None:
    ada, ben = await comes("Ada"), await comes("Ben")
    await painted(ada, "a boat again")
    boats = ben.messages.filter(has=ben.page.get_by_role("img", name="a boat again"))
    await expect(boats).to_have_count(1)

    await boats.last.get_by_role("button", name="Again", exact=True).click()
    await expect(boats).to_have_count(2)
    await boats.first.get_by_role("button", name="Delete", exact=True).click()
    await expect(ben.message("Only the person who asked for this")).to_contain_text("Only you can see this")
    hers = ada.messages.filter(has=ada.page.get_by_role("img", name="a boat again"))
    await hers.first.get_by_role("button", name="Delete", exact=True).click()

    await expect(ada.message("Deleted.")).to_contain_text("Only you can see this")
    await expect(boats).to_have_count(1)


async def test_a_card_is_seen_changing_and_can_be_cancelled_while_it_waits(comes: Comes, demo: Demo) -> None:
    ada = await comes("Ada")
    check = Held()
    demo.stage.images.faults.add(route="moderations", then=check.fault)
    await ada.slash("imagine", {"prompt": "a castle that is cancelled"})
    card = ada.message("a castle that is cancelled")
    await expect(card).to_contain_text("Checking your request")
    card = await ada.pinned(card)
    await check.arrived.wait()
    await card.get_by_role("button", name="Cancel").click()

    await expect(card).to_contain_text("Cancelled")
    await expect(card).to_contain_text("(edited)")
    await expect(card.get_by_role("button", name="Cancel")).to_have_count(0)
    check.release()


async def test_why_under_a_refused_reply_tells_its_author_alone(comes: Comes) -> None:
    ada, ben = await comes("Ada"), await comes("Ben")
    result = await painted(ada, "a square for replies")
    await result.hover()
    await result.get_by_role("button", name="Reply", exact=True).click()
    await ada.send("vary with a bloodbath")

    button = ada.page.get_by_role("button", name="Why? (only you)")
    await expect(ben.page.get_by_role("button", name="Why? (only you)")).to_be_visible()
    await button.click()

    await expect(ada.message("graphic violence")).to_contain_text("Only you can see this")
    await expect(ben.messages.filter(has_text="graphic violence")).to_have_count(0)


async def test_the_question_of_privacy_is_answered_by_its_buttons(comes: Comes) -> None:
    pia = await comes("Pia")
    for answer in ("Keep", "Erase"):
        await pia.slash("privacy erase")
        question = pia.messages.filter(has=pia.page.get_by_role("button", name="Keep", exact=True)).last
        await expect(question.get_by_role("button", name="Erase and delete my pictures")).to_be_visible()
        question = await pia.pinned(question)
        await question.get_by_role("button", name=answer, exact=True).click()
        await expect(question.get_by_role("button", name="Keep")).to_have_count(0)


async def test_who_is_erased_can_have_their_posts_deleted_under_everybodys_eyes(comes: Comes) -> None:
    olga, ben = await comes("Olga", "after-hours"), await comes("Ben", "after-hours")
    for visitor in (olga, ben):
        await visitor.page.get_by_role("button", name="I am: go on").click()
    await painted(olga, "a fox that Olga takes back")
    hers = ben.page.get_by_role("img", name="a fox that Olga takes back")
    await expect(hers).to_have_count(1)
    await painted(ben, "a fox that stays")

    await olga.slash("privacy erase")
    button = olga.page.get_by_role("button", name="Erase and delete my pictures")
    question = await olga.pinned(olga.messages.filter(has=button))
    await expect(question).to_contain_text("This cannot be undone.")
    await button.click()

    await expect(question).to_contain_text("I delete your pictures in the channels now")
    await expect(question.get_by_role("button", name="Erase")).to_have_count(0)
    await expect(hers).to_have_count(0)
    await expect(ben.page.get_by_role("img", name="a fox that stays")).to_have_count(1)


async def test_a_private_refusal_is_for_one_person_and_can_be_dismissed_for_good(comes: Comes) -> None:
    ada, ben = await comes("Ada"), await comes("Ben")
    await ada.slash("imagine", {"prompt": "a bloodbath in the market square"})
    await expect(ada.message("Ada used /imagine", "graphic violence")).to_contain_text(NOT_CHARGED)
    refusal = await ada.pinned(ada.message("Ada used /imagine", "graphic violence"))
    await expect(refusal).to_contain_text("Only you can see this")
    await expect(refusal.get_by_role("button", name="More")).to_have_count(0)

    await refusal.get_by_role("button", name="Dismiss message").click()
    await expect(refusal).to_have_count(0)
    await ada.send("waved away")
    await ada.page.reload()
    await expect(ada.message("waved away")).to_be_visible()

    await expect(refusal).to_have_count(0)
    await expect(ben.messages.filter(has_text="market square")).to_have_count(0)


async def test_pings_and_news_of_other_channels_are_marked(comes: Comes) -> None:
    ada, ben = await comes("Ada"), await comes("Ben", "no-uploads")
    await ada.send("hello @Ben, look at #no-uploads")

    await expect(ben.notices).to_contain_text("Ada mentioned you in #general")
    await expect(ben.page.get_by_role("navigation").get_by_role("button", name=re.compile("general 1"))).to_be_visible()
    await ben.notices.get_by_role("button", name="Go there").click()
    await expect(ben.place).to_have_text("#general")
    await expect(ben.message("hello").locator(".mention").first).to_have_text("@Ben")
    await ben.message("hello").get_by_role("button", name="#no-uploads").click()
    await expect(ben.place).to_have_text("#no-uploads")


async def test_a_message_by_direct_message_is_between_two(comes: Comes) -> None:
    ada, ben = await comes("Ada", "dm"), await comes("Ben", "dm")
    await expect(ada.place).to_have_text("@Easel")
    await painted(ada, "a secret for Ada")

    await expect(ben.messages).to_have_count(0)
