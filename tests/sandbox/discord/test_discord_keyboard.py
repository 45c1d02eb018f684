"""What the client lets a person do with what they see."""

import pytest

from sandbox.discord.server import FakeDiscord
from sandbox.guest import ClientRefused, Upload
from tests.sandbox.discord.by_hand import Rest


@pytest.mark.usefixtures("rest")
async def test_the_client_keeps_people_to_their_rights(server: FakeDiscord) -> None:
    ada = server.guest("Ada")

    with pytest.raises(ClientRefused, match="does not have the permission «Send Messages» in #read-only"):
        await ada.say("x", channel="read-only")
    with pytest.raises(ClientRefused, match="knows no channel"):
        await server.guest("Cleo").say("x", channel="lounge")
    said = await server.guest("Ben").say("x")
    with pytest.raises(ClientRefused, match="may not delete"):
        await ada.delete(said)
    await server.guest("Cleo").delete(said)
    assert ada.sees("general") == []


async def test_files_have_a_limit_for_people_too(server: FakeDiscord) -> None:
    with pytest.raises(ClientRefused, match="at most"):
        await server.guest("Ada").say("x", uploads=[Upload("big.bin", b"x" * (10 * 1024 * 1024 + 1))])


async def test_nobody_can_reply_to_an_ephemeral_message(server: FakeDiscord, rest: Rest) -> None:
    asked = await server.guest("Ada").slash("paint", prompt="x")
    await rest.answer(asked, 4, {"content": "hello", "flags": 64})

    with pytest.raises(ClientRefused, match="private"):
        await server.guest("Ada").reply(await asked.answer(), "vary")


async def test_values_of_a_select_are_sent_and_only_those_it_offers(server: FakeDiscord, rest: Rest) -> None:
    options = [{"label": "Red", "value": "r"}, {"label": "Green", "value": "g"}]
    select = {"type": 3, "custom_id": "colour", "placeholder": "Colour", "options": options}
    await rest.post("general", {"content": "x", "components": [{"type": 1, "components": [select]}]})
    ada = server.guest("Ada")
    (post,) = ada.sees()

    asked = await ada.choose(post, "Colour", "g")

    assert (asked.interaction.data["values"], asked.interaction.data["component_type"]) == (["g"], 3)
    with pytest.raises(ClientRefused, match="offers"):
        await ada.choose(post, "Colour", "b")


async def test_buttons_that_are_disabled_absent_or_out_of_sight_cannot_be_pressed(
    server: FakeDiscord, rest: Rest
) -> None:
    knobs = [
        {"type": 2, "style": 1, "label": name, "custom_id": name, "disabled": name == "Off"} for name in ("On", "Off")
    ]
    asked = await server.guest("Ada").slash("paint", prompt="x")
    await rest.answer(asked, 4, {"content": "hello", "flags": 64, "components": [{"type": 1, "components": knobs}]})
    card = await asked.answer()

    assert (card.buttons, card.text) == (["On"], "hello\nOn\nOff")
    for who, label in (("Ada", "Off"), ("Ada", "Gone"), ("Ben", "On")):
        with pytest.raises(ClientRefused):
            await server.guest(who).click(card, label)
    pressed = await server.guest("Ada").click(card, "On")
    await rest.by_token("DELETE", asked)
    assert (await rest.answer(pressed, 7, {"content": "x"}))[1]["code"] == 10008


async def test_a_menu_on_a_person_names_them_and_their_membership(server: FakeDiscord, rest: Rest) -> None:
    await rest.commands({"name": "Wave", "type": 2})
    ben = server.guest("Ben")

    asked = await server.guest("Ada").menu("Wave", ben)

    assert asked.interaction.data["target_id"] == str(ben.id)
    assert asked.interaction.data["resolved"]["users"][str(ben.id)]["global_name"] == "Ben"
    assert "permissions" in asked.interaction.data["resolved"]["members"][str(ben.id)]


async def test_people_are_chosen_from_those_who_are_there(server: FakeDiscord, rest: Rest) -> None:
    select = {"type": 5, "custom_id": "who", "placeholder": "Who", "max_values": 2}
    await rest.post("general", {"content": "x", "components": [{"type": 1, "components": [select]}]})
    ada, (post,) = server.guest("Ada"), server.guest("Ada").sees()
    ben, cleo = (str(server.guest(name).id) for name in ("Ben", "Cleo"))

    asked = await ada.choose(post, "Who", ben, cleo)

    assert asked.interaction.data["values"] == [ben, cleo]
    assert set(asked.interaction.data["resolved"]["members"]) == {ben, cleo}
    for values in ((), (ben, ben), (ben, cleo, str(ada.id)), ("17",), ("nobody",)):
        with pytest.raises(ClientRefused, match="choose"):
            await ada.choose(post, "Who", *values)


async def test_a_modal_takes_of_each_field_what_it_may_hold(server: FakeDiscord, rest: Rest) -> None:
    colours = [{"label": "Red", "value": "r"}, {"label": "Green", "value": "g"}]
    fields = [
        {"type": 18, "label": "Why", "component": {"type": 4, "custom_id": "why", "style": 1, "min_length": 3}},
        {"type": 18, "label": "Which", "component": {"type": 3, "custom_id": "which", "options": colours}},
    ]
    ada = server.guest("Ada")
    asked = await ada.slash("paint", prompt="x")
    assert (await rest.answer(asked, 9, {"custom_id": "m", "title": "M", "components": fields}))[0] == 204

    for values in ({"Why": "no", "Which": ["r"]}, {"Why": "because"}, {"Why": "because", "Which": ["b"]}):
        with pytest.raises(ClientRefused):
            await ada.modal(asked, values)
    sent = await ada.modal(asked, {"Why": "because", "Which": ["g"]})

    shown = [each["component"] for each in sent.interaction.data["components"]]
    assert (shown[0]["value"], shown[1]["values"]) == ("because", ["g"])
