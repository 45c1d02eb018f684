"""Pictures are cut out of an answer wherever its chunks split; the rest is read as JSON."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import BadAnswer, ServiceLost
from bot.image_api.answers.cutter import DEPTH_MAX, REST_MAX_BYTES, PictureCutter
from tests.image_api.answers import cut, in_base64, png, split

FIRST, SECOND = in_base64(png(300)), in_base64(png(451, seed=9))

BODIES = {
    "plain": json.dumps({"created": 5, "data": [{"b64_json": FIRST}, {"b64_json": SECOND}], "size": "1024x1024"}),
    "spaced": json.dumps({"data": [{"revised_prompt": 'a "fox"', "b64_json": FIRST}, {"b64_json": SECOND}]}, indent=3),
    "slashes escaped": json.dumps({"data": [{"b64_json": FIRST}, {"b64_json": SECOND}]}).replace("/", "\\/"),
    "signs escaped": json.dumps({"data": [{"b64_json": FIRST}, {"b64_json": SECOND}]}).replace("+", "\\u002b"),
    "data last": json.dumps(
        {"usage": {"data": [{"b64_json": "no"}]}, "data": [{"b64_json": FIRST}, {"b64_json": SECOND}]}
    ),
    "data urls": json.dumps(
        {"data": [{"b64_json": f"data:image/png;base64,{FIRST}"}, {"url": f"data:image/png;base64,{SECOND}"}]}
    ),
    "other lists": json.dumps(
        {
            "images": [{"url": f"data:image/png;base64,{FIRST}", "width": 8}, {"url": "https://x.example/a"}],
            "output": {"choices": [{"finish": None, "image_base64": SECOND}]},
        }
    ),
    "at the top and in a list": json.dumps({"type": "x", "b64_json": FIRST, "data": [{"image_base64": SECOND}]}),
    "nulls beside": json.dumps(
        {"data": [{"url": None, "b64_json": FIRST}, {"b64_json": SECOND, "url": None, "revised_prompt": None}]}
    ),
}
REFUSALS = {
    "links": {"data": [{"url": "https://x.example/a?b=c"}, {"url": 'http://x.example/\\"', "b64_json": None}]},
    "empty strings": {"data": [{"b64_json": "", "url": ""}]},
    "error": {"error": {"message": "b64_json: \\ \u00e9\U0001f98a", "code": None, "param": "data"}},
    "elsewhere": {"url": "data:,x", "image_base64": "top", "data": {"b64_json": "no list"}, "images": ["AAAA"]},
    "other lists": {"output": {"choices": {"image_base64": "no list"}}, "choices": [{"image_base64": "no output"}]},
    "deeper": {"data": [{"image": {"b64_json": "inside"}}, [{"b64_json": "list in list"}]]},
    "inside a link": {"data": [{"url": {"href": "data:image/png;base64,AAAA"}}, {"b64_json": ["AAAA"]}, "AAAA"]},
    "empty": {"data": []},
}

Cuts = st.lists(st.integers(0, 5_000), max_size=8)


@settings(deadline=None, max_examples=60)
@given(body=st.sampled_from(sorted(BODIES)), cuts=Cuts)
def test_pictures_are_the_same_wherever_the_chunks_split(body: str, cuts: list[int]) -> None:
    result = cut(split(BODIES[body].encode(), cuts))

    assert result.pictures == [FIRST.encode(), SECOND.encode()]


@pytest.mark.parametrize("body", sorted(BODIES))
def test_pictures_are_the_same_byte_by_byte(body: str) -> None:
    result = cut(bytes([byte]) for byte in BODIES[body].encode())

    assert result.pictures == [FIRST.encode(), SECOND.encode()]


@settings(deadline=None, max_examples=60)
@given(name=st.sampled_from(sorted(REFUSALS)), cuts=Cuts, indent=st.sampled_from([None, 2]))
def test_everything_that_is_no_picture_is_read_as_it_stands(name: str, cuts: list[int], indent: int | None) -> None:
    body = json.dumps(REFUSALS[name], indent=indent).encode()

    result = cut(split(body, cuts))

    assert result.pictures == []
    assert result.rest == REFUSALS[name]


KEYS = ["data", "images", "output", "choices", "url", "b64_json", "image_base64"]
Leaf = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=20)
    | st.just("data:image/png;base64,AA")
)
Tree = st.recursive(
    Leaf,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=150)
@given(tree=Tree, cuts=Cuts, is_ascii=st.booleans())
def test_any_json_comes_out_as_it_went_in_but_for_its_pictures(tree: object, cuts: list[int], is_ascii: bool) -> None:
    body = json.dumps(tree, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")

    result = cut(split(body, cuts))

    assert result.rest == without_pictures(tree)


def without_pictures(tree: object, place: tuple[str | None, ...] = ()) -> object:
    """What the rest should be, written down the slow way."""
    if isinstance(tree, dict):
        return {name: without_pictures(value, (*place, name)) for name, value in tree.items()}
    if isinstance(tree, list):
        return [without_pictures(value, (*place, None)) for value in tree]
    return True if isinstance(tree, str) and is_picture(tree, place) else tree


def is_picture(text: str, place: tuple[str | None, ...]) -> bool:
    *entry, key = place or (None,)
    if place == ("b64_json",):
        return bool(text)
    if entry not in (["data", None], ["images", None], ["output", "choices", None]):
        return False
    return (key in ("b64_json", "image_base64") and bool(text)) or (key == "url" and text.startswith("data:"))


def test_the_place_of_a_picture_is_marked_in_the_rest() -> None:
    result = cut([BODIES["data urls"].encode()])

    assert result.rest == {"data": [{"b64_json": True}, {"url": True}]}


def test_a_picture_costs_no_memory_in_the_cutter() -> None:
    cutter = PictureCutter()
    list(cutter.feed(b'{"data":[{"b64_json":"'))

    for _ in range(64):
        assert list(cutter.feed(b"A" * 65_536))

    assert sum(len(part) for part in (cutter._rest, cutter._carry, cutter._head)) < 200


@pytest.mark.parametrize("end", [1, 20, 200, 430])
def test_an_answer_that_stops_in_the_middle_is_lost(end: int) -> None:
    with pytest.raises(ServiceLost):
        cut([BODIES["plain"].encode()[:end]])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>busy</html>",
        b'{"data": [}',
        b"]",
        b'{"a": 1} {"b": 2}',
        b'{"data": "\\uZZZZ"}',
        b'{"\xff": 1}',
    ],
)
def test_what_is_not_json_is_no_answer(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        cut([body])


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(BadAnswer, match="usable"):
        cut([b"[" * (DEPTH_MAX + 1)])


@pytest.mark.parametrize("filler", [b" ", b"1"])
def test_text_beside_the_pictures_is_bounded(filler: bytes) -> None:
    endless = (filler * 65_536 for _ in range(2 * REST_MAX_BYTES // 65_536))

    with pytest.raises(BadAnswer):
        cut([b'{"data":', *endless])


def test_a_long_prompt_beside_a_picture_is_bounded_too() -> None:
    with pytest.raises(BadAnswer):
        cut([b'{"data":[{"revised_prompt":"', b"a" * (REST_MAX_BYTES + 1)])
