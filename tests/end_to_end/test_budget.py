"""The owner's budget: no request passes it, and who is told what."""

import asyncio
from decimal import Decimal

import pytest

from tests.end_to_end.books import money, reserved, states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.foxes import (
    DAY_S,
    NAMES,
    ONLY_NEW,
    SQUARE_HIGH,
    SQUARE_MEDIUM,
    UNKNOWN,
    coarse_fox,
    fine_fox,
    rich,
)
from tests.end_to_end.screen import ends, finished, paints, public, refused, says
from tests.end_to_end.trouble import Held, held
from tests.scene import Scene


async def test_the_day_ends_where_the_budget_does_and_the_owner_is_told_once(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried, start=False, budget_usd_per_day="0.3")
    ada, ben, olga = scene.guest("Ada"), scene.guest("Ben"), scene.guest("Olga")
    scene.settings = scene.settings.model_copy(update={"owner_ids": frozenset({olga.id})})
    await scene.start()
    await finished(await fine_fox(ada))

    for guest in (ada, ben, ada):
        card = await refused(await fine_fox(guest))
        assert card.ephemeral
        assert "not enough for this" in card.text
        assert "come back when it refills <t:" in card.text
    [told] = await olga.until_sees("dm", says("Today's budget of $0.30 is reached"))

    assert "$0.21 are spent and $0.00 reserved" in told.text
    assert "up to $0.22" in told.text
    assert states(scene) == ["delivered"], "nothing was written down, reserved or asked for"
    assert len(scene.images.records.of("generations")) == 1
    await finished(await ben.slash("imagine", prompt="a fox", size="1024x1024", quality="low"))
    hurried.skip(DAY_S)
    await finished(await fine_fox(ben))
    await refused(await fine_fox(ben))
    await olga.until_sees("dm", says("budget"), count=2)


async def test_many_at_once_never_promise_more_than_the_budget(open_scene: Open) -> None:
    scene = await rich(open_scene, budget="0.50", images_at_once=1)
    scene.images.hold()

    asked = await asyncio.gather(*(fine_fox(scene.guest(name)) for name in NAMES * 3))
    await scene.images.until_held(1)
    await until(lambda: len(states(scene)) == 2)

    assert sum(spent.reserved for spent in money(scene)) <= 500_000
    scene.images.release()
    await until_states(scene, "delivered", "delivered")
    answered = [each.message for each in asked]
    assert len([seen for seen in answered if seen is not None and "not enough for this" in seen.text]) == len(asked) - 2


async def test_a_model_whose_cost_is_not_known_is_refused_before_anything_is_reserved(open_scene: Open) -> None:
    scene = await rich(open_scene)

    card = await refused(await scene.guest("Ada").slash("imagine", prompt="a fox", model=UNKNOWN))

    assert f"The bot's owner limits what I may spend, and the price of `{UNKNOWN}` is not known." in card.text
    assert "/models lists them" in card.text
    assert (states(scene), reserved(scene)) == ([], 0)


@pytest.mark.parametrize("preferred", [None, UNKNOWN])
async def test_with_a_budget_the_default_is_the_best_model_whose_cost_is_known(
    open_scene: Open, preferred: str | None
) -> None:
    scene = await rich(open_scene, image_model=preferred)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")

    await finished(await ada.slash("imagine", prompt="a fox"))

    assert "gpt-image-2`" in public(ben)[0].text
    listed = await (await ada.slash("models")).answer()
    assert "`gpt-image-2` (default)" in listed.text


async def test_without_a_budget_the_default_may_cost_what_nobody_knows(scene: Scene) -> None:
    await finished(await scene.guest("Ada").slash("imagine", prompt="a fox"))

    assert UNKNOWN in public(scene.guest("Ben"))[0].text


async def test_where_no_cost_is_known_nothing_is_painted_and_the_words_say_why(open_scene: Open) -> None:
    scene = await rich(open_scene, images={"models": ONLY_NEW})

    card = await refused(await scene.guest("Ada").slash("imagine", prompt="a fox"))

    assert "Only the owner can add one" in card.text
    assert states(scene) == []


async def test_what_waits_while_the_price_turns_out_higher_is_covered_before_it_is_painted(open_scene: Open) -> None:
    scene = await rich(open_scene, images={"refused_fields": {"quality"}}, images_at_once=1)
    held_back = Held()
    scene.images.faults.add(route="generations", then=held_back.fault)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    first = await ada.slash("imagine", prompt="a fox", size="1024x1024", quality="low")
    await held_back.arrived.wait()
    second = await ben.slash("imagine", prompt="a fox", size="1024x1024", quality="low")
    await second.until(says("in line"))
    [_, waiting] = money(scene)
    held_back.release()

    await finished(first)
    await finished(second)

    [_, painted] = money(scene)
    assert waiting.most is not None
    assert painted.most is not None
    assert waiting.most < SQUARE_MEDIUM < SQUARE_HIGH < painted.most
    assert (painted.charged, painted.reserved) == (painted.cost, 0)


async def test_without_a_budget_a_quality_that_the_service_does_not_know_stops_nothing(open_scene: Open) -> None:
    scene = await open_scene(images={"refused_fields": {"quality"}})

    await finished(await scene.guest("Ada").slash("imagine", prompt="a fox", size="1024x1024", quality="low"))

    assert states(scene) == ["delivered"]


async def test_with_rerun_lost_a_call_that_the_budget_cannot_pay_again_is_not_made(open_scene: Open) -> None:
    scene = await rich(open_scene, budget="0.3", rerun_lost=True)
    asked = await held(scene, scene.guest("Ada"), "a fox")

    await scene.crash()
    scene.images.release()
    await scene.start()
    await ends(asked, "not enough for this")

    [spent] = money(scene)
    assert (spent.cost, spent.charged, spent.reserved) == (None, spent.most, 0)
    assert len(scene.images.records.of("generations")) == 1


async def test_what_the_service_would_choose_instead_is_not_painted_where_the_budget_cannot_pay_it(
    open_scene: Open,
) -> None:
    scene = await rich(open_scene, budget="0.1", images={"refused_fields": {"quality"}})

    card = await refused(await coarse_fox(scene.guest("Ada")))

    assert "not enough for this" in card.text
    assert scene.images.paid_pictures == 0
    [spent] = money(scene)
    assert (spent.cost, spent.charged, spent.reserved) == (0, 0, 0)


async def test_a_reply_that_the_budget_refuses_tells_its_author_why(open_scene: Open) -> None:
    scene = await rich(open_scene, budget="0.25")
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    post = await paints(scene, ada)

    await ben.reply(post, "vary")
    note = (await ben.until_sees("general", says("I cannot do that.")))[-1]
    why = await (await ben.click(note, "Why? (only you)")).answer()

    assert "not enough for this" in why.text
    assert states(scene) == ["delivered"]


@pytest.mark.parametrize("model", [None, "gpt-image-2"], ids=["nothing reserved", "too much reserved"])
async def test_requests_that_wait_when_a_budget_is_first_set_are_painted_as_far_as_it_reaches(
    open_scene: Open, model: str | None
) -> None:
    scene = await open_scene(image_previews=0, images_at_once=1, image_model=model)
    ada, ben, cleo = scene.guest("Ada"), scene.guest("Ben"), scene.guest("Cleo")
    await held(scene, ada, "a fox")
    waiting = [await fine_fox(ben), await fine_fox(cleo)]
    for each in waiting:
        await each.answer()
    await scene.crash()
    scene.images.release()
    taken = [each.reserved for each in money(scene)]
    assert taken[1:] == ([0, 0] if model is None else [taken[1]] * 2)
    budget_microusd = 300_000 + taken[0]
    scene.settings = scene.settings.model_copy(update={"budget_usd_per_day": Decimal(budget_microusd) / 1_000_000})

    await scene.start()

    await until(lambda: sorted(states(scene)) == ["delivered", "failed", "failed"])
    [card] = [each.message for each in waiting if each.message and "not enough for this" in each.message.text]
    assert card.ephemeral
    assert sum(each.charged for each in money(scene)) <= budget_microusd
    if model is not None:
        assert states(scene) == ["failed", "delivered", "failed"], "who came first is painted"


async def test_requests_of_unknown_price_that_wait_when_a_budget_is_first_set_are_refused_in_words(
    open_scene: Open,
) -> None:
    scene = await open_scene(image_previews=0, images_at_once=1, images={"models": ONLY_NEW})
    await held(scene, scene.guest("Ada"), "a fox")
    waiting = await scene.guest("Ben").slash("imagine", prompt="a fox", model=UNKNOWN)
    await waiting.answer()
    assert money(scene)[-1].reserved == 0, "nobody knew how much"
    await scene.crash()
    scene.images.release()
    scene.settings = scene.settings.model_copy(update={"budget_usd_per_day": Decimal(5)})

    await scene.start()
    card = await ends(waiting, "the price of", "cost you nothing")

    assert card.ephemeral
    assert len(scene.images.records.of("generations")) == 1
