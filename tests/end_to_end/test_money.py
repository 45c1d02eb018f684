"""What a request costs the bot's owner: counted, shown, given back, and kept through a crash."""

import logging
from math import ceil

import pytest

from sandbox.image_api.faults import answers, errors, wire
from sandbox.image_api.models import DEFAULT_MODELS
from tests.end_to_end.books import charged, money, states, until_states
from tests.end_to_end.conftest import Open
from tests.end_to_end.foxes import A_PREVIEW, DALL_E, OF_ONE_FOX, SQUARE_HIGH, SQUARE_MEDIUM, coarse_fox, rich
from tests.end_to_end.screen import ends, finished, has_result, paints, public, refused, says, variation
from tests.end_to_end.trouble import Held, held, let_through
from tests.scene import Scene


async def test_a_request_costs_what_the_service_counted_and_its_card_says_whom(
    open_scene: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    scene = await rich(open_scene)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    scene.images.hold()
    asked = await ada.slash("imagine", prompt="a fox", size="1024x1024")
    first = await asked.answer()
    await scene.images.until_held(1)
    [waiting] = money(scene)
    scene.images.release()

    card = await finished(asked)

    assert "This costs the bot's owner at most $0.22." in first.text
    assert waiting.most is not None
    assert SQUARE_HIGH < waiting.reserved == waiting.most < SQUARE_HIGH + 200
    assert "This cost the bot's owner $0.053." in card.text
    [spent] = money(scene)
    assert (spent.cost, spent.charged, spent.reserved) == (OF_ONE_FOX, OF_ONE_FOX, 0)
    assert "$" not in public(ben)[0].text
    assert f"cost_microusd={OF_ONE_FOX}" in caplog.text


async def test_previews_are_reserved_and_charged_too(open_scene: Open) -> None:
    scene = await rich(open_scene, image_previews=2)
    ada = scene.guest("Ada")
    scene.images.hold()
    asked = await ada.slash("imagine", prompt="a fox", size="1024x1024")
    await scene.images.until_held(1)
    [waiting] = money(scene)
    scene.images.release()

    await finished(asked)

    assert waiting.most is not None
    assert SQUARE_HIGH + 2 * A_PREVIEW < waiting.reserved == waiting.most < SQUARE_HIGH + 2 * A_PREVIEW + 200
    [spent] = money(scene)
    assert (spent.cost, spent.charged, spent.reserved) == (OF_ONE_FOX + 2 * A_PREVIEW,) * 2 + (0,)


@pytest.mark.parametrize(
    "counted",
    [
        {"total_tokens": 2**63, "input_tokens": 9, "output_tokens": 2**63},
        {"total_tokens": 99, "prompt_tokens": 9, "completion_tokens": 90},
    ],
    ids=["nonsense", "other names"],
)
async def test_a_count_of_tokens_that_is_of_no_use_costs_nobody_his_picture_and_is_not_believed(
    open_scene: Open, counted: dict[str, int]
) -> None:
    scene = await rich(open_scene)
    scene.images.faults.add(route="generations", then=answers.counted(counted))

    card = await finished(await scene.guest("Ada").slash("imagine", prompt="a fox", size="1024x1024"))

    assert "$" not in card.text, "the quality was the service's choice"
    [spent] = money(scene)
    assert (spent.cost, spent.charged, spent.reserved) == (None, spent.most, 0)


async def test_private_pictures_say_what_they_cost_too(open_scene: Open) -> None:
    scene = await rich(open_scene)
    asked = await scene.guest("Ada").slash("imagine", prompt="a fox", size="1024x1024", options={"private": True})

    card = await asked.until(has_result)

    assert "This cost the bot's owner $0.053." in card.text
    await until_states(scene, "delivered")


async def test_without_a_budget_what_is_not_known_is_not_invented(scene: Scene) -> None:
    scene.images.faults.add(route="generations", then=answers.fewer(1))
    asked = await scene.guest("Ada").slash("imagine", prompt="a fox")
    first = await asked.answer()

    await finished(asked)

    assert "$" not in first.text
    [spent] = money(scene)
    assert (spent.most, spent.charged) == (None, spent.cost or 0)


async def test_a_call_that_surely_did_nothing_gives_the_money_back(open_scene: Open) -> None:
    scene = await rich(open_scene)
    scene.images.faults.add(route="generations", then=errors.refused_by_safety())

    await refused(await scene.guest("Ada").slash("imagine", prompt="a fox"))

    [spent] = money(scene)
    assert (spent.cost, spent.charged, spent.reserved) == (0, 0, 0)


@pytest.mark.parametrize("fault", [wire.reset, answers.no_pictures, lambda: errors.refused_by_safety(stage="output")])
async def test_a_call_that_may_have_been_paid_for_counts_at_its_most(open_scene: Open, fault: object) -> None:
    scene = await rich(open_scene)
    assert callable(fault)
    scene.images.faults.add(route="generations", then=fault())

    await refused(await scene.guest("Ada").slash("imagine", prompt="a fox"))

    [spent] = money(scene)
    assert (spent.cost, spent.charged, spent.reserved) == (None, spent.most, 0)
    assert (states(scene), charged(scene)) == (["failed"], 0), "the member pays nothing, the owner perhaps did"


async def test_a_cancelled_request_gives_the_money_back(open_scene: Open) -> None:
    scene = await rich(open_scene, images_at_once=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await held(scene, ben)
    waiting = await ada.slash("imagine", prompt="a fox")
    card = await waiting.answer()
    assert money(scene)[1].reserved > 0

    await ada.click(card, "Cancel")
    await ends(waiting, "Cancelled")

    spent = money(scene)[1]
    assert (spent.cost, spent.charged, spent.reserved) == (0, 0, 0)
    scene.images.release()
    await until_states(scene, "delivered", "cancelled")


async def test_a_call_that_a_crash_hid_counts_at_its_most_and_the_next_process_says_so_in_the_books(
    open_scene: Open,
) -> None:
    scene = await rich(open_scene)
    asked = await held(scene, scene.guest("Ada"))

    await scene.crash()
    scene.images.release()
    [before] = money(scene)
    await scene.start()
    await ends(asked, "interrupted while this was being painted")

    [after] = money(scene)
    assert (before.reserved, before.charged) == (before.most, 0)
    assert (after.cost, after.charged, after.reserved) == (None, before.most, 0)


async def test_with_rerun_lost_both_calls_are_paid(open_scene: Open) -> None:
    scene = await rich(open_scene, rerun_lost=True)
    asked = await held(scene, scene.guest("Ada"), "a fox")
    [before] = money(scene)

    await scene.crash()
    scene.images.release()
    await scene.start()
    await finished(asked)

    [spent] = money(scene)
    assert spent.most == 2 * (before.most or 0), "the second call was set aside before it was made"
    assert spent.cost is None, "what the lost one did cost nobody knows"
    assert spent.charged == (before.most or 0) + OF_ONE_FOX


async def test_pictures_that_a_crash_cut_off_cost_at_most_what_their_calls_can(open_scene: Open) -> None:
    """Two calls: the first was answered, and its count died with the process; the second was under way."""
    scene = await rich(open_scene, images_at_once=1, images={"models": (*DEFAULT_MODELS, DALL_E)})
    second_call = Held()
    scene.images.faults.add(route="generations", then=let_through())
    scene.images.faults.add(route="generations", then=second_call.fault)
    asked = await scene.guest("Ada").slash(
        "imagine", prompt="a fox", model="dall-e-3", size="1024x1024", quality="standard", count=3
    )
    await second_call.arrived.wait()

    await scene.crash()
    second_call.release()
    await scene.start()
    await finished(asked)

    [spent] = money(scene)
    assert (spent.most, spent.cost, spent.charged) == (120_000, None, 80_000)
    assert charged(scene) == 1


async def test_pictures_of_the_price_list_cost_what_came(open_scene: Open) -> None:
    scene = await rich(open_scene, images={"models": (*DEFAULT_MODELS, DALL_E)})
    scene.images.faults.add(route="generations", then=errors.refused_by_safety())

    card = await finished(
        await scene.guest("Ada").slash(
            "imagine", prompt="a fox", model="dall-e-3", size="1024x1024", quality="standard", count=4
        )
    )

    [spent] = money(scene)
    assert (spent.most, spent.cost, spent.charged) == (160_000, 120_000, 120_000)
    assert "This cost the bot's owner $0.12." in card.text


async def test_a_quality_that_the_service_does_not_know_is_paid_as_its_own_choice(open_scene: Open) -> None:
    scene = await rich(open_scene, images={"refused_fields": {"quality"}})
    ada = scene.guest("Ada")

    await finished(await coarse_fox(ada))
    scene.images.faults.add(route="generations", then=answers.counted(None))
    await finished(await coarse_fox(ada))

    [learning, knowing] = money(scene)
    assert SQUARE_HIGH < (knowing.most or 0) < SQUARE_HIGH + 200
    assert (learning.most, learning.cost) == (knowing.most, OF_ONE_FOX)
    assert (knowing.cost, knowing.charged) == (None, knowing.most)


async def test_an_edit_costs_its_source_too_and_a_replys_public_card_says_nothing_of_money(open_scene: Open) -> None:
    scene = await rich(open_scene, images_at_once=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    post = await paints(scene, ada)
    await held(scene, ada)

    await ben.reply(post, "vary")
    [waiting] = await ben.until_sees("general", says("Queued"))
    scene.images.release()
    await variation(ben, before=2)
    await until_states(scene, "delivered", "delivered", "delivered")

    spent = money(scene)[2]
    assert (spent.most or 0) > SQUARE_HIGH + 1_536 * 8
    [call] = scene.images.records.of("edits")
    words = (ceil(len(call.prompt or "") / 4) + 6) * 5
    assert spent.cost is not None
    assert spent.cost > SQUARE_MEDIUM + words, "the tokens of the source come on top"
    assert not waiting.ephemeral
    assert "$" not in "".join(seen.text for seen in (waiting, *public(ben)))
