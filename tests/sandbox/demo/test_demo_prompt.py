"""The prompt after the tour: what a person in a terminal types, and what they get."""

from pathlib import Path

from PIL import Image

from tests.sandbox.demo.sandbox_process import started

CTRL_D = "\x04"


async def test_somebody_types_at_the_prompt(tmp_path: Path) -> None:
    async with started(tmp_path, "--tour", terminal=True) as demo:
        await demo.until("Ada in #general> ")
        assert "\x1b[1;35monly Ada sees" in demo.raw, "a terminal gets colours"

        demo.type("/imagine a fox in the snow count:2\n")
        painted = await demo.until("Ada in #general> ")
        demo.type("as ben\n")
        await demo.until("Ben in #general> ")
        demo.type("reply vary at night\n")
        varied = await demo.until("Ben in #general> ")
        demo.type("click v1\n")
        clicked = await demo.until("Ben in #general> ")
        demo.type("/quota\n")
        quota = await demo.until("Ben in #general> ")
        demo.type("quit\n")
        status = await demo.ended()

    assert status == 0
    assert "2 pictures" in painted
    assert "0 left today" in painted
    assert "│ at night" in varied
    assert "[V1] [Again] [Delete]" in clicked
    assert "0 pictures left today." in quota
    with Image.open(tmp_path / "demo-output" / "12-ada-fox-snow.png") as picture:
        assert picture.format == "PNG"


async def test_what_cannot_be_done_is_said_in_words(tmp_path: Path) -> None:
    said = {}
    async with started(tmp_path, "discord", "--port", "0", terminal=True) as discord:
        await discord.until("Ada in #general> ")
        for line in (
            "/imagine a fox",
            "paint a fox",
            "as nobody",
            "in nowhere",
            "click V1",
            "reply vary",
            "upload nope.png",
        ):
            discord.type(f"{line}\n")
            said[line] = await discord.until("Ada in #general> ")
        discord.type(CTRL_D)
        status = await discord.ended()

    assert status == 0
    assert "no bot is connected" in said["/imagine a fox"]
    assert "«help» lists the rest" in said["paint a fox"]
    assert "there is nobody called 'nobody', only Olga, Ada, Ben, Cleo, Pia" in said["as nobody"]
    assert "Ada knows no channel «nowhere»" in said["in nowhere"]
    assert "there is no button 'V1' in this channel" in said["click V1"]
    assert "there is no picture in this channel yet" in said["reply vary"]
    assert "cannot read the file 'nope.png'" in said["upload nope.png"]
    assert "Traceback" not in discord.text


async def test_ctrl_c_leaves_the_prompt_quietly(tmp_path: Path) -> None:
    async with started(tmp_path, "discord", "--port", "0", terminal=True) as discord:
        await discord.until("Ada in #general> ")
        status = await discord.interrupted()

    assert status == 0
    assert "Traceback" not in discord.text


async def test_one_looks_around_as_different_people(tmp_path: Path) -> None:
    async with started(tmp_path, "discord", "--port", "0", terminal=True) as discord:
        await discord.until("Ada in #general> ")
        discord.type("say good morning\n")
        await discord.until("Ada in #general> ")
        discord.type("in dm\n")
        await discord.until("Ada in direct messages> ")
        discord.type("say between us\n")
        await discord.until("Ada in direct messages> ")
        discord.type("in general\n")
        await discord.until("Ada in #general> ")
        discord.type("as cleo\n")
        await discord.until("Cleo in #general> ")
        discord.type("look\n")
        general = await discord.until("Cleo in #general> ")
        discord.type("in dm\n")
        direct = await discord.until("Cleo in direct messages> ")
        discord.type("quit\n")
        await discord.ended()

    assert "Ada               good morning" in general
    assert "between us" not in direct
