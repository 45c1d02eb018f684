"""Logs tell the story without a secret, a prompt or a picture, whatever level is asked for."""

import logging
import re
import signal
from typing import Literal

import orjson
import pytest

from bot.log import HIDDEN, Redaction
from sandbox.guest import Upload
from tests.end_to_end.screen import has_result, shows_pictures
from tests.shell import Shell

KEY = "canary-key-0123456789"
TOKEN = "canary.discord.token"
SECRETS = {
    "a known secret": f"refused {KEY}",
    "another known secret": f"logging in with {TOKEN}!",
    "an interaction's token in a path": "POST https://discord.com/api/v10/interactions/12/canaryInteraction/callback",
    "a webhook's token in a path": "PATCH /webhooks/12/canaryWebhook/messages/@original?with_components=true",
    "a signed link": "GET https://cdn.discordapp.com/attachments/1/2/a.png?ex=canary1&is=canary2&hm=canary3&",
    "a header": "Authorization: Bearer canary-of-somebody",
    "discord's header": "{'Authorization': 'Bot canary.of.a.bot'}",
    "a key by its form": "Incorrect API key provided: sk-canary-abcdefgh",
    "a picture": "b64_json=" + "canary" * 100,
}
FORMS: tuple[Literal["text", "json"], ...] = ("text", "json")


def written(form: Literal["text", "json"], message: str, *arguments: object, trace: bool = False) -> str:
    """The line that a record becomes; with `trace`, the message is that of an error which was caught."""
    error = (RuntimeError, RuntimeError(message), None) if trace else None
    said = "it failed" if trace else message
    record = logging.LogRecord("discord.http", logging.DEBUG, __file__, 1, said, arguments, error)
    return Redaction([KEY, TOKEN], form).format(record)


@pytest.mark.parametrize("trace", [False, True], ids=["in a message", "in a traceback"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_hidden(secret: str, form: Literal["text", "json"], *, trace: bool) -> None:
    line = written(form, SECRETS[secret], trace=trace)

    assert "canary" not in line
    assert HIDDEN in line


def test_a_secret_in_an_argument_is_hidden() -> None:
    assert KEY not in written("text", "refused key=%s", KEY)


def test_a_key_that_is_no_more_than_a_word_does_not_blot_out_the_log() -> None:
    record = logging.LogRecord("bot", logging.INFO, __file__, 1, "refused: nonexistent model x", (), None)

    line = Redaction(["x", "none"], "text").format(record)

    assert line.endswith("refused: nonexistent model x")


def test_what_is_no_secret_stays() -> None:
    line = written("text", "image_api again tried=%d path=/webhooks/%d error=%s", 2, 77, "ServiceBusy")

    assert line.endswith("DEBUG   discord.http image_api again tried=2 path=/webhooks/77 error=ServiceBusy")


def test_a_json_line_is_one_object_even_with_a_traceback() -> None:
    line = written("json", "broken «quoted» \n over lines", trace=True)

    assert "\n" not in line
    event = orjson.loads(line)
    assert event["level"] == "DEBUG"
    assert event["logger"] == "discord.http"
    assert event["message"] == "it failed"
    assert "RuntimeError: broken «quoted»" in event["traceback"]


@pytest.mark.parametrize("form", FORMS)
async def test_a_bot_asked_for_everything_logs_no_secret_and_no_prompt(shell: Shell, form: str) -> None:
    ada = shell.discord.guest("Ada")
    async with shell.bot(LOG_LEVEL="DEBUG", LOG_FORMAT=form, DATA_DIR=str(shell.data_dir)) as bot:
        await ada.slash("imagine", prompt="canarybird on a fence")
        (result,) = await ada.until_sees("general", shows_pictures)
        picture = await ada.download(result.attachments[0])
        await ada.slash("vary", image=Upload("fence.png", picture), prompt="canarybird at night", private=True)
        await ada.click(result, "V1")
        await ada.slash("imagine", prompt="forbidden canarybird")
        await ada.until_sees("general", has_result, count=3)
        ended = await bot.end(signal.SIGTERM)

    log = ended.out + ended.err
    assert len(log.splitlines()) > 10
    assert shell.discord.bot_token not in log
    assert shell.images.api_key not in log
    assert "canarybird" not in log
    tokens = {found[1] for asked in shell.discord.requests if (found := re.search(r"/\d+/([^/]{30,})", asked.path))}
    assert len(tokens) >= 3
    assert not [token for token in tokens if token in log]
    assert not re.search(r"[?&](?:ex|is|hm)=(?!\[hidden\])", log)
