"""`easel doctor` against both stand-ins: what an owner reads, and that nothing is changed by looking."""

import os
import pty
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox.discord import payloads
from sandbox.discord.faults import Answer
from sandbox.discord.permissions import Permission
from sandbox.discord.wire import Reply
from sandbox.image_api.faults import errors as faults_errors
from sandbox.image_api.models import DALL_E_3, RETIRED_DALL_E_3, Model
from tests.shell import Shell, opened_shell


async def test_before_the_first_start_it_finds_nothing_wrong_and_makes_nothing(shell: Shell) -> None:
    seen = await shell.easel("doctor")

    assert seen.status == 0, seen.out
    assert seen.err == ""
    assert "fail" not in {line.split()[0] for line in seen.out.splitlines()}
    assert seen.line("database") == "ok is made at the first start"
    assert "Easel" in seen.line("Discord")
    assert "no privileged intent is needed" in seen.line("intents")
    assert not shell.data_dir.exists()
    assert shell.discord.unknown_routes == []


async def test_every_problem_of_the_settings_is_told_at_once_and_nobody_is_asked(shell: Shell) -> None:
    seen = await shell.easel("doctor", DISCORD_TOKEN=None, QUOTA_PER_DAY="canary-quota", DRAIN_S="-7321")

    assert seen.status == 1
    settings = " ".join(seen.lines("settings"))
    assert all(name in settings for name in ("DISCORD_TOKEN", "QUOTA_PER_DAY", "DRAIN_S"))
    assert "canary-quota" not in seen.out
    assert "7321" not in seen.out
    assert shell.discord.requests == []
    assert shell.images.requests == []


async def test_mistakes_in_the_owners_models_are_told_and_the_rest_is_still_looked_at(shell: Shell) -> None:
    (shell.folder / "models.toml").write_text('[models."mine"]\ncount_max = 0\nsized = []\n')

    seen = await shell.easel("doctor", MODELS_FILE="models.toml")

    assert seen.status == 1
    assert seen.lines("models file") == [
        'fail MODELS_FILE: "mine": there is no field sized; did you mean sizes?',
        'fail MODELS_FILE: "mine": count_max must be greater than or equal to 1',
    ]
    assert seen.lines("Discord")[0].startswith("ok")


async def test_the_owners_models_are_used(shell: Shell) -> None:
    (shell.folder / "models.toml").write_text('[models."gpt-image-2.5-flare"]\nendpoints = []\n')

    seen = await shell.easel("doctor", MODELS_FILE="models.toml")

    assert seen.lines("models")[0] == "ok default gpt-image-2.5-sunburst (chosen, as IMAGE_MODEL is empty)"


async def test_an_env_file_that_others_can_read_is_told(shell: Shell) -> None:
    env_file = shell.folder / ".env"
    env_file.write_text("QUOTA_PER_DAY=5\n")
    env_file.chmod(0o644)

    seen = await shell.easel("doctor")

    assert any(line.startswith("warn") and "chmod 600 .env" in line for line in seen.lines("settings"))
    assert seen.status == 0


async def test_a_refused_token_is_told_with_what_to_do_and_the_rest_is_still_looked_at(shell: Shell) -> None:
    seen = await shell.easel("doctor", DISCORD_TOKEN="canary.token.value")

    assert seen.status == 1
    assert seen.line("Discord").startswith("fail Discord does not accept DISCORD_TOKEN")
    assert "Reset Token" in seen.line("Discord")
    assert seen.line("moderation").startswith("ok")
    assert "canary" not in seen.out + seen.err


async def test_a_refused_key_is_told_without_the_key(shell: Shell) -> None:
    repeated = {"error": {"message": "Incorrect API key provided: canary-of-a-key", "code": "invalid_api_key"}}
    shell.images.faults.add(route="*", then=faults_errors.status(401, repeated), times=None)

    seen = await shell.easel("doctor", OPENAI_API_KEY="canary-of-a-key")

    assert seen.status == 1
    assert seen.line("image service").startswith("fail")
    assert "OPENAI_API_KEY" in seen.line("image service")
    assert "canary" not in seen.out + seen.err


async def test_services_that_do_not_answer_are_told_apart_from_those_that_do(shell: Shell) -> None:
    await shell.images.stop()

    seen = await shell.easel("doctor")

    assert seen.status == 1
    assert "does not answer" in seen.line("image service")
    assert seen.line("moderation").startswith("fail")
    assert seen.lines("Discord")[0].startswith("ok")


async def test_usable_models_the_default_and_those_that_retire_are_named(shell: Shell) -> None:
    ending = Model(id="dall-e-3", released=RETIRED_DALL_E_3.released, shutdown_date="2020-01-31", rules=DALL_E_3)
    shell.images.models = [*shell.images.models, ending]

    seen = await shell.easel("doctor")

    assert "gpt-image-2" in seen.line("image service")
    assert "gpt-5" not in seen.line("image service")
    default, *warnings = seen.lines("models")
    assert default == "ok default gpt-image-2.5-flare (chosen, as IMAGE_MODEL is empty)"
    assert any(line.startswith("warn dall-e-3 was to retire on 2020-01-31") for line in warnings)
    assert seen.status == 0


async def test_the_kind_of_service_is_named_and_what_it_lacks(shell: Shell) -> None:
    plain = await shell.easel("doctor")
    named = await shell.easel("doctor", IMAGE_DIALECT="openai")

    assert "answers as OpenAI-compatible; " in plain.line("image service")
    assert "answers as OpenAI, without variations; " in named.line("image service")


async def test_a_deployment_is_the_one_model_of_its_service(tmp_path: Path) -> None:
    async with opened_shell(tmp_path, dialect="azure") as shell:
        seen = await shell.easel("doctor", IMAGE_DIALECT="azure", IMAGE_MODEL="painter")

    line = seen.line("image service")
    assert "answers as Azure OpenAI (deployments), without variations and moderations; 1 model: painter" in line
    assert seen.lines("models") == ["ok default painter (IMAGE_MODEL)"]
    assert seen.line("moderation").startswith("fail The service at OPENAI_BASE_URL has no moderations")
    assert [request.route for request in shell.images.requests] == ["models", "models"]


async def test_a_default_that_the_service_does_not_list_is_told(shell: Shell) -> None:
    seen = await shell.easel("doctor", IMAGE_MODEL="gpt-image-7")

    assert seen.lines("models")[0] == "ok default gpt-image-7 (IMAGE_MODEL)"
    assert "does not list IMAGE_MODEL" in seen.lines("models")[1]


def ending(shell: Shell, model_id: str, *, days: int) -> str:
    """One model of the service ends so many days from now; that day."""
    day = (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
    shell.images.models = [
        replace(model, shutdown_date=day) if model.id == model_id else model for model in shell.images.models
    ]
    return day


async def test_a_default_that_ends_soon_is_told_with_what_paints_then(shell: Shell) -> None:
    day = ending(shell, "gpt-image-2", days=20)

    seen = await shell.easel("doctor", IMAGE_MODEL="gpt-image-2")

    default, *warnings = seen.lines("models")
    assert default == "ok default gpt-image-2 (IMAGE_MODEL)"
    [about_it] = [line for line in warnings if "gpt-image-2)" in line]
    assert about_it.startswith(f"warn IMAGE_MODEL (gpt-image-2) retires on {day}; gpt-image-2.5-flare paints from then")
    assert "set IMAGE_MODEL=gpt-image-2.5-flare" in about_it
    assert seen.status == 0


async def test_a_default_that_is_gone_is_told_with_what_paints_in_its_place(shell: Shell) -> None:
    ending(shell, "gpt-image-2", days=-1)

    seen = await shell.easel("doctor", IMAGE_MODEL="gpt-image-2")

    default, *warnings = seen.lines("models")
    assert default == "ok default gpt-image-2.5-flare (in the place of IMAGE_MODEL)"
    assert any(
        line.startswith("warn IMAGE_MODEL (gpt-image-2) has been retired; gpt-image-2.5-flare paints in its place")
        for line in warnings
    )
    assert seen.status == 0


async def test_a_service_without_a_model_that_paints_fails(shell: Shell) -> None:
    shell.images.models = [model for model in shell.images.models if model.rules is None]

    seen = await shell.easel("doctor")

    assert seen.status == 1
    assert "lists no model that paints" in seen.line("image service")


async def test_moderation_switched_off_is_shown_loudly(shell: Shell) -> None:
    seen = await shell.easel("doctor", MODERATION="off")

    assert seen.line("moderation").startswith("warn MODERATION=off: NOTHING")
    assert seen.status == 0
    assert "to look at" in seen.out.splitlines()[-1]


async def test_a_service_without_moderations_fails_and_says_what_to_set(shell: Shell) -> None:
    shell.images.moderations = False

    seen = await shell.easel("doctor")

    assert seen.status == 1
    assert "set MODERATION_BASE_URL" in seen.line("moderation")


async def test_missing_permissions_are_named_with_their_channels(shell: Shell) -> None:
    lounge = shell.discord.channel("lounge")
    shell.discord.set_permissions(lounge, shell.discord.world.bot, deny=Permission.SEND_MESSAGES)

    seen = await shell.easel("doctor")

    atelier, workshop = seen.lines("servers")
    assert atelier.startswith("warn The Atelier: missing Attach Files in #no-uploads →")
    assert "Send Messages in #lounge" in workshop
    assert seen.status == 0


async def test_channels_that_the_bot_cannot_see_are_not_complained_about(shell: Shell) -> None:
    for name in ("no-uploads", "read-only", "after-hours"):
        channel = shell.discord.channel(name)
        shell.discord.set_permissions(channel, shell.discord.world.bot, deny=Permission.VIEW_CHANNEL)

    seen = await shell.easel("doctor")

    assert seen.lines("servers")[0] == "ok The Atelier: nothing is missing in 1 channel"


async def test_the_invite_link_asks_for_what_the_bot_uses_and_nothing_more(shell: Shell) -> None:
    seen = await shell.easel("doctor")

    link = seen.line("invite link")
    asked = Permission(int(re.findall(r"permissions=(\d+)", link)[0]))
    assert asked == (
        Permission.VIEW_CHANNEL
        | Permission.SEND_MESSAGES
        | Permission.SEND_MESSAGES_IN_THREADS
        | Permission.ATTACH_FILES
        | Permission.READ_MESSAGE_HISTORY
    )
    assert "scope=bot+applications.commands" in link
    assert f"client_id={shell.discord.world.application_id}" in link


async def test_an_endpoint_url_that_takes_the_commands_away_fails(shell: Shell) -> None:
    told = payloads.application(shell.discord.world) | {"interactions_endpoint_url": "https://example.org/commands"}
    shell.discord.faults.add(then=Answer(Reply(200, told)), path="applications/@me", times=9)

    seen = await shell.easel("doctor")

    assert seen.status == 1
    assert any("Interactions Endpoint URL" in line for line in seen.lines("Discord") if line.startswith("fail"))


async def test_servers_that_discord_does_not_tell_are_no_failure(shell: Shell) -> None:
    shell.discord.faults.add(then=Answer(Reply(403, {"message": "no", "code": 0})), path="/users/@me/guilds", times=9)

    seen = await shell.easel("doctor")

    assert seen.line("servers").startswith("warn Discord did not tell")
    assert seen.line("invite link").startswith("ok https://")
    assert seen.status == 0


async def test_a_bot_in_no_server_is_shown_the_way(shell: Shell) -> None:
    shell.discord.world.guilds.clear()

    seen = await shell.easel("doctor")

    assert "open the invite link" in seen.line("servers")


async def test_names_from_outside_cannot_steer_the_terminal(shell: Shell) -> None:
    next(iter(shell.discord.world.guilds.values())).name = "Ate\x1b[2Jlier\nok   everything\u202e"

    seen = await shell.easel("doctor")

    assert "\x1b" not in seen.out
    assert "\u202e" not in seen.out
    assert not seen.lines("everything")


async def test_a_terminal_gets_colours_and_a_pipe_gets_none(shell: Shell) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bot", "doctor", "--live"]
    environment = shell.environment(TERM="xterm")
    subprocess.run(command, cwd=shell.folder, env=environment, stdout=theirs, check=False, timeout=60)  # noqa: S603 -- our own
    shown = os.read(ours, 4096).decode()
    for end in (ours, theirs):
        os.close(end)

    piped = await shell.easel("doctor", "--live")

    assert "\x1b[" in shown
    assert "\x1b" not in piped.out
