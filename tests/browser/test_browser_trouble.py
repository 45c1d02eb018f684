"""The switches of the image service, thrown in the drawer, and what the member who asks meanwhile is told."""

import re

import pytest
from playwright.async_api import Locator, expect

from sandbox.page.behind.switchboard import RETIRING
from tests.browser.conftest import Comes
from tests.browser.visitor import Visitor, switched_on

PATIENT_MS = 60_000.0  # the bot itself tries again for a while
TOO_BUSY = "The image service is too busy right now. Try again in a few minutes. This cost you nothing."


def picture(visitor: Visitor, prompt: str) -> Locator:
    return visitor.result.get_by_role("img", name=prompt, exact=True)


async def test_a_slow_service_leaves_the_member_with_a_card_until_the_picture_is_there(comes: Comes) -> None:
    ada = await comes("Ada")
    behind = await ada.look_behind()
    async with switched_on(behind, "slow"):
        await ada.slash("imagine", {"prompt": "a slow snail"})
        card = await ada.pinned(ada.message("a slow snail"))
        await expect(card).to_contain_text("Painting 1 picture…")
        painting = behind.locator(".behind-steps li").filter(has_text="painting")
        await expect(painting.last).to_contain_text("is asked for 1 picture")
        await expect(picture(ada, "a slow snail")).to_have_count(0)
        await expect(picture(ada, "a slow snail")).to_be_visible(timeout=PATIENT_MS)

    await expect(card).to_contain_text("Done:")
    call = behind.get_by_role("row").filter(has_text="/images/generations")
    await expect(call.get_by_role("cell").last).to_have_text(re.compile(r"^([89]|\d\d)(\.\d)? s$"))


@pytest.mark.parametrize(("label", "person", "answered"), [("busy", "Ben", "429"), ("broken", "Cleo", "500")])
async def test_a_service_in_trouble_is_told_in_words_and_costs_nothing_and_try_again_works_after_it(
    comes: Comes, label: str, person: str, answered: str
) -> None:
    member = await comes(person)
    behind = await member.look_behind()
    prompt = f"a boat while it is {label}"
    balance = behind.locator(".behind-balance")
    async with switched_on(behind, label):
        await member.slash("imagine", {"prompt": prompt})
        card = await member.pinned(member.message(prompt))
        await expect(card).to_contain_text(TOO_BUSY, timeout=PATIENT_MS)
        await expect(card).to_contain_text("Only you can see this")
        rows = behind.get_by_role("row").filter(has_text="/images/generations")
        await expect(rows.filter(has_text=answered).first).to_be_visible()
        await expect(behind.locator(".behind-steps strong").filter(has_text="released")).to_have_count(1)
        await expect(balance).to_contain_text("Charged0")
        await expect(member.page.get_by_role("img", name=prompt, exact=True)).to_have_count(0)

    await card.get_by_role("button", name="Try again").click()
    await expect(picture(member, prompt)).to_be_visible(timeout=PATIENT_MS)
    await expect(balance).to_contain_text("Charged1")


async def test_a_model_that_is_retired_meanwhile_is_replaced_and_the_member_reads_by_which(comes: Comes) -> None:
    ada = await comes("Ada")
    behind = await ada.look_behind()
    async with switched_on(behind, "retired"):
        await ada.slash("imagine", {"prompt": "a fox by another hand"})
        await expect(picture(ada, "a fox by another hand")).to_be_visible()
        words = ada.result.locator(".text").first
        await expect(words).to_contain_text(re.compile(rf"^@Ada (?!{re.escape(RETIRING)} )[\w.-]+ · 1024×1024 · "))
