"""What is written to the log and to the disk, and what is not."""

import logging

import pytest

from bot.cli import secrets_of
from bot.home import DATABASE
from bot.log import configure
from sandbox.discord.faults import Reset, status
from sandbox.image_api.faults import errors
from tests.end_to_end.books import until_states
from tests.end_to_end.conftest import Open
from tests.end_to_end.screen import finished, has_result, public, refused, shows_pictures
from tests.end_to_end.trouble import POST
from tests.scene import Scene


async def test_the_log_of_a_whole_day_holds_no_prompt_no_token_and_no_key(
    open_scene: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    words = "the unmistakable heron of Wapping"
    root, before = logging.getLogger(), (logging.getLogger().handlers[:], logging.getLogger().level)
    scene = await open_scene(start=False)
    configure(level="DEBUG", form="text", known_secrets=secrets_of(scene.settings))
    try:
        await scene.start()
        ada = scene.guest("Ada")
        faults = scene.images.faults
        faults.add(route="generations", then=errors.status(400, {"error": {"message": f"no: {words}", "code": "x"}}))
        faults.add(route="generations", then=errors.status(401, {"error": {"message": scene.images.api_key}}))
        for _ in range(2):
            await refused(await ada.slash("imagine", prompt=words))
        scene.discord.faults.add(method="POST", path=POST, then=Reset(after_work=True))
        await finished(await ada.slash("imagine", prompt=words, count=2))
        scene.discord.faults.add(method="POST", path=POST, then=status(403, {"message": words, "code": 50013}))
        asked = await ada.slash("imagine", prompt=words)
        await asked.until(has_result)
        await refused(await ada.slash("imagine", prompt=f"forbidden {words}"))
        await until_states(scene, "failed", "failed", "delivered", "delivered", "refused")
        await scene.crash()
        await scene.start()
        await scene.stop()
    finally:
        root.handlers[:], root.level = before[0], before[1]

    written = capsys.readouterr().err
    assert "delivered job=" in written
    assert "way closed" in written
    for secret in (words, "heron", scene.images.api_key, scene.discord.bot_token, asked.interaction.token):
        assert secret not in written
    assert asked.interaction.token[:40] not in written


async def test_nothing_but_the_books_and_the_spool_is_kept_and_no_token_outlives_its_job(scene: Scene) -> None:
    ada = scene.guest("Ada")
    asked = await ada.slash("imagine", prompt="a red bicycle")
    await finished(asked)
    await scene.stop()

    content = (scene.settings.data_dir / DATABASE).read_bytes()
    assert asked.interaction.token.encode() not in content
    assert scene.images.api_key.encode() not in content
    assert {path.name.partition("-")[0] for path in scene.settings.data_dir.iterdir()} == {
        *(DATABASE, "owners", "places", "spool")
    }
    assert shows_pictures(public(ada)[0])
