"""Whom the bot may call: every message it ever sent or edited in a world, as it went over the wire."""

import re
from collections.abc import Iterator
from typing import Any

from sandbox.discord.door import NO_STATUS, RequestRecord
from sandbox.discord.interactions import CallbackType
from sandbox.discord.server import FakeDiscord

MESSAGES = re.compile(r"/channels/\d+/messages(?:/\d+)?(?:\?|$)|/webhooks/\d+/[^/]+(?:/messages/[^/?]+)?(?:\?|$)")
CALLBACK = re.compile(r"/interactions/(?P<id>\d+)/[^/]+/callback")
WITH_A_MESSAGE = (CallbackType.MESSAGE, CallbackType.UPDATE)


def check_mentions(discord: FakeDiscord) -> None:
    """Nobody is called but by a result, and by that only its requester; and no link unfolds itself into an embed."""
    asked_by = requesters(discord)
    for request, payload in sent_messages(discord.requests):
        allowed = payload.get("allowed_mentions")
        assert allowed is not None, (
            f"{request.method} {request.path.split('?')[0][:40]} leaves it to Discord: {payload}"
        )
        assert allowed.get("parse") == [], f"anybody may be called by {payload}"
        assert not allowed.get("roles"), f"a role may be called by {payload}"
        assert not allowed.get("replied_user"), f"whoever is replied to is called by {payload}"
        if named := allowed.get("users"):
            assert is_result(request, payload), f"somebody is called by what is no result: {payload}"
            job_id = int(str(payload["nonce"]).partition(".")[0])
            assert [int(each) for each in named] == [asked_by[job_id]], f"another than its requester: {payload}"


def sent_messages(requests: list[RequestRecord]) -> Iterator[tuple[RequestRecord, dict[str, Any]]]:
    """Each request that makes or changes a message, with the message. What was cut off on the way has none."""
    for request in requests:
        payload = request.json
        if request.method not in ("POST", "PATCH") or not isinstance(payload, dict) or is_cut(request, payload):
            continue
        if MESSAGES.match(request.path):
            yield request, payload
        elif CALLBACK.match(request.path) and payload.get("type") in WITH_A_MESSAGE:
            yield request, payload.get("data") or {}


def is_cut(request: RequestRecord, payload: dict[str, Any]) -> bool:
    """Whether its words arrived and the files that they name did not all: nobody can have carried that out."""
    return request.status == NO_STATUS and len(payload.get("attachments") or ()) > len(request.files)


def is_result(request: RequestRecord, payload: dict[str, Any]) -> bool:
    """An ordinary message of a channel with pictures on it."""
    is_post = request.method == "POST" and request.path.startswith("/channels/")
    return is_post and bool(request.files) and bool(payload.get("nonce"))


def requesters(discord: FakeDiscord) -> dict[int, int]:
    """Who is behind each job, by the id of the interaction or message that asked for it."""
    people = {each.id: each.person.id for each in discord.interactions.by_token.values()}
    for channel in discord.world.messages.values():
        people |= {message.id: message.author_id for message in channel.values()}
    return people
