"""The bot killed and started again from the page, with nothing lost and nobody charged for nothing."""

import os
import signal
from pathlib import Path

from tests.sandbox.demo.sandbox_process import is_running
from tests.sandbox.page.drawer import Drawer, page_open, step, steps


async def killed_and_back(drawer: Drawer) -> None:
    before = drawer.bot["pid"]
    await drawer.tell("behind.kill")
    await drawer.until(lambda: drawer.bot["pid"] != before and drawer.bot["state"] == "connected")


async def test_a_bot_that_is_killed_while_it_paints_comes_back_and_gives_back_what_is_lost(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        images, before = drawer.stage.images, drawer.stage.bot.pid
        images.hold()
        asked = await drawer.stage.discord.guest("Ada").slash("imagine", prompt="a fox")
        await drawer.until_step(asked.interaction.id, "painting")
        await images.until_held(1)
        await killed_and_back(drawer)
        images.release()
        told = await drawer.told(asked.interaction.id)
        log = drawer.stage.log_file.read_text("utf-8")
        calls = [each for each in told["exchanges"] if each["path"].endswith("generations")]

    assert not is_running(before)
    assert "stopping drain_s=" not in log, "it had no time for a last word"
    assert steps(told) == [
        *("event", "accepted", "reserved", "answered", "moderated", "painting"),
        *("killed", "gateway lost", "started", "gateway identify", "taken up", "released", "failed"),
    ]
    assert step(told, "killed")["words"] == f"process {before} was killed with SIGKILL"
    assert step(told, "killed")["source"] == "the bot’s process"
    assert step(told, "taken up")["source"] == "the bot’s log"
    assert "«painting»" in step(told, "taken up")["words"]
    assert step(told, "released")["words"] == "nothing is charged, 1 picture given back"
    assert (told["state"], told["balance"]["left"]) == ("failed", 5)
    assert len(calls) == 1, "what may have been billed is not called again"
    assert calls[0]["cut"], "nobody was there to take the answer"


async def test_what_was_painted_before_the_kill_is_posted_after_it(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        await drawer.turn("limited", on=True)
        asked = await drawer.stage.discord.guest("Ada").slash("imagine", prompt="a fox")
        await drawer.until_step(asked.interaction.id, "post put off")
        await killed_and_back(drawer)
        await drawer.turn("limited", on=False)
        told = await drawer.told(asked.interaction.id)
        seen = await drawer.stage.discord.guest("Ben").until_sees("general", lambda each: each.attachments)

    names = steps(told)
    assert names.index("painted") < names.index("killed") < names.index("taken up") < names.index("posted")
    assert names.count("posted") == len(seen) == drawer.stage.images.paid_pictures == 1
    assert step(told, "post put off")["words"].endswith("HTTP 429; the bot keeps what it has and tries again")
    assert (told["state"], told["balance"]["left"], told["balance"]["charged"]) == ("delivered", 4, 1)


async def test_a_bot_that_ends_by_itself_is_told_and_can_be_started_again(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        ada = drawer.stage.discord.guest("Ada")
        os.kill(drawer.stage.bot.pid, signal.SIGKILL)
        await drawer.until(lambda: drawer.bot["state"] == "ended")
        ended = drawer.bot["ended"]
        unheard = (await ada.slash("quota")).interaction.id
        missed = await drawer.told(unheard)
        await drawer.tell("behind.start")
        await drawer.until(lambda: drawer.bot["state"] == "connected")
        heard = await drawer.told((await ada.slash("quota")).interaction.id)

    assert ended == "by SIGKILL"
    assert (missed["state"], step(missed, "event")["mark"]) == ("unanswered", "open")
    assert heard["state"] == "answered"


async def test_two_pages_see_the_same_and_an_impatient_second_kill_is_refused(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        before = drawer.bot["pid"]
        await drawer.tell("behind.kill")
        await drawer.tell("behind.kill")
        refused = await drawer.until(lambda: [each for each in drawer.said if each["type"] == "refused"])
        await drawer.until(lambda: drawer.bot["pid"] != before and drawer.bot["state"] == "connected")
        async with drawer.another() as other:
            await other.turn("slow", on=True)
            await drawer.until(lambda: drawer.switches["slow"]["on"])

    assert [each["words"] for each in refused] == ["the bot is just being killed and started again"]
    assert other.bot == drawer.bot
