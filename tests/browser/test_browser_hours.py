"""What takes longer than Discord waits: the button of a card that has aged, and the one of pictures that wait."""

from playwright.async_api import expect

from sandbox.discord.faults import status
from tests.browser.conftest import Comes
from tests.browser.theatre import Hours
from tests.end_to_end.books import until_states
from tests.end_to_end.trouble import CARD, NO_MESSAGE, TOKEN_S


async def test_an_aged_card_is_asked_how_it_is_going_and_comes_back_to_life(
    comes_for_hours: Comes, hours: Hours
) -> None:
    ada, ben = await comes_for_hours("Ada"), await comes_for_hours("Ben")
    images = hours.scene.images
    images.hold()
    await ada.slash("imagine", {"prompt": "a castle that takes its time"})
    card = await ada.pinned(ada.message("a castle that takes its time"))
    await images.until_held(1)
    await expect(card).to_contain_text("Painting 1 picture")

    hours.clock.skip(TOKEN_S - 45)
    await expect(card).to_contain_text("This is taking a while. I will post it here when it is done.")
    button = card.get_by_role("button", name="How is it going?")
    await expect(card.get_by_role("button", name="Cancel")).to_have_count(0)
    hours.discord.clock.advance(TOKEN_S)
    await button.click()

    await expect(card).to_contain_text("Painting 1 picture")
    await expect(card).to_contain_text("Only you can see this")
    images.release()
    await expect(ben.result.get_by_role("img", name="a castle that takes its time")).to_be_visible()
    await expect(card).to_contain_text("Done:")
    await expect(button).to_have_count(0)


async def test_a_picture_that_waits_in_quota_is_fetched_where_its_member_is_now(
    comes_for_hours: Comes, hours: Hours
) -> None:
    ada, ben = await comes_for_hours("Ada"), await comes_for_hours("Ben", "lounge")
    images = hours.scene.images
    hours.discord.guest("Ada").person.accepts_direct_messages = False
    images.hold()
    await ada.slash("imagine", {"prompt": "a lighthouse that waits", "private": "True"})
    await images.until_held(1)
    await expect(ada.message("a lighthouse that waits")).to_contain_text("Painting")
    lost = hours.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=2)
    images.release()
    await until_states(hours.scene, "waiting")
    assert lost.struck

    await ada.open("lounge")
    await ada.slash("quota")
    quota = await ada.pinned(ada.message("1 picture is waiting for you."))
    await expect(quota).to_contain_text("kept until")
    await quota.get_by_role("button", name="Show it to me", exact=True).click()

    fetched = ada.messages.filter(has=ada.page.get_by_role("img", name="a lighthouse that waits"))
    await expect(fetched).to_contain_text("Only you can see this")
    await expect(fetched.get_by_role("button", name="V1", exact=True)).to_be_visible()
    await until_states(hours.scene, "delivered")
    answers = ada.messages.filter(has_text="Refills")
    before = await answers.count()
    await ada.slash("quota")
    await expect(answers).to_have_count(before + 1)
    await expect(answers.last).not_to_contain_text("waiting for you")
    await expect(ben.messages).to_have_count(0)
