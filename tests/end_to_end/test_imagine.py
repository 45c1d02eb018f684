"""/imagine from the keyboard to the posted picture, when all goes well."""

import base64
import io
from dataclasses import replace

import pytest
from PIL import Image

from sandbox.image_api.faults import answers
from sandbox.image_api.faults.wire import late
from sandbox.image_api.models import DALL_E_3, DEFAULT_MODELS, GPT_IMAGE_1_5, Model, TokenTable
from tests.end_to_end.books import charged, jobs, reserved, until_states
from tests.end_to_end.conftest import Open
from tests.end_to_end.screen import finished, has_result, pings, public, says, shows_pictures
from tests.end_to_end.trouble import (
    Held,
)
from tests.scene import Scene

DALL_E = Model(id="dall-e-3", released=DEFAULT_MODELS[0].released, rules=DALL_E_3)


async def test_the_first_answer_is_private_and_there_before_anything_is_checked_or_painted(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    check = Held()
    scene.images.faults.add(route="moderations", then=check.fault)

    asked = await ada.slash("imagine", prompt="a red bicycle")
    card = await asked.answer()
    await check.arrived.wait()

    assert card.ephemeral
    assert not card.loading
    assert "a red bicycle" in card.text
    assert card.buttons == ["Cancel"]
    assert ben.sees() == []
    assert scene.images.records.of("generations") == []
    check.release()
    await finished(asked)


async def test_the_pictures_are_posted_for_all_to_see_with_their_prompt_model_size_time_and_what_is_left(
    open_scene: Open,
) -> None:
    scene = await open_scene(images={"picture_bytes": None})
    ada, ben = scene.guest("Ada"), scene.guest("Ben")

    asked = await ada.slash("imagine", prompt="a red bicycle", count=2, size="1536x1024", quality="low")
    await finished(asked)

    [post] = ben.sees()
    assert [each.filename for each in post.attachments] == [f"easel-{number}.png" for number in (1, 2)]
    assert {each.description for each in post.attachments} == {"a red bicycle"}
    assert len({await ben.download(each) for each in post.attachments}) == 2
    assert {each.size_px for each in post.attachments} == {(1536, 1024)}
    for shown in ("```\na red bicycle\n```", "gpt-image-2.5-flare", "1536×1024", "low", " s ", "18 left today"):
        assert shown in post.text
    assert post.buttons == ["V1", "V2", "Again", "Delete"]
    [call] = scene.images.records.of("generations")
    assert (call.prompt, call.size, call.n, call.fields["quality"]) == ("a red bicycle", "1536x1024", 2, "low")
    assert (charged(scene, ada), scene.images.paid_pictures) == (2, 2)


async def test_only_the_requester_is_called_and_the_card_ends_with_a_link_to_the_result(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")

    asked = await ada.slash("imagine", prompt="a red bicycle")
    card = await finished(asked)

    [post] = public(ada)
    guild = scene.discord.world.guild("The Atelier")
    assert f"https://discord.com/channels/{guild.id}/{post.channel_id}/{post.id}" in card.text
    assert card.buttons == []
    assert post.mentions == {ada.id}
    assert pings(ada) == ["mention"]
    assert pings(ben) == []


async def test_a_long_prompt_is_sent_whole_and_shown_as_far_as_there_is_room(scene: Scene) -> None:
    prompt = "x".join(["a lighthouse in the fog"] * 166)[:4000].strip()
    ada = scene.guest("Ada")

    asked = await ada.slash("imagine", prompt=prompt)
    await finished(asked)

    [post] = public(ada)
    assert scene.images.records.of("generations")[0].prompt == prompt
    assert post.attachments[0].description == prompt[:1023] + "…"
    assert prompt[:1000] in post.text
    assert len(post.content) <= 2000


async def test_more_pictures_than_the_model_paints_at_once_come_by_several_calls_in_one_message(
    open_scene: Open,
) -> None:
    scene = await open_scene(images={"models": (*DEFAULT_MODELS, DALL_E)})
    ada = scene.guest("Ada")

    asked = await ada.slash("imagine", prompt="a red bicycle", model="dall-e-3", count=3)
    await finished(asked)

    [post] = public(ada)
    assert [each.filename for each in post.attachments] == ["easel-1.png", "easel-2.png", "easel-3.png"]
    assert [call.n for call in scene.images.records.of("generations")] == [1, 1, 1]
    assert charged(scene, ada) == 3


async def test_a_size_that_only_the_member_knows_of_is_asked_for(open_scene: Open) -> None:
    rules = replace(GPT_IMAGE_1_5, sizes=("auto", "640x480"), tokens=TokenTable.NONE)
    scene = await open_scene(
        images={"models": (*DEFAULT_MODELS, Model(id="studio-v4", released=DALL_E.released, rules=rules))}
    )
    ada = scene.guest("Ada")

    await finished(await ada.slash("imagine", prompt="a red bicycle", model="studio-v4", size="640x480"))

    assert [call.size for call in scene.images.records.of("generations")] == ["640x480"]
    assert len(public(ada)) == charged(scene, ada) == 1


@pytest.mark.parametrize(("kind", "name"), [("GIF", "easel-1.gif"), ("JPEG", "easel-1.jpg"), ("WEBP", "easel-1.webp")])
async def test_a_picture_is_posted_as_the_kind_that_it_is(scene: Scene, kind: str, name: str) -> None:
    ada = scene.guest("Ada")
    content = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(content, kind)
    text = base64.b64encode(content.getvalue()).decode()
    scene.images.faults.add(route="generations", then=answers.urls([f"data:image/png;base64,{text}"]))

    await finished(await ada.slash("imagine", prompt="a red bicycle"))

    [post] = public(ada)
    assert [each.filename for each in post.attachments] == [name]


async def test_a_private_request_stays_on_the_card(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")

    asked = await ada.slash("imagine", prompt="a secret garden", count=2, private=True)
    card = await asked.until(has_result)

    assert card.ephemeral
    assert len(card.attachments) == 2
    assert card.buttons == ["V1", "V2", "Again"]
    assert "18 left today" in card.text
    assert ben.sees() == []
    assert ben.sees("dm") == []
    await until_states(scene, "delivered")
    assert charged(scene, ada) == 2
    assert asked.message is not None
    assert len(asked.message.attachments) == 2


@pytest.mark.parametrize(("channel", "server"), [("dm", None), ("sketches", "The Atelier"), ("lounge", "The Workshop")])
async def test_it_works_in_direct_messages_in_threads_and_in_every_server(
    scene: Scene, channel: str, server: str | None
) -> None:
    ada = scene.guest("Ada")

    asked = await ada.slash("imagine", channel=channel, prompt="a red bicycle")
    card = await finished(asked)

    [post] = [seen for seen in ada.sees(channel) if shows_pictures(seen)]
    place = scene.discord.world.guild(server).id if server else "@me"
    assert f"/channels/{place}/{post.channel_id}/{post.id}" in card.text
    assert charged(scene, ada) == 1


async def test_what_is_left_in_one_server_is_not_touched_in_another(scene: Scene) -> None:
    ada = scene.guest("Ada")
    await finished(await ada.slash("imagine", channel="lounge", prompt="a red bicycle", count=3))

    quota = await (await ada.slash("quota", channel="general")).answer()
    there = await (await ada.slash("quota", channel="lounge")).answer()

    assert "20 pictures left" in quota.text
    assert "17 pictures left" in there.text


async def test_without_a_choice_the_owners_model_paints(open_scene: Open) -> None:
    scene = await open_scene(image_model="gpt-image-2")
    ada = scene.guest("Ada")

    await finished(await ada.slash("imagine", prompt="a red bicycle"))

    assert scene.images.records.of("generations")[0].model == "gpt-image-2"
    assert "gpt-image-2" in public(ada)[0].text


async def test_without_an_owners_choice_the_very_first_request_uses_a_model_that_the_service_lists(
    open_scene: Open,
) -> None:
    """A self-hosted service does not have the model that the catalogue likes best."""
    models = [model for model in DEFAULT_MODELS if model.rules is None or model.id == "gpt-image-2"]
    scene = await open_scene(moderation="off", images={"models": tuple(models)}, start=False)
    scene.images.faults.add(route="models", then=late(0.3))
    await scene.start()
    ada = scene.guest("Ada")

    asked = await ada.slash("imagine", prompt="a red bicycle")
    await finished(asked)

    assert [call.model for call in scene.images.records.of("generations")] == ["gpt-image-2"]


async def test_while_it_waits_the_pictures_are_reserved_and_not_charged(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.images.hold()
    asked = await ada.slash("imagine", prompt="a red bicycle", count=3)
    await asked.until(says("Painting 3 pictures"))

    quota = await (await ada.slash("quota")).answer()

    assert "17 pictures left" in quota.text
    assert (charged(scene, ada), reserved(scene, ada)) == (0, 3)
    scene.images.release()
    await finished(asked)
    assert [job.state for job in jobs(scene)] == ["delivered"]
    assert (charged(scene, ada), reserved(scene, ada)) == (3, 0)


async def test_what_the_card_says_follows_the_work(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.images.hold()

    asked = await ada.slash("imagine", prompt="a red bicycle")

    await asked.until(says("Checking your request", "a red bicycle"))
    painting = await asked.until(says("Painting 1 picture"))
    assert painting.buttons == []
    scene.images.release()
    await finished(asked)
