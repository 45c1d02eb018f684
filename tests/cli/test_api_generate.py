"""`easel api generate`: what comes of it, in files, in words and in numbers."""

import hashlib
import signal
from pathlib import Path

import orjson
import pytest
from PIL import Image

from sandbox.image_api.faults import answers, errors, wire
from sandbox.image_api.faults.faults import Fault
from sandbox.image_api.models import DEFAULT_MODELS, RETIRED_DALL_E_3
from tests.cli.conftest import files
from tests.shell import Shell
from tests.stranger import Stranger

BADGER = ("api", "generate", "a badger in a tuxedo")
CANNOT_START, INTERRUPTED, TERMINATED = 78, 130, 143


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


async def test_two_badgers_in_two_files_without_anything_of_discord(shell: Shell) -> None:
    ended = await shell.easel(*BADGER, "-n", "2", "-o", "badger.png", DISCORD_TOKEN=None)

    assert ended.status == 0, ended.err
    assert files(shell) == ["badger-1.png", "badger-2.png"]
    for name in files(shell):
        with Image.open(shell.folder / name) as picture:
            picture.load()
        assert name in ended.out
    assert ended.err == ""
    (asked,) = [request for request in shell.images.requests if request.route == "generations"]
    assert (asked.prompt, asked.n, asked.model) == ("a badger in a tuxedo", 2, "gpt-image-2.5-flare")


async def test_as_json_everything_is_one_object(shell: Shell) -> None:
    ended = await shell.easel(*BADGER, "--model", "gpt-image-2", "-n", "2", "-o", "badger.png", "--json")

    told = orjson.loads(ended.out)
    assert told["model"] == "gpt-image-2"
    assert told["endpoint"] == "generations"
    assert told["asked"] == 2
    assert [file["path"] for file in told["files"]] == ["badger-1.png", "badger-2.png"]
    for file in told["files"]:
        assert file["sha256"] == sha256(shell.folder / file["path"])
        assert file["size_bytes"] == (shell.folder / file["path"]).stat().st_size
        assert file["media_type"] == "image/png"
        with Image.open(shell.folder / file["path"]) as picture:
            assert (file["width_px"], file["height_px"]) == picture.size
    assert told["usage"]["image_out"] > 0
    assert 0 < told["cost_microusd"] <= told["most_microusd"]
    assert told["request_id"].startswith("req_")
    assert told["revised_prompt"] is None
    assert told["left_out"] == []


async def test_without_a_file_the_pictures_name_is_the_time(shell: Shell) -> None:
    ended = await shell.easel(*BADGER, "--model", "gpt-image-2")

    (name,) = files(shell)
    assert ended.status == 0, ended.err
    assert name.startswith("picture-20")
    assert name.endswith(".png")
    assert [request.route for request in shell.images.requests] == ["generations"]


async def test_the_owners_model_is_the_default(shell: Shell) -> None:
    await shell.easel(*BADGER, "-o", "badger.png", IMAGE_MODEL="gpt-image-2")

    assert shell.images.requests[-1].model == "gpt-image-2"


async def test_options_reach_the_service_as_its_fields(shell: Shell) -> None:
    ended = await shell.easel(
        *BADGER,
        *("--model", "gpt-image-2", "--size", "1536x1024", "--quality", "low", "--background", "opaque"),
        *("--format", "webp", "--compression", "80", "--moderation", "low", "--user", "ada", "--safety-id", "a1"),
        *("-o", "badger.webp"),
    )

    assert "badger.png" in ended.out, ended.err  # the stand-in answers with one prepared PNG
    assert shell.images.requests[-1].fields == {
        "model": "gpt-image-2",
        "prompt": "a badger in a tuxedo",
        "size": "1536x1024",
        "quality": "low",
        "background": "opaque",
        "output_format": "webp",
        "output_compression": 80,
        "moderation": "low",
        "user": "ada",
        "safety_identifier": "a1",
    }


async def test_fields_of_a_service_alone_are_sent_as_they_are(shell: Shell) -> None:
    extra = ("--extra", "seed=42", "--extra", 'negative_prompt="fog"')
    ended = await shell.easel(*BADGER, "--model", "gpt-image-2", *extra)
    unreadable = await shell.easel(*BADGER, "--model", "gpt-image-2", "--extra", "seed=many")

    tried = shell.images.requests
    assert (tried[0].fields["seed"], tried[0].fields["negative_prompt"]) == (42, "fog")
    assert {"seed", "negative_prompt"}.isdisjoint(tried[-1].fields)  # the stand-in knows neither
    assert ended.status == 0
    assert "does not know it: seed, negative_prompt" in ended.err
    assert len(tried) == 3
    assert unreadable.status == 2


async def test_pictures_that_come_by_link_are_files_too(shell: Shell) -> None:
    shell.images.models = (*DEFAULT_MODELS, RETIRED_DALL_E_3)
    step = ("--model", "dall-e-3", "--response-format", "url", "--style", "natural", "--quality", "hd")

    ended = await shell.easel(*BADGER, *step, "-o", "badger.png", "--json")

    assert ended.status == 0, ended.err
    assert orjson.loads(ended.out)["files"][0]["sha256"] == sha256(shell.folder / "badger.png")
    generation = shell.images.records.of("generations")[0]
    assert generation.fields["response_format"] == "url"
    assert generation.fields["style"] == "natural"


async def test_what_the_model_does_not_take_costs_no_request(shell: Shell) -> None:
    wrong_size = await shell.easel(*BADGER, "--model", "gpt-image-2", "--size", "3x3", "--json")
    empty = await shell.easel("api", "generate", " ", "--model", "gpt-image-2")
    no_number = await shell.easel(*BADGER, "-n", "many")
    nothing = await shell.easel(*BADGER, "-n", "0")

    assert [each.status for each in (wrong_size, empty, no_number, nothing)] == [2, 2, 2, 2]
    assert [len(each.err.splitlines()) for each in (wrong_size, empty, no_number, nothing)] == [1, 1, 1, 1]
    assert "1024x1024" in wrong_size.err
    assert orjson.loads(wrong_size.out)["error"]["kind"] == "InvalidRequest"
    assert shell.images.requests == []
    assert files(shell) == []


async def test_a_file_that_is_there_stays_unless_told_and_costs_no_request(shell: Shell) -> None:
    (shell.folder / "badger-2.png").write_text("mine")

    kept = await shell.easel(*BADGER, "-n", "2", "-o", "badger.png")
    asked, mine = len(shell.images.requests), (shell.folder / "badger-2.png").read_text()
    over = await shell.easel(*BADGER, "-n", "2", "-o", "badger.png", "--overwrite")

    assert (kept.status, asked, mine) == (2, 0, "mine")
    assert "--overwrite" in kept.err
    assert over.status == 0
    assert (shell.folder / "badger-2.png").read_bytes().startswith(b"\x89PNG")
    assert files(shell) == ["badger-1.png", "badger-2.png"]


async def test_a_folder_that_is_not_there_costs_no_request(shell: Shell) -> None:
    ended = await shell.easel(*BADGER, "-o", "nowhere/badger.png")

    assert ended.status == 2
    assert shell.images.requests == []


@pytest.mark.parametrize(
    ("asked", "given", "is_told"),
    [("badger.jpg", "badger.png", True), ("badger", "badger.png", False), ("badger-v1.0", "badger-v1.0.png", False)],
)
async def test_the_suffix_says_what_the_bytes_are(shell: Shell, asked: str, given: str, *, is_told: bool) -> None:
    ended = await shell.easel(*BADGER, "--model", "gpt-image-2", "-o", asked)

    assert ended.status == 0
    assert files(shell) == [given]
    assert bool(ended.err) == is_told
    assert not is_told or given in ended.err


async def test_a_picture_whose_true_name_is_taken_gets_the_next_one(shell: Shell) -> None:
    (shell.folder / "badger.png").write_text("mine")

    ended = await shell.easel(*BADGER, "--model", "gpt-image-2", "-o", "badger.jpg")

    assert ended.status == 0
    assert files(shell) == ["badger-2.png", "badger.png"]
    assert (shell.folder / "badger.png").read_text() == "mine"
    assert "badger-2.png" in ended.err


async def test_fewer_pictures_than_asked_are_kept_and_said(shell: Shell) -> None:
    shell.images.faults.add(route="generations", then=answers.fewer(1))

    ended = await shell.easel(*BADGER, "-n", "2", "-o", "badger.png")

    assert ended.status == 0
    assert files(shell) == ["badger-1.png"]
    assert "1 picture came instead of 2" in ended.err


@pytest.mark.parametrize(
    ("fault", "status", "money"),
    [
        (errors.overloaded(), 1, "not billed"),
        (wire.reset(after_the_work=True), 1, "may have been billed"),
        (errors.html_page(), 1, "may have been billed"),
        (answers.no_pictures(), 1, "may have been billed"),
        (errors.detail_error(422, "no such sampler"), 2, "not billed"),
        (errors.refused_by_safety("violence"), 3, "not billed"),
        (errors.insufficient_quota(), 4, "not billed"),
        (errors.wrong_key(), 4, "not billed"),
        (errors.detail_error(404, "model not found"), 5, "not billed"),
        (errors.status(404), 5, "not billed"),
    ],
)
async def test_each_failure_has_its_status_and_one_line_about_the_money(
    shell: Shell, fault: Fault, status: int, money: str
) -> None:
    shell.images.faults.add(route="generations", then=fault, times=None)

    ended = await shell.easel(*BADGER, "--model", "gpt-image-2", "-o", "badger.png", "--json")

    assert ended.status == status
    (line,) = ended.err.splitlines()
    assert line.startswith("easel: ")
    assert money in line
    error = orjson.loads(ended.out)["error"]
    assert error["status"] == status
    assert error["may_be_billed"] == (money != "not billed")
    assert orjson.loads(ended.out)["cost_microusd"] == (0 if money == "not billed" else None)
    assert files(shell) == []


async def test_without_settings_it_says_what_is_missing(shell: Shell) -> None:
    ended = await shell.easel(*BADGER, OPENAI_API_KEY=None, OPENAI_BASE_URL=None, IMAGE_READ_TIMEOUT_MS="canary")

    assert ended.status == CANNOT_START
    assert [line.split()[1] for line in ended.err.splitlines()] == ["OPENAI_API_KEY", "IMAGE_READ_TIMEOUT_MS"]
    assert "canary" not in ended.err


async def test_a_service_that_is_not_there_ends_in_words(shell: Shell) -> None:
    ended = await shell.easel(*BADGER, OPENAI_BASE_URL="http://127.0.0.1:9/v1")

    assert ended.status == 1
    assert "cannot be reached" in ended.err
    assert "not billed" in ended.err


async def test_silence_ends_at_the_calls_own_time_out(shell: Shell) -> None:
    shell.images.faults.add(route="generations", then=wire.silence())

    ended = await shell.easel(*BADGER, "--model", "gpt-image-2", "--read-timeout-ms", "100")

    assert ended.status == 1
    assert "may have been billed" in ended.err


async def test_what_arrived_before_a_failure_is_kept_and_said(shell: Shell) -> None:
    shell.images.faults.add(route="generations", then=wire.stall())
    words = (*BADGER, "--model", "gpt-image-2", "-n", "3", "-o", "badger.png", "--read-timeout-ms", "1000", "--json")

    ended = await shell.easel(*words)

    told = orjson.loads(ended.out)
    assert ended.status == 1
    assert files(shell) == ["badger-1.png"]
    assert [file["path"] for file in told["files"]] == ["badger-1.png"]
    assert told["error"]["may_be_billed"] is True


@pytest.mark.parametrize(("sign", "status"), [(signal.SIGINT, INTERRUPTED), (signal.SIGTERM, TERMINATED)])
async def test_an_interrupt_leaves_whole_pictures_and_no_half_ones(
    shell: Shell, sign: signal.Signals, status: int
) -> None:
    shell.images.faults.add(route="generations", then=wire.stall())
    async with shell.starting(*BADGER, "--model", "gpt-image-2", "-n", "3", "-o", "badger.png") as running:
        await running.until((shell.folder / "badger-1.png").exists)
        ended = await running.end(sign)

    assert ended.status == status
    assert files(shell) == ["badger-1.png"]
    assert "badger-1.png" in ended.out
    assert "1 picture kept" in ended.err
    assert "may have been billed" in ended.err
    assert "Traceback" not in ended.err


async def test_an_interrupt_before_the_first_picture_leaves_nothing(shell: Shell) -> None:
    shell.images.hold()
    async with shell.starting(*BADGER, "-o", "badger.png") as running:
        await shell.images.until_held(1, timeout_s=30)
        ended = await running.end(signal.SIGINT)

    assert ended.status == INTERRUPTED
    assert files(shell) == []
    assert len(ended.err.splitlines()) == 1


async def test_a_disk_that_takes_nothing_ends_in_a_line(shell: Shell) -> None:
    shell.images.hold()
    async with shell.starting(*BADGER, "-o", "badger.png") as running:
        await shell.images.until_held(1, timeout_s=30)
        (unfinished,) = shell.folder.iterdir()
        unfinished.rmdir()
        unfinished.touch()
        shell.images.release()
        ended = await running.ended()

    assert ended.status == 1
    (line,) = ended.err.splitlines()
    assert "disk" in line
    assert "may have been billed" in line
    assert not (shell.folder / "badger.png").exists()


async def test_a_redirect_is_followed_only_when_told(shell: Shell, stranger: Stranger) -> None:
    moved = errors.status(308, "", headers={"Location": "/v1/images/generations"})
    shell.images.faults.add(route="generations", then=moved)
    shell.images.faults.add(route="generations", then=moved)
    words = (*BADGER, "--model", "gpt-image-2", "-o", "badger.png")

    plain = await shell.easel(*words)
    followed = await shell.easel(*words, "--follow")
    shell.images.faults.add(route="generations", then=errors.status(308, "", headers={"Location": stranger.url()}))
    lured = await shell.easel(*words, "--follow", "--overwrite")

    assert plain.status == 4
    assert followed.status == 0, followed.err
    assert files(shell) == ["badger.png"]
    assert lured.status == 1
    assert len(stranger.heard) == 1
    assert "authorization" not in stranger.heard[0].headers
    assert shell.images.api_key not in str(stranger.heard)


async def test_a_key_that_the_service_repeats_is_shown_nowhere(shell: Shell) -> None:
    key = "canary-of-the-owner"
    echo = errors.status(400, {"error": {"message": f"no: {key}", "code": f"c-{key}", "type": key}})
    shell.images.faults.add(route="generations", then=echo)

    ended = await shell.easel(*BADGER, "--model", "gpt-image-2", "--json", OPENAI_API_KEY=key)

    assert ended.status == 2
    assert key not in ended.out + ended.err
