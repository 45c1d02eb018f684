"""Models that go while people use them: the successor paints, nothing is paid twice, member and owner are told."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sandbox.guest import Guest
from sandbox.image_api.errors import unknown_model
from sandbox.image_api.faults import errors, wire
from sandbox.image_api.models import DALL_E_3, DEFAULT_MODELS, Model
from tests.end_to_end.books import charged, money, reserved, states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import finished, public, refused, results, says
from tests.end_to_end.trouble import Held, held, let_through
from tests.scene import Scene

DAY_S = 24 * 3_600
GOING, SUCCESSOR = "gpt-image-2", "gpt-image-2.5-flare"
RETIRED = f"`{GOING}` has been retired; `{SUCCESSOR}` painted instead."
DALL_E = Model(id="dall-e-3", released=DEFAULT_MODELS[0].released, rules=DALL_E_3)


def without(*gone: str) -> list[Model]:
    return [model for model in DEFAULT_MODELS if model.id not in gone]


def ending(days: int, going: str = GOING) -> list[Model]:
    """The models, of which one ends so many days from now."""
    day = (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
    return [replace(model, shutdown_date=day) if model.id == going else model for model in DEFAULT_MODELS]


def asked_for(scene: Scene) -> list[object]:
    return [each.fields["model"] for each in scene.images.records.of("generations")]


async def test_a_default_that_disappears_is_replaced_in_the_same_run_and_paid_once(open_scene: Open) -> None:
    scene = await open_scene(image_model=GOING)
    ada = scene.guest("Ada")
    scene.images.models = without(GOING)

    card = await finished(await ada.slash("imagine", prompt="a red bicycle", count=2))

    [post] = public(ada)
    assert len(post.attachments) == 2
    assert RETIRED in post.text
    assert f"`{SUCCESSOR}` · " in post.text
    assert "did not come" not in card.text
    assert asked_for(scene) == [GOING, SUCCESSOR]
    assert (charged(scene, ada), reserved(scene, ada), scene.images.paid_pictures) == (2, 0, 2)


async def test_once_that_is_known_the_successor_is_asked_at_once(open_scene: Open) -> None:
    scene = await open_scene(image_model=GOING)
    ada = scene.guest("Ada")
    scene.images.models = without(GOING)
    await finished(await ada.slash("imagine", prompt="a red bicycle"))

    await finished(await ada.slash("imagine", prompt="a blue bicycle"))

    assert asked_for(scene) == [GOING, SUCCESSOR, SUCCESSOR]
    assert RETIRED in public(ada)[-1].text


async def test_a_model_that_a_member_names_after_its_last_day_is_replaced_and_the_result_says_so(
    open_scene: Open,
) -> None:
    scene = await open_scene(images={"models": ending(days=-1)})
    ada = scene.guest("Ada")

    await finished(await ada.slash("imagine", prompt="a red bicycle", model=GOING))

    assert RETIRED in public(ada)[-1].text
    assert asked_for(scene) == [SUCCESSOR]
    assert charged(scene, ada) == 1


async def test_again_of_a_model_that_left_between_two_starts_is_painted_by_its_successor(open_scene: Open) -> None:
    scene = await open_scene()
    ada = scene.guest("Ada")
    await finished(await ada.slash("imagine", prompt="a red bicycle", model=GOING))
    await scene.stop()
    scene.images.models = without(GOING)
    await scene.start()

    await finished(await ada.click(public(ada)[-1], "Again"))

    assert [RETIRED in post.text for post in results(ada)] == [False, True]
    assert asked_for(scene) == [GOING, SUCCESSOR]
    assert charged(scene, ada) == 2


async def test_what_the_successor_lacks_is_said_with_both_names_and_costs_nothing(open_scene: Open) -> None:
    models = [*DEFAULT_MODELS, DALL_E]
    scene = await open_scene(images={"models": models}, image_model="dall-e-3")
    ada = scene.guest("Ada")
    scene.images.models = DEFAULT_MODELS

    card = await refused(await ada.slash("imagine", prompt="a red bicycle", quality="hd"))

    assert "`dall-e-3` has been retired" in card.text
    assert f"`{SUCCESSOR}` takes these qualities: auto, low" in card.text
    assert card.buttons == []
    assert asked_for(scene) == ["dall-e-3"]
    assert (states(scene), charged(scene), reserved(scene)) == (["failed"], 0, 0)


async def test_when_the_successor_is_gone_too_that_is_said_and_not_tried_for_ever(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.images.faults.add(route="generations", then=errors.error(unknown_model("this one")), times=None)

    card = await refused(await ada.slash("imagine", prompt="a red bicycle"))

    assert "no longer has this model" in card.text
    assert card.buttons == ["Try again"]
    assert len(asked_for(scene)) == 2
    assert (states(scene), charged(scene), reserved(scene)) == (["failed"], 0, 0)


async def test_a_job_is_not_painted_anew_when_one_of_its_calls_may_have_been_paid(open_scene: Open) -> None:
    scene = await open_scene(images={"models": [*DEFAULT_MODELS, DALL_E]})
    ada = scene.guest("Ada")
    scene.images.faults.add(route="generations", then=errors.error(unknown_model("dall-e-3")))
    scene.images.faults.add(route="generations", then=wire.reset(after_the_work=True))

    card = await refused(await ada.slash("imagine", prompt="a red bicycle", model="dall-e-3", count=2))

    assert "did not answer in time" in card.text
    assert asked_for(scene) == ["dall-e-3", "dall-e-3"]
    assert (charged(scene), reserved(scene), scene.images.paid_pictures) == (0, 0, 1)


CHEAP = "gpt-image-1-mini"  # its pictures cost up to $0.05, those of its successor up to $0.22


async def test_for_a_successor_that_costs_more_the_budget_sets_more_aside(open_scene: Open) -> None:
    scene = await open_scene(image_model=CHEAP, budget_usd_per_day=Decimal(1))
    ada = scene.guest("Ada")
    scene.images.models = without(CHEAP)

    await finished(await ada.slash("imagine", prompt="a red bicycle"))

    assert asked_for(scene) == [CHEAP, GOING]
    assert f"`{CHEAP}` has been retired; `{GOING}` painted instead." in public(ada)[-1].text
    assert (charged(scene, ada), reserved(scene)) == (1, 0)
    [spent] = money(scene)
    assert 200_000 < (spent.most or 0) < 230_000
    assert spent.charged == spent.cost


async def test_a_successor_that_the_budget_cannot_pay_does_not_paint(open_scene: Open) -> None:
    scene = await open_scene(image_model=CHEAP, budget_usd_per_day=Decimal("0.1"))
    ada = scene.guest("Ada")
    scene.images.models = without(CHEAP)

    card = await refused(await ada.slash("imagine", prompt="a red bicycle"))

    assert "not enough for this" in card.text
    assert "This cost you nothing" in card.text
    assert asked_for(scene) == [CHEAP]
    [spent] = money(scene)
    assert (spent.charged, spent.reserved, spent.cost) == (0, 0, 0)


@pytest.mark.parametrize(("budget", "state"), [("1", "delivered"), ("0.15", "failed")])
async def test_a_request_whose_model_went_while_it_waited_keeps_within_the_budget(
    open_scene: Open, budget: str, state: str
) -> None:
    scene = await open_scene(images_at_once=1, image_model=CHEAP, budget_usd_per_day=Decimal(budget))
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await held(scene, ben)
    asked = await ada.slash("imagine", prompt="a red bicycle", model=CHEAP)
    await asked.until(says("Queued"))
    [_, waiting] = money(scene)

    await scene.crash()
    scene.images.release()
    scene.images.models = ending(-1, CHEAP)
    await scene.start()
    await until_states(scene, "failed", state)

    [_, spent] = money(scene)
    assert (waiting.most or 0) < 60_000
    assert asked_for(scene) == [CHEAP, GOING][: 1 + (state == "delivered")]
    assert spent.reserved == 0
    assert spent.charged <= (spent.most or 0)


async def test_after_a_crash_the_result_names_the_model_that_painted(open_scene: Open) -> None:
    others = [model for model in DEFAULT_MODELS if model.rules is None]
    scene = await open_scene(images_at_once=1, image_model=GOING, images={"models": [*others, DALL_E]})
    ada = scene.guest("Ada")
    last_call = Held()
    for fault in (let_through(), let_through(), last_call.fault):
        scene.images.faults.add(route="generations", then=fault)
    asked = await ada.slash("imagine", prompt="a red bicycle", count=2)
    await last_call.arrived.wait()

    await scene.crash()
    last_call.release()
    await scene.start()
    await finished(asked)

    assert asked_for(scene) == [GOING, "dall-e-3", "dall-e-3"]
    assert "`dall-e-3` · " in public(ada)[-1].text
    assert (charged(scene, ada), reserved(scene, ada)) == (1, 0)


async def test_models_shows_which_default_ends_and_what_paints_then(open_scene: Open) -> None:
    scene = await open_scene(images={"models": ending(days=20)}, image_model=GOING)

    shown = await (await scene.guest("Ada").slash("models")).answer()

    day = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    assert f"`{GOING}` (IMAGE_MODEL) ends on {day}. After that `{SUCCESSOR}` paints." in shown.text


Owned = Callable[..., Awaitable[tuple[Scene, Guest]]]


@pytest.fixture
async def owned(open_scene: Open, hurried: HurriedClock) -> Owned:
    """Opens a world in which the bot is Olga's."""

    async def open_(days: int) -> tuple[Scene, Guest]:
        scene = await open_scene(clock=hurried, start=False, images={"models": ending(days)}, image_model=GOING)
        olga = scene.guest("Olga")
        scene.settings = scene.settings.model_copy(update={"owner_ids": frozenset({olga.id})})
        await scene.start()
        return scene, olga

    return open_


async def test_the_owner_is_told_at_the_start_that_the_default_ends_and_logs_say_so(
    owned: Owned, caplog: pytest.LogCaptureFixture
) -> None:
    _, olga = await owned(days=20)

    [told] = await olga.until_sees("dm", says(f"`{GOING}` (IMAGE_MODEL) ends on"))

    assert f"After that `{SUCCESSOR}` paints." in told.text
    assert "Set IMAGE_MODEL to a model that stays" in told.text
    assert f"model={GOING} successor={SUCCESSOR}" in caplog.text


async def test_the_owner_is_told_that_the_default_has_gone(owned: Owned) -> None:
    _, olga = await owned(days=-3)

    [told] = await olga.until_sees("dm", says("has been retired"))

    assert f"`{GOING}` (IMAGE_MODEL) has been retired. `{SUCCESSOR}` paints in its place." in told.text


async def test_the_owner_is_told_once_a_day_at_most_also_across_starts(
    owned: Owned, hurried: HurriedClock, caplog: pytest.LogCaptureFixture
) -> None:
    scene, olga = await owned(days=20)
    await olga.until_sees("dm", says("ends on"))

    await scene.stop()
    await scene.start()
    await until(lambda: caplog.text.count(f"model={GOING} successor={SUCCESSOR}") == 2)
    await finished(await scene.guest("Ada").slash("imagine", prompt="a red bicycle"))
    assert len(olga.sees("dm")) == 1

    hurried.skip(DAY_S)
    await olga.until_sees("dm", says("ends on"), count=2, timeout_s=30)


async def test_an_owner_whose_default_stays_is_left_alone(owned: Owned) -> None:
    scene, olga = await owned(days=60)

    await finished(await scene.guest("Ada").slash("imagine", prompt="a red bicycle"))
    await until_states(scene, "delivered")

    assert olga.sees("dm") == []
