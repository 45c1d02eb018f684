"""The command line as an owner uses it: the real process, its exit status, and what it prints."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.home import DATABASE, OWNERS
from bot.owner import living
from tests.end_to_end.screen import shows_pictures
from tests.shell import Shell

DAMAGED, CANNOT_START = 65, 78
EASEL = Path(sys.executable).with_name("easel")


async def test_without_settings_it_says_what_is_missing_and_does_not_start(shell: Shell) -> None:
    ended = await shell.easel(DISCORD_TOKEN=None, QUOTA_PER_DAY="canary", IMAGES_AT_ONCE="-4711")

    assert ended.status == CANNOT_START
    told = ended.err.splitlines()
    assert [line.split()[:2] for line in sorted(told)] == [
        ["easel:", "DISCORD_TOKEN"],
        ["easel:", "IMAGES_AT_ONCE"],
        ["easel:", "QUOTA_PER_DAY"],
    ]
    assert "canary" not in ended.err
    assert "4711" not in ended.err
    assert not shell.data_dir.exists()


async def test_a_misspelt_name_in_the_env_file_stops_the_start(shell: Shell) -> None:
    (shell.folder / ".env").write_text("QUOTA_PER_DAI=canary\n")

    ended = await shell.easel()

    assert ended.status == CANNOT_START
    assert ended.err == "easel: QUOTA_PER_DAI in .env is not a setting of Easel; did you mean QUOTA_PER_DAY?\n"


async def test_mistakes_in_the_owners_models_stop_the_start_each_in_a_line(shell: Shell) -> None:
    (shell.folder / "models.toml").write_text('[models."mine"]\nlike = "nobody"\ncount_max = 0\n')

    ended = await shell.easel(MODELS_FILE="models.toml")

    assert ended.status == CANNOT_START
    assert ended.err.splitlines() == [
        'easel: MODELS_FILE: "mine" is like "nobody", which I do not know',
        'easel: MODELS_FILE: "mine": count_max must be greater than or equal to 1',
    ]


async def test_a_refused_token_ends_in_words(shell: Shell) -> None:
    ended = await shell.easel(DISCORD_TOKEN="canary.token")

    assert ended.status == CANNOT_START
    assert "Reset Token" in ended.err
    assert "Traceback" not in ended.err
    assert "canary" not in ended.err


async def test_a_service_without_moderations_stops_the_start(shell: Shell) -> None:
    shell.images.moderations = False

    ended = await shell.easel()

    assert ended.status == CANNOT_START
    assert "set MODERATION_BASE_URL" in ended.err


async def test_another_programs_database_stops_the_start(shell: Shell) -> None:
    shell.data_dir.mkdir()
    (shell.data_dir / DATABASE).write_text("This is a letter to my aunt. " * 100)

    ended = await shell.easel()

    assert ended.status == DAMAGED
    assert "left as it is" in ended.err
    assert (shell.data_dir / DATABASE).read_text().startswith("This is a letter")


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_bot_cleanly(shell: Shell, sign: signal.Signals) -> None:
    async with shell.bot() as bot:
        ended = await bot.end(sign)

    assert ended.status == 0, ended.err
    assert "Traceback" not in ended.err
    assert living(shell.data_dir / OWNERS) == []


async def test_a_call_in_flight_may_finish_when_the_bot_is_stopped(shell: Shell) -> None:
    shell.images.latency_s = 1.0
    ada = shell.discord.guest("Ada")
    async with shell.bot(DRAIN_S="60") as bot:
        asked = await ada.slash("imagine", prompt="a fox")
        await asked.answer()
        await asked.until(lambda card: "ainting" in card.text)
        ended = await bot.end(signal.SIGTERM)

    assert ended.status == 0, ended.err
    assert any(shows_pictures(message) for message in ada.sees("general"))


async def test_pictures_can_be_varied_with_the_default_data_folder(shell: Shell) -> None:
    ada = shell.discord.guest("Ada")
    async with shell.bot():
        await ada.slash("imagine", prompt="a fox")
        (result,) = await ada.until_sees("general", shows_pictures)
        pressed = await ada.click(result, "V1")
        card = await pressed.until(lambda message: "Done" in message.text or "cost you nothing" in message.text)

    assert "Done" in card.text


def test_the_console_script_names_the_commands(tmp_path: Path) -> None:
    shown = subprocess.run(  # noqa: S603 -- our own script
        [EASEL, "--help"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )

    assert "doctor" in shown.stdout
