"""`easel api request`: what is typed goes out as it is, and the answer comes as it is."""

import hashlib

import orjson
import pytest

from sandbox.image_api.faults import errors, wire
from tests.cli.conftest import files
from tests.shell import Shell
from tests.stranger import Stranger

REQUEST = ("api", "request")


async def test_the_body_comes_as_it_is(shell: Shell) -> None:
    ended = await shell.easel(*REQUEST, "GET", "/v1/models/gpt-image-2", DISCORD_TOKEN=None)

    assert ended.status == 0, ended.err
    assert orjson.loads(ended.out)["id"] == "gpt-image-2"
    assert ended.err == ""


async def test_the_full_response_has_status_and_lower_case_headers(shell: Shell) -> None:
    shown = await shell.easel(*REQUEST, "get", "models/gpt-image-2", "--full")
    told = await shell.easel(*REQUEST, "get", "models/gpt-image-2", "--full", "--json")

    head, _, body = shown.out.partition("\n\n")
    assert head.splitlines()[0] == "HTTP 200"
    assert "content-type: application/json" in head.splitlines()
    assert orjson.loads(body)["id"] == "gpt-image-2"
    answer = orjson.loads(told.out)
    assert answer["status"] == 200
    assert answer["headers"]["x-request-id"].startswith("req_")
    assert answer["body"]["id"] == "gpt-image-2"


async def test_headers_query_and_body_go_out_as_typed(shell: Shell) -> None:
    (shell.folder / "body.json").write_text('{"input": "a tree"}')
    said = ("-H", "X-Trace: 47:11", "-q", "api-version=2026-11-01", "-q", "a==b")

    plain = await shell.easel(*REQUEST, "POST", "moderations", *said, "--json-body", '{"input": "a tree"}')
    by_file = await shell.easel(*REQUEST, "POST", "moderations", "--json-body", "@body.json")
    by_stdin = await shell.easel(*REQUEST, "POST", "moderations", "--json-body", "@-", stdin=b'{"input": "a tree"}')

    assert [each.status for each in (plain, by_file, by_stdin)] == [0, 0, 0], plain.err
    assert [received.fields for received in shell.images.requests] == [{"input": "a tree"}] * 3
    assert shell.images.requests[0].headers["x-trace"] == "47:11"
    assert shell.images.requests[0].path == "/v1/moderations?api-version=2026-11-01&a=%3Db"


@pytest.mark.parametrize(
    "words",
    [
        ("DELETE", "models"),
        ("GET", "../generated/x"),
        ("GET", "models", "-H", "Authorization: Bearer canary"),
        ("GET", "models", "-H", "no colon"),
        ("POST", "moderations", "--json-body", "{not json"),
        ("POST", "moderations", "--json-body", "@nowhere.json"),
        ("GET", "models", "--name", ".hidden"),
        ("GET", "models", "--read-timeout-ms", "-1"),
        ("GET",),
    ],
    ids=" ".join,
)
async def test_what_cannot_be_done_is_one_line_and_costs_no_request(shell: Shell, words: tuple[str, ...]) -> None:
    ended = await shell.easel(*REQUEST, *words)

    assert ended.status == 2
    (line,) = ended.err.splitlines()
    assert line.startswith("easel: ")
    assert "canary" not in line
    assert shell.images.requests == []
    assert shell.images.unknown_routes == []


@pytest.mark.parametrize(
    "words",
    [
        ("generate", "a fox \udcff"),
        ("generate", "a fox", "--user", "\udcff"),
        ("model", "\udcff"),
        ("moderate", "\udcff"),
        ("request", "GET", "models", "-q", "a=\udcff"),
    ],
    ids=ascii,
)
async def test_bytes_that_are_no_text_are_no_bug_and_cost_no_request(shell: Shell, words: tuple[str, ...]) -> None:
    ended = await shell.easel("api", *words)

    assert ended.status == 2
    (line,) = ended.err.splitlines()
    assert "not UTF-8" in line
    assert shell.images.requests == []


async def test_a_refusal_is_shown_and_has_its_status(shell: Shell) -> None:
    gone = await shell.easel(*REQUEST, "GET", "models/dall-e-9")
    keyless = await shell.easel(*REQUEST, "GET", "models", "--json", OPENAI_API_KEY="sk-canary-key-of-the-owner")

    assert gone.status == 5
    assert orjson.loads(gone.out)["error"]["code"] == "model_not_found"
    assert len(gone.err.splitlines()) == 1
    assert keyless.status == 4
    assert orjson.loads(keyless.out)["status"] == 401
    assert orjson.loads(keyless.out)["error"]["kind"] == "OwnerMustAct"


async def test_a_failure_after_a_paid_request_says_that_it_may_have_been_billed(shell: Shell) -> None:
    shell.images.faults.add(route="generations", then=errors.status(502, "bad gateway"), times=2)
    shell.images.faults.add(route="models", then=errors.status(502, "bad gateway"))
    words = ("POST", "images/generations", "--json-body", '{"model": "gpt-image-2", "prompt": "a fox"}')

    shown = await shell.easel(*REQUEST, *words)
    told = await shell.easel(*REQUEST, *words, "--json")
    free = await shell.easel(*REQUEST, "GET", "models", "--json")

    assert [each.status for each in (shown, told, free)] == [1, 1, 1]
    assert "It may have been billed." in shown.err
    assert orjson.loads(told.out)["error"]["may_be_billed"] is True
    assert orjson.loads(free.out)["error"]["may_be_billed"] is False


async def test_a_redirect_is_shown_and_followed_only_when_told(shell: Shell, stranger: Stranger) -> None:
    for _ in range(2):
        shell.images.faults.add(
            route="models", then=errors.status(302, "moved", headers={"Location": "/v1/models/gpt-image-2"})
        )

    shown = await shell.easel(*REQUEST, "GET", "models", "--full")
    followed = await shell.easel(*REQUEST, "GET", "models", "--follow")

    assert shown.status == 0
    assert shown.out.splitlines()[0] == "HTTP 302"
    assert "location: /v1/models/gpt-image-2" in shown.out.splitlines()
    assert "--follow" in shown.err
    assert orjson.loads(followed.out)["id"] == "gpt-image-2"
    assert stranger.heard == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_the_key_is_never_sent_to_another_host(shell: Shell, stranger: Stranger, host: str) -> None:
    elsewhere = errors.status(307, "", headers={"Location": stranger.url(host)})
    shell.images.faults.add(route="moderations", then=elsewhere)
    words = ("POST", "moderations", "-H", "Cookie: canary", "--json-body", '{"input": "a tree"}', "--follow")

    ended = await shell.easel(*REQUEST, *words, OPENAI_ORG_ID="org-canary", OPENAI_PROJECT_ID="proj-canary")

    assert orjson.loads(ended.out) == {"caught": True}
    (heard,) = stranger.heard
    assert "authorization" not in heard.headers
    assert shell.images.api_key not in str(heard)
    assert "canary" not in str(heard)


async def test_time_outs_are_the_calls_own(shell: Shell) -> None:
    shell.images.faults.add(route="models", then=wire.silence())
    silent = await shell.easel(*REQUEST, "GET", "models", "--read-timeout-ms", "100")
    shell.images.faults.add(route="models", then=wire.late(0.5))
    patient = await shell.easel(*REQUEST, "GET", "models", "--read-timeout-ms", "0", IMAGE_READ_TIMEOUT_MS="1")
    async with wire.deaf_port() as base_url:
        deaf = await shell.easel(*REQUEST, "GET", "models", "--connect-timeout-ms", "100", OPENAI_BASE_URL=base_url)

    assert silent.status == 1
    assert patient.status == 0, patient.err
    assert deaf.status == 1
    assert "cannot be reached" in deaf.err


async def test_a_download_tells_what_it_kept(shell: Shell) -> None:
    ended = await shell.easel(*REQUEST, "GET", "models", "--name", "list.json", "--json")

    file = orjson.loads(ended.out)["file"]
    content = (shell.folder / "list.json").read_bytes()
    assert file == {
        "path": "list.json",
        "size_bytes": len(content),
        "media_type": "application/json",
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    assert orjson.loads(content)["object"] == "list"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="../../../.bashrc"', "bashrc.txt"),
        ("attachment; filename*=UTF-8''..%2F..%2Ffox.png", "fox.png"),
        ('attachment; filename="-rf"', "rf.txt"),
        ("attachment; filename=" + "x" * 500 + ".png", "x" * 116 + ".png"),
        ("inline", "models.txt"),
    ],
)
async def test_a_name_that_the_service_gives_is_made_safe(shell: Shell, disposition: str, name: str) -> None:
    named = errors.status(200, "a letter", headers={"Content-Disposition": disposition})
    shell.images.faults.add(route="models", then=named)

    ended = await shell.easel(*REQUEST, "GET", "models", "--download")

    assert ended.status == 0, ended.err
    assert files(shell) == [name]
    assert (shell.folder / name).read_text() == "a letter"


async def test_a_download_overwrites_only_when_told(shell: Shell) -> None:
    (shell.folder / "models.json").write_text("mine")

    beside = await shell.easel(*REQUEST, "GET", "models", "--download")
    refused = await shell.easel(*REQUEST, "GET", "models", "--name", "models.json")
    mine = (shell.folder / "models.json").read_text()
    over = await shell.easel(*REQUEST, "GET", "models", "--name", "models.json", "--overwrite")

    assert (beside.status, refused.status, over.status) == (0, 2, 0)
    assert mine == "mine"
    assert files(shell) == ["models-2.json", "models.json"]
    assert orjson.loads((shell.folder / "models.json").read_bytes())["object"] == "list"


async def test_a_body_that_is_no_text_is_still_one_json_object(shell: Shell) -> None:
    shell.images.faults.add(route="models", then=errors.status(200, "\x1b[31mred"))

    ended = await shell.easel(*REQUEST, "GET", "models", "--json")

    assert orjson.loads(ended.out)["body_base64"]


async def test_a_key_that_the_service_repeats_is_shown_nowhere(shell: Shell) -> None:
    key = "canary-of-the-owner"
    echo = errors.status(400, {"error": {"message": f"no: {key}", "code": key}}, headers={"X-Echo": key})
    shell.images.faults.add(route="models", then=echo, times=2)

    for words in ((), ("--json",)):
        ended = await shell.easel(*REQUEST, "GET", "models", "--full", *words, OPENAI_API_KEY=key)

        assert ended.status == 2
        assert key not in ended.out + ended.err
