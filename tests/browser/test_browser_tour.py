"""The main job, as people at the page do it."""

from playwright.async_api import expect

from tests.browser.conftest import Comes


async def test_from_imagine_to_a_variation_by_its_button(comes: Comes) -> None:
    ada, ben = await comes("Ada"), await comes("Ben")

    await ada.slash("imagine", {"prompt": "a lighthouse at dusk", "count": "2"})
    await expect(ben.result.get_by_role("img", name="a lighthouse at dusk")).to_have_count(2)
    await ben.result.get_by_role("button", name="V1", exact=True).click()

    await expect(ada.message("Done:")).to_contain_text("Only you can see this")
    await expect(ben.message("Done:")).to_contain_text("Only you can see this")
    await expect(ben.result.get_by_role("button", name="V2", exact=True)).to_have_count(0)
    assert await ben.result.get_by_role("img").last.evaluate("each => each.complete && each.naturalWidth") > 0
