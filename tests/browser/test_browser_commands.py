"""Slash commands: the list, typed options and what is wrong with them, suggestions, and files three ways."""

import re
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, expect

from tests.browser.conftest import Comes
from tests.browser.theatre import Demo
from tests.browser.visitor import CAT, Visitor
from tests.end_to_end.uploads import picture

MEGABYTE = 1024 * 1024


def spelled_out(demo: Demo) -> dict[str, str]:
    """The bot's commands as its own registration names them, and what they say of themselves."""
    found: dict[str, str] = {}
    waiting = [(each["name"], each) for each in demo.discord.commands.listed(None) if each["type"] == 1]
    while waiting:
        words, command = waiting.pop()
        below = [each for each in command.get("options") or [] if each["type"] in (1, 2)]
        waiting += [(f"{words} {each['name']}", each) for each in below]
        if not below:
            found[f"/{words}"] = command["description"]
    return found


async def listed(visitor: Visitor) -> dict[str, str]:
    await expect(visitor.page.get_by_role("listbox", name="Commands")).to_be_visible()
    options = await visitor.commands.all()
    return {await each.locator(".title").inner_text(): await each.locator(".quiet").inner_text() for each in options}


async def test_the_list_has_every_command_of_the_bot_that_a_person_may_see(comes: Comes, demo: Demo) -> None:
    ada, cleo = await comes("Ada"), await comes("Cleo")
    every = spelled_out(demo)

    await ada.write("/")
    await cleo.write("/")

    assert await listed(cleo) == every
    assert await listed(ada) == {words: about for words, about in every.items() if not words.startswith("/admin")}
    assert "/admin quota show" in every


async def test_the_list_narrows_while_somebody_types_and_is_left_by_escape(comes: Comes) -> None:
    ada = await comes()

    await ada.write("/qu")
    assert list(await listed(ada)) == ["/quota"]
    await ada.writing.press("Escape")
    await expect(ada.page.get_by_role("listbox", name="Commands")).to_be_hidden()
    await ada.write("/imagine a fox count:2")

    await expect(ada.command).to_have_accessible_name("/imagine")
    await expect(ada.option("prompt")).to_have_value("a fox")
    await expect(ada.option("count")).to_have_value("2")
    await ada.page.keyboard.press("Escape")
    await expect(ada.writing).to_be_focused()


async def test_options_are_checked_as_they_are_typed_for(comes: Comes, demo: Demo) -> None:
    ada = await comes()
    asked = len(demo.discord.interactions.by_token)
    await ada.begin("imagine")

    await ada.submit()
    await expect(ada.option("prompt")).to_have_accessible_description(re.compile("This option is required"))
    await expect(ada.option("prompt")).to_be_focused()
    await ada.fill("prompt", "x" * 6000)
    await ada.submit()
    await expect(ada.option("prompt")).to_have_accessible_description(re.compile(r"or fewer characters \(now 6000\)"))
    await ada.fill("prompt", "a checked fox")
    for typed, said in (("eleven", "Enter a valid integer"), ("11", "Must be 10 or fewer"), ("0", "Must be 1 or more")):
        await ada.fill("count", typed)
        await ada.submit()
        await expect(ada.option("count")).to_have_accessible_description(re.compile(said))
    assert len(demo.discord.interactions.by_token) == asked, "nothing of it left the page"
    await ada.fill("count", "1")
    await ada.fill("private", "True")
    await ada.submit()

    private = ada.messages.filter(has_text="Only you can see this").filter(has=ada.page.locator(".picture"))
    await expect(private.get_by_role("img", name="a checked fox")).to_be_visible()


async def test_values_are_suggested_while_somebody_types(comes: Comes) -> None:
    ada = await comes()
    await ada.begin("imagine")
    await ada.fill("prompt", "a fox")
    await ada.fill("model", "mini")

    options = ada.page.get_by_role("listbox", name="Values of model").get_by_role("option")
    await expect(options.first).to_contain_text("mini")
    suggested = await options.first.locator(".title").inner_text()
    assert all("mini" in each for each in await options.all_inner_texts())
    await expect(ada.option("model")).to_have_attribute("aria-expanded", "true")
    await ada.option("model").press("Enter")

    await expect(ada.option("model")).to_have_value(suggested)
    await expect(ada.option("model")).to_have_attribute("aria-expanded", "false")


async def test_suggestions_lie_below_their_field_and_where_there_are_more_above_its_name(comes: Comes) -> None:
    ada = await comes(viewport={"width": 360, "height": 720})
    await ada.begin("imagine")
    values = ada.page.get_by_role("listbox", name="Values of model")

    async def tops_and_bottoms(typed: str, at_least: int) -> tuple[float, float, float, float]:
        await ada.fill("model", typed)
        await expect(values.get_by_role("option").nth(at_least - 1)).to_be_attached()
        boxes = [await each.bounding_box() for each in (values, ada.option("model"))]
        (top, bottom), (field_top, field_bottom) = [(box["y"], box["y"] + box["height"]) for box in boxes if box]
        return top, bottom, field_top, field_bottom

    top, bottom, _, field_bottom = await tops_and_bottoms("mini", 1)
    assert field_bottom <= top < bottom <= 720
    top, bottom, field_top, _ = await tops_and_bottoms("gpt", 5)
    assert 0 <= top < bottom < field_top


@pytest.mark.parametrize("way", ["dialog", "paste", "drop"])
async def test_a_file_is_attached(comes: Comes, way: str) -> None:
    ada = await comes()
    await ada.begin("vary")
    if way == "dialog":
        await ada.command.get_by_role("button", name="Add option image:").click()
        async with ada.page.expect_file_chooser() as chooser:
            await ada.option("image").click()
        await (await chooser.value).set_files(CAT)
    else:
        await (ada.paste if way == "paste" else ada.drop)(CAT)
    await expect(ada.command.get_by_text("cat.png")).to_be_visible()
    await ada.fill("prompt", f"by {way}")
    await ada.submit()

    await expect(ada.result.get_by_role("img", name=re.compile(f"by {way}"))).to_be_visible()


async def test_a_file_can_be_taken_back(comes: Comes) -> None:
    ada = await comes()
    await ada.begin("vary")
    await ada.paste(CAT)
    await ada.command.get_by_role("button", name="Remove cat.png").click()

    await expect(ada.option("image")).to_be_focused()


async def test_a_file_of_the_wrong_kind_is_refused_by_the_bot_in_private(comes: Comes) -> None:
    ada = await comes()
    await ada.begin("vary")
    await ada.paste({"name": "words.txt", "mimeType": "text/plain", "buffer": b"no picture"})
    await ada.submit()

    refusal = ada.message("Only you can see this", "not a picture I can use")
    await expect(refusal).to_be_visible()


async def test_a_file_that_is_too_large_is_refused_by_the_page(comes: Comes, tmp_path: Path) -> None:
    ada = await comes()
    large = tmp_path / "large.png"
    large.write_bytes(bytes(10 * MEGABYTE + 1))
    await ada.begin("vary")
    await ada.command.get_by_role("button", name="Add option image:").click()
    async with ada.page.expect_file_chooser() as chooser:
        await ada.option("image").click()
    await (await chooser.value).set_files(large)

    await expect(ada.command.get_by_text("Your files are too large")).to_be_visible()
    await expect(ada.command.get_by_text("at most 10 MB a file here")).to_be_visible()


async def test_a_message_takes_files_all_three_ways_and_shows_them(comes: Comes) -> None:
    ada, ben = await comes("Ada"), await comes("Ben")
    async with ada.page.expect_file_chooser() as chooser:
        await ada.page.get_by_role("button", name="Attach files").click()
    await (await chooser.value).set_files(FilePayload(name="first.png", mimeType="image/png", buffer=picture()))
    await ada.writing.focus()
    await ada.paste({**CAT, "name": "second.png"})
    await ada.drop({"name": "third.txt", "mimeType": "text/plain", "buffer": b"words"})
    await expect(ada.page.get_by_role("list", name="Files to send").get_by_role("listitem")).to_have_count(3)
    await ada.send("three files")

    shown = ben.message("three files")
    await expect(shown.get_by_role("img", name="first.png")).to_be_visible()
    await expect(shown.get_by_role("img", name="second.png")).to_be_visible()
    await expect(shown.get_by_role("link", name="third.txt")).to_be_visible()
    await expect(ada.page.get_by_role("list", name="Files to send")).to_be_hidden()


async def test_where_nobody_may_write_the_page_says_so_and_commands_go_on(comes: Comes) -> None:
    ada = await comes("Ada", "read-only")

    await ada.send("hello")
    await expect(ada.notices).to_contain_text("You do not have permission to send messages here")
    await ada.write("")
    await ada.slash("quota")

    await expect(ada.message("left", "Only you can see this")).to_be_visible()
