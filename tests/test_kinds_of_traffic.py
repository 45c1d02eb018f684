"""What is held against the official documents once, and what again."""

import pytest

from tests.kinds_of_traffic import kinds

CARD = (
    b'{"method":"PATCH","path":"/webhooks/1431084078391623682/%s/messages/%d","request_json":{"content":"%s"},'
    b'"response_json":{"timestamp":"%s+00:00","components":[{"custom_id":"easel:cancel:%s"}]}}\n'
)
TOKEN, KEY, NOON = (
    b"aW50ZXJhY3Rpb246MTU3NjAzOTIyODY3OTEyNzA0MDp",
    b"a72a51127e0db89651627f243736f072",
    b"2026-05-01T12:00:00.5",
)
FIRST = CARD % (TOKEN, 1576039228737847296, b"Queued", NOON, KEY)


@pytest.mark.parametrize(
    "again",
    [
        CARD % (TOKEN.swapcase(), 1576039228737847296, b"Queued", NOON, KEY),
        CARD % (TOKEN, 1576039228737849999, b"Queued", NOON, KEY),
        CARD % (TOKEN, 1576039228737847296, b"Queued", b"2026-05-01T12:00:01.25", KEY),
        CARD % (TOKEN, 1576039228737847296, b"Queued", NOON, KEY[::-1]),
    ],
)
def test_the_same_with_another_id_token_moment_or_key_is_left_out(again: bytes) -> None:
    assert list(kinds([FIRST, again, FIRST])) == [FIRST]


@pytest.mark.parametrize(
    "other",
    [
        CARD % (TOKEN, 1576039228737847296, b"Painting", NOON, KEY),
        FIRST.replace(b"PATCH", b"POST"),
        FIRST.replace(b"+00:00", b""),
        FIRST.replace(b"1576039228737847296", b'"text"'),
        FIRST.replace(b"1576039228737847296", b"12345678"),
        FIRST.replace(KEY, KEY[:-16]),
        FIRST.replace(b"Queued", b"x" * 4_001),
    ],
)
def test_everything_else_is_kept(other: bytes) -> None:
    assert list(kinds([FIRST, other])) == [FIRST, other]
