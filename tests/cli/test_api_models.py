"""`easel api models` and `model`: what there is, for people and for scripts."""

import re

import orjson

from sandbox.image_api.faults import errors
from tests.shell import Shell


async def test_the_table_says_what_each_model_paints_and_when_it_retires(shell: Shell) -> None:
    ended = await shell.easel("api", "models", DISCORD_TOKEN=None)

    assert ended.status == 0, ended.err
    rows = [re.split(r" {2,}", line) for line in ended.out.splitlines()]
    assert rows[0] == ["MODEL", "PAINTS", "RETIRES"]
    assert rows[1] == ["gpt-image-2.5-flare", "from words, edits (default)"]
    assert ["gpt-image-1.5", "from words, edits", "2026-12-01"] in [[*row[:2], row[-1][:10]] for row in rows]
    assert "gpt-5" not in ended.out
    assert not shell.data_dir.exists()


async def test_models_as_json_and_all_of_them(shell: Shell) -> None:
    ended = await shell.easel("api", "models", "--all", "--json", IMAGE_MODEL="gpt-image-2")

    models = {model["id"]: model for model in orjson.loads(ended.out)["models"]}
    assert models["gpt-image-2"]["is_default"]
    assert models["gpt-image-2"]["endpoints"] == ["generations", "edits"]
    assert models["gpt-image-1.5"]["retires_on"] == "2026-12-01"
    assert models["gpt-5"]["endpoints"] == []
    assert [name for name, model in models.items() if model["is_default"]] == ["gpt-image-2"]


async def test_one_model_is_shown_with_what_it_takes(shell: Shell) -> None:
    shown = await shell.easel("api", "model", "gpt-image-2")
    told = await shell.easel("api", "model", "gpt-image-2", "--json")
    other = await shell.easel("api", "model", "gpt-5", DISCORD_TOKEN=None)

    assert "1536x1024" in shown.out
    assert orjson.loads(told.out)["facts"]["sizes"] == ["auto", "1024x1024", "1536x1024", "1024x1536"]
    assert orjson.loads(told.out)["facts"]["endpoints"] == ["edits", "generations"]
    assert other.out == "gpt-5: not for pictures\n"


async def test_a_model_that_is_not_there_has_a_status_of_its_own(shell: Shell) -> None:
    ended = await shell.easel("api", "model", "dall-e-9")

    assert ended.status == 5
    assert len(ended.err.splitlines()) == 1
    assert "billed" not in ended.err


async def test_a_wrong_key_is_the_owners_matter(shell: Shell) -> None:
    key = "sk-canary-of-the-owner"

    ended = await shell.easel("api", "models", "--json", OPENAI_API_KEY=key)

    assert ended.status == 4
    assert orjson.loads(ended.out)["error"]["kind"] == "OwnerMustAct"
    assert key not in ended.out + ended.err


async def test_what_a_service_writes_into_its_list_steers_no_terminal(shell: Shell) -> None:
    hostile = {"data": [{"id": "image-\x1b[31mred\r\nimage-forged"}, {"id": "gpt-image-2"}]}
    shell.images.faults.add(route="models", then=errors.status(200, hostile))

    ended = await shell.easel("api", "models")

    assert ended.status == 0, ended.err
    assert "\x1b" not in ended.out
    assert len(ended.out.splitlines()) == 3


async def test_help_names_every_command_and_what_the_numbers_mean(shell: Shell) -> None:
    top, api, generate = [
        (await shell.easel(*words, "--help", OPENAI_API_KEY=None)).out for words in ((), ("api",), ("api", "generate"))
    ]

    assert "api" in top
    assert "until it is stopped" in " ".join(top.split())
    for command in ("models", "model", "generate", "edit", "vary", "moderate", "request"):
        assert f"│ {command} " in api
    assert "Exit status" in api
    assert "-n 2 -o badger.png" in generate


async def test_a_budget_without_a_known_price_leaves_the_list_without_a_default(shell: Shell) -> None:
    shell.images.models = [model for model in shell.images.models if model.id.startswith("gpt-image-2.5")]

    ended = await shell.easel("api", "models", BUDGET_USD_PER_DAY="1")

    assert ended.status == 0, ended.err
    assert "gpt-image-2.5-flare" in ended.out
    assert "(default)" not in ended.out
