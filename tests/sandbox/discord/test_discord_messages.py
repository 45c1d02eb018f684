"""What a message may be: limits, components, files, edits, nonces."""

import asyncio
from typing import Any

import pytest

from sandbox.discord.server import FakeDiscord
from sandbox.guest import ClientRefused
from tests.sandbox.discord.by_hand import Rest

PNG = b"\x89PNG\r\n\x1a\n-not-really"
V2 = 1 << 15


def row(*children: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(children)}


def knob(custom_id: str = "k", label: str | None = "K", **more: object) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": label, "custom_id": custom_id, **more}


def gallery(url: str, **more: object) -> dict[str, Any]:
    return {"type": 12, "items": [{"media": {"url": url}, **more}]}


def text(content: str) -> dict[str, Any]:
    return {"type": 10, "content": content}


REFUSED = {
    "content over 2000": {"content": "x" * 2001},
    "eleven embeds": {"embeds": [{"title": "x"}] * 11},
    "embed title over 256": {"embeds": [{"title": "x" * 257}]},
    "embed description over 4096": {"embeds": [{"description": "x" * 4097}]},
    "embeds over 6000 together": {"embeds": [{"description": "x" * 3001}, {"description": "x" * 3000}]},
    "26 embed fields": {"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]},
    "an embed's picture that was not sent": {"embeds": [{"image": {"url": "attachment://a.png"}}]},
    "an embed's picture from nowhere": {"embeds": [{"image": {"url": "file:///etc/passwd"}}]},
    "six rows": {"content": "x", "components": [row(knob(f"k{n}")) for n in range(6)]},
    "six buttons in a row": {"content": "x", "components": [row(*(knob(f"k{n}") for n in range(6)))]},
    "custom_id over 100": {"content": "x", "components": [row(knob("k" * 101))]},
    "no custom_id": {"content": "x", "components": [row({"type": 2, "style": 1, "label": "K"})]},
    "the same custom_id twice": {"content": "x", "components": [row(knob(), knob())]},
    "button label over 80": {"content": "x", "components": [row(knob(label="x" * 81))]},
    "a button without a label": {"content": "x", "components": [row(knob(label=None))]},
    "a link without an address": {"content": "x", "components": [row({"type": 2, "style": 5, "label": "L"})]},
    "a bare button": {"content": "x", "components": [knob()]},
    "select with 26 options": {
        "content": "x",
        "components": [
            row({"type": 3, "custom_id": "s", "options": [{"label": str(n), "value": str(n)} for n in range(26)]})
        ],
    },
    "a gallery without the V2 flag": {"content": "x", "components": [gallery("https://x.test/a.png")]},
    "content beside V2": {"flags": V2, "content": "x", "components": [text("x")]},
    "V2 text over 4000 together": {"flags": V2, "components": [text("x" * 2001), text("x" * 2000)]},
    "41 components": {"flags": V2, "components": [text("x")] * 41},
    "a picture that was not sent": {"flags": V2, "components": [gallery("attachment://a.png")]},
    "a file by web address": {"flags": V2, "components": [{"type": 13, "file": {"url": "https://x.test/a"}}]},
    "alt text over 1024": {"flags": V2, "components": [gallery("https://x.test/a.png", description="x" * 1025)]},
    "a container in a container": {
        "flags": V2,
        "components": [{"type": 17, "components": [{"type": 17, "components": [text("x")]}]}],
    },
    "users allowed twice over": {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
    "an unknown kind of mention": {"content": "x", "allowed_mentions": {"parse": ["all"]}},
    "nonce over 25": {"content": "x", "nonce": "n" * 26},
    "an attachment nobody sent": {"content": "x", "attachments": [{"id": 0, "filename": "a.png"}]},
    "a reply to nothing": {"content": "x", "message_reference": {"message_id": "1"}},
}


@pytest.mark.parametrize("what", REFUSED)
async def test_a_message_that_discord_refuses_is_refused_naming_the_field(
    server: FakeDiscord, rest: Rest, what: str
) -> None:
    status, body = await rest.post("general", REFUSED[what])

    assert (status, body["code"], body["message"]) == (400, 50035, "Invalid Form Body")
    assert body["errors"]
    assert server.guest("Ada").sees("general") == []


@pytest.mark.parametrize("payload", [{}, {"content": ""}, {"content": "  "}, {"embeds": []}])
async def test_an_empty_message_is_refused(rest: Rest, payload: object) -> None:
    status, body = await rest.post("general", payload)

    assert (status, body["code"]) == (400, 50006)


async def test_all_kinds_of_components_are_taken_and_given_back_with_ids(server: FakeDiscord, rest: Rest) -> None:
    thumbnail = {"type": 11, "media": {"url": "attachment://a.png"}, "description": "alt"}
    inside = [
        {"type": 9, "components": [text("title")], "accessory": thumbnail},
        gallery("attachment://a.png"),
        {"type": 13, "file": {"url": "attachment://a.png"}},
        {"type": 14},
        row(knob(), {"type": 2, "style": 5, "label": "L", "url": "https://x.test"}),
    ]
    payload = {"flags": V2, "components": [{"type": 17, "components": inside}, text("<@1>")]}

    status, body = await rest.post("general", payload, [("a.png", PNG)])

    assert status == 200
    (post,) = server.guest("Ada").sees("general")
    assert post.buttons == ["K", "L"]
    container = body["components"][0]
    assert container["components"][1]["items"][0]["media"]["attachment_id"] == body["attachments"][0]["id"]
    assert container["components"][0]["accessory"]["media"]["url"].startswith(server.base_url)


async def test_a_file_above_the_limit_is_too_large_and_a_boosted_server_takes_it(
    server: FakeDiscord, rest: Rest
) -> None:
    big = [("big.bin", b"x" * (10 * 1024 * 1024 + 1))]

    status, body = await rest.post("general", {"content": "x"}, big)
    server.world.guild("The Atelier").boost_tier = 2

    assert (status, body["code"]) == (413, 40005)
    assert (await rest.post("general", {"content": "x"}, big))[0] == 200


async def test_a_request_above_25_mib_is_too_large(rest: Rest) -> None:
    files = [(f"{n}.bin", b"x" * (9 * 1024 * 1024)) for n in range(3)]

    status, body = await rest.post("general", {"content": "x"}, files)

    assert (status, body["code"]) == (413, 40005)


async def test_eleven_files_are_too_many_and_refused_uploads_leave_the_disk(rest: Rest) -> None:
    assert (await rest.post("general", {"content": "x"}, [(f"{n}.png", PNG) for n in range(11)]))[0] == 400
    spool = rest.server.cdn.new_path().parent
    assert list(spool.iterdir()) == []

    assert (await rest.post("general", {"content": "x"}, [(f"{n}.png", PNG) for n in range(10)]))[0] == 200
    assert len(list(spool.iterdir())) == 10


@pytest.mark.usefixtures("server")
async def test_an_edit_removes_every_attachment_that_it_does_not_list(rest: Rest) -> None:
    _, post = await rest.post("general", {"content": "x"}, [("a.png", PNG), ("b.png", PNG)])
    path = f"/channels/{post['channel_id']}/messages/{post['id']}"
    first = post["attachments"][0]

    _, same = await rest("PATCH", path, {"content": "y"})
    _, edited = await rest("PATCH", path, {"attachments": [{"id": first["id"]}, {"id": 0}]}, [("c.png", PNG)])
    _, bare = await rest("PATCH", path, {"attachments": []})

    assert [each["filename"] for each in same["attachments"]] == ["a.png", "b.png"]
    assert [each["filename"] for each in edited["attachments"]] == ["a.png", "c.png"]
    assert (bare["attachments"], bare["content"]) == ([], "y")


async def test_the_v2_flag_cannot_be_taken_back(rest: Rest) -> None:
    _, post = await rest.post("general", {"flags": V2, "components": [text("x")]})
    path = f"/channels/{post['channel_id']}/messages/{post['id']}"

    assert (await rest("PATCH", path, {"flags": 0, "content": "x"}))[0] == 400
    assert (await rest("PATCH", path, {"components": [text("y")]}))[0] == 200


async def test_an_edit_may_turn_an_answer_into_v2_but_not_beside_old_words(server: FakeDiscord, rest: Rest) -> None:
    deferred, worded = [await server.guest("Ada").slash("paint", prompt="x") for _ in range(2)]
    await rest.answer(deferred, 5)
    await rest.answer(worded, 4, {"content": "words"})
    payload = {"flags": V2, "components": [text("x")]}

    assert (await rest.by_token("PATCH", deferred, payload=payload))[0] == 200
    assert (await rest.by_token("PATCH", worded, payload=payload))[0] == 400
    assert (await rest.by_token("PATCH", worded, payload={**payload, "content": None}))[0] == 200


async def test_what_an_edit_removed_is_there_for_a_minute_more_and_then_gone(server: FakeDiscord, rest: Rest) -> None:
    ada = server.guest("Ada")
    _, post = await rest.post("general", {"content": "x"}, [("a.png", PNG), ("b.png", PNG)])
    first, second = ada.sees()[0].attachments
    path = f"/channels/{post['channel_id']}/messages/{post['id']}"

    await rest("PATCH", path, {"attachments": [{"id": str(second.id)}]})
    just_replaced = await ada.download(first)
    server.clock.advance(61)
    with pytest.raises(ClientRefused, match="no longer available"):
        await ada.download(first)
    await rest("PATCH", path, {"attachments": []})

    assert just_replaced == PNG
    assert len(list(server.cdn.new_path().parent.iterdir())) == 1, "the second alone, for its minute"


async def test_an_embed_shows_pictures_only(rest: Rest) -> None:
    payload = {"embeds": [{"title": "t", "image": {"url": "attachment://a.txt"}}]}

    assert (await rest.post("general", payload, [("a.txt", b"words")]))[0] == 400


async def test_a_picture_that_an_embed_shows_is_no_longer_listed_beside_the_message(rest: Rest) -> None:
    payload = {"embeds": [{"title": "t", "image": {"url": "attachment://a.png"}}]}

    _, body = await rest.post("general", payload, [("a.png", PNG)])

    assert body["attachments"] == []
    assert "/attachments/" in body["embeds"][0]["image"]["url"]


async def test_the_same_nonce_within_minutes_gives_the_earlier_message(server: FakeDiscord, rest: Rest) -> None:
    payload = {"content": "once", "nonce": "job.1", "enforce_nonce": True}

    answers = await asyncio.gather(*(rest.post("general", payload, [("a.png", PNG)]) for _ in range(4)))
    elsewhere = await rest.post("lounge", payload)
    _, loose = await rest.post("general", {"content": "loose", "nonce": "job.1"})

    ids = {body["id"] for _, body in [*answers, elsewhere]}
    assert len(ids) == 1
    assert loose["id"] not in ids
    server.clock.advance(10 * 60)
    _, later = await rest.post("general", payload)
    assert later["id"] not in ids
    assert later["nonce"] == "job.1"
