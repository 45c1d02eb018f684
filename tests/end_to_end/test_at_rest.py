"""What lies on the disk: no token beyond its use, no flagged words, no words beyond their time, no open file."""

import os
import stat
from pathlib import Path

import pytest

from bot.home import DATABASE
from sandbox.discord.faults import Hang, status
from sandbox.guest import Upload
from sandbox.image_api.faults import errors
from tests.end_to_end.books import states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import ends, finished, paints, refused, says
from tests.end_to_end.traces import holding
from tests.end_to_end.trouble import CARD, FORBIDDEN, POST, held
from tests.end_to_end.uploads import picture
from tests.scene import Scene

CANARY = "marzipan-axolotl-3d8"
MINUTE_S = 60
DAY_S = 86_400


def tokens(scene: Scene) -> list[str]:
    """Of everything that anybody did in this world."""
    return list(scene.discord.interactions.by_token)


def tokens_on_disk(scene: Scene) -> list[str]:
    """Those that can be read in any file; 60 characters of one are enough to know it."""
    return [token for token in tokens(scene) if holding(scene, token[30:90])]


async def waits_in_quota(scene: Scene, prompt: str) -> None:
    """Pictures that found no way to their member."""
    scene.guest("Ada").person.accepts_direct_messages = False
    scene.discord.faults.add(method="POST", path=POST, then=status(403, FORBIDDEN), times=50)
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(403, FORBIDDEN), times=50)
    await scene.guest("Ada").slash("imagine", prompt=prompt, channel="lounge")
    await until_states(scene, "waiting")
    scene.discord.faults.clear()


async def test_a_token_that_has_served_is_gone_from_every_byte_within_a_minute(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    await paints(scene, ada)
    await refused(await ada.slash("imagine", prompt="something forbidden"))
    scene.images.faults.add(route="generations", then=errors.insufficient_quota())
    await refused(await ada.slash("imagine", prompt="a red bicycle"))
    asked = await held(scene, ada)
    await until_states(scene, "delivered", "refused", "failed", "painting")
    assert holding(scene, asked.interaction.token) != []

    await until(lambda: tokens_on_disk(scene) == [asked.interaction.token], timeout_s=20)

    scene.images.release()
    await finished(asked)
    await until(lambda: tokens_on_disk(scene) == [], timeout_s=20)


async def test_after_fifteen_minutes_there_is_none_whatever_became_of_its_request(
    open_scene: Open, hurried: HurriedClock
) -> None:
    """One is painted for long, one waits in line, one waits for its member, one cannot be told its end."""
    scene = await open_scene(clock=hurried, images_at_once=1, queue_max_wait_s=86_400, image_call_timeout_ms=0)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await waits_in_quota(scene, "pictures that wait")
    await held(scene, ada)
    await (await ben.slash("imagine", prompt="in line")).answer()
    scene.discord.faults.add(method="PATCH", path=CARD, then=Hang(600), times=50)
    await ben.slash("imagine", prompt="something forbidden", channel="lounge")
    await until_states(scene, "waiting", "painting", "queued", "refused")
    assert tokens_on_disk(scene) != []

    hurried.skip(14.5 * MINUTE_S)

    await until(lambda: tokens_on_disk(scene) == [], timeout_s=30)
    scene.discord.faults.clear()
    scene.images.release()


@pytest.mark.parametrize("crashes", [1, 3])
async def test_after_crashes_there_is_none_either(open_scene: Open, hurried: HurriedClock, crashes: int) -> None:
    scene = await open_scene(clock=hurried, images_at_once=1, queue_max_wait_s=86_400)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await held(scene, ada)
    await (await ben.slash("imagine", prompt="in line")).answer()
    hang = scene.discord.faults.add(method="PATCH", path=CARD, then=Hang(600), times=1)
    await ben.slash("imagine", prompt="something forbidden", channel="lounge")
    await until(lambda: hang.struck == 1)
    await scene.crash()
    assert tokens_on_disk(scene) != []

    hurried.skip(16 * MINUTE_S)
    for _ in range(crashes):
        await scene.start()
        await scene.crash()
    await scene.start()

    await until(lambda: tokens_on_disk(scene) == [], timeout_s=30)
    scene.images.release()


async def test_flagged_words_and_pictures_are_gone_at_once(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    asked = await ada.slash("imagine", prompt=f"something forbidden {CANARY}")
    card = await refused(asked)
    varied = await ada.slash("vary", prompt=f"forbidden, too {CANARY}", image=Upload("it.png", picture((64, 48))))
    await refused(varied)
    post = await paints(scene, ada)
    await ada.reply(post, f"vary as something forbidden {CANARY}")
    [note] = await ada.until_sees("general", says("I cannot do that."))
    await until_states(scene, "refused", "refused", "delivered", "refused")

    await until(lambda: holding(scene, CANARY) == [], timeout_s=20)
    kept = {path.name for path in (scene.settings.data_dir / "spool").iterdir()}

    assert len(kept) == 1, "of the delivered one"
    assert card.buttons == []
    assert "violence" in (await (await ada.click(note, "Why? (only you)")).answer()).text


async def test_the_words_of_what_failed_or_waits_are_forgotten_in_time_and_why_it_failed(
    open_scene: Open, hurried: HurriedClock
) -> None:
    """Within the days for which pictures wait for their member, who still gets them."""
    scene = await open_scene(clock=hurried, keep_prompts_days=3)
    ada = scene.guest("Ada")
    await waits_in_quota(scene, f"it waits {CANARY}")
    await refused(await ada.slash("imagine", prompt=f"something forbidden {CANARY}"))
    scene.images.faults.add(route="generations", then=errors.insufficient_quota())
    await refused(await ada.slash("imagine", prompt=f"it fails {CANARY}"))
    await finished(await ada.slash("imagine", prompt=f"it comes {CANARY}"))
    await until_states(scene, "waiting", "refused", "failed", "delivered")

    await scene.stop()
    hurried.skip(2.9 * DAY_S)
    await scene.start()
    await hurried.sleep(20)
    assert holding(scene, CANARY) != []
    await scene.stop()
    hurried.skip(0.2 * DAY_S)
    await scene.start()

    await until(lambda: holding(scene, CANARY) == [], timeout_s=20)
    await until(lambda: holding(scene, "flagged for") + holding(scene, "owner has to look into it") == [], timeout_s=20)
    assert states(scene) == ["waiting", "refused", "failed", "delivered"]
    answer = await (await ada.slash("quota")).answer()
    await ends(await ada.click(answer, "Show it to me"), "·")


def open_to_others(folder: Path) -> list[str]:
    """Files and folders that anybody but the bot's user may read, write or enter."""
    return [
        f"{stat.filemode(path.stat().st_mode)} {path.name}"
        for path in (folder, *folder.rglob("*"))
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]


async def test_nobody_but_the_bots_user_can_read_anything(open_scene: Open) -> None:
    before = os.umask(0o022)  # what most machines have
    try:
        scene = await open_scene()
        ada = scene.guest("Ada")
        await finished(await ada.slash("vary", prompt="at night", image=Upload("it.png", picture((640, 480)))))
        painting = await held(scene, ada)
        found = open_to_others(scene.settings.data_dir)
        names = {path.name for path in scene.settings.data_dir.rglob("*")}
        scene.images.release()
        await finished(painting)
    finally:
        os.umask(before)

    assert found == []
    assert {DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", "source"} <= names
