"""Wherever the chunks of an answer split, the same files, tokens, words and errors come out of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.download import Downloader
from bot.errors import BadAnswer, ImageServiceError
from bot.image_api.answers.intake import Intake
from bot.image_api.answers.reading import Painting
from bot.image_api.events import Done, Painted, Preview, Usage
from bot.spool import Spool
from tests.image_api.answers import in_base64, png, split

PICTURES = [png(300), png(451, seed=9)]
USAGE = {
    "total_tokens": 150,
    "input_tokens": 50,
    "output_tokens": 100,
    "input_tokens_details": {"text_tokens": 10, "image_tokens": 40},
}
COUNTED = Usage(text_in=10, image_in=40, image_out=100)
WORDS = 'a "red" fox \\ in {the} [snow], \u05e9\U0001f98a'


@dataclass
class Outcome:
    """What came of an answer."""

    pictures: list[bytes] = field(default_factory=list)
    previews: list[bytes] = field(default_factory=list)
    done: Done | None = None
    error: str | None = None
    left: list[str] = field(default_factory=list)


async def taken_in(folder: Path, chunks: Iterable[bytes]) -> Outcome:
    spool, outcome = Spool(folder), Outcome()
    await asyncio.to_thread(spool.remove, 1)
    async with (
        Downloader() as downloads,
        Intake(
            first_index=0,
            count=2,
            previews=3,
            new_file=partial(spool.new, 1),
            downloads=downloads,
            decoding=asyncio.Semaphore(1),
        ) as intake,
    ):
        painting = Painting(intake, count=2, linked=str, error_in=error_in)
        try:
            async for event in painting.events(one_by_one(chunks)):
                match event:
                    case Painted(picture):
                        outcome.pictures.append(picture.file.read_bytes())
                    case Preview(picture):
                        outcome.previews.append(picture.file.read_bytes())
            outcome.done = painting.done
        except ImageServiceError as error:
            outcome.error = f"{type(error).__name__}: {error.detail}"
    folder = spool.path(1, "0").parent
    outcome.left = sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []
    return outcome


def error_in(answer: object) -> ImageServiceError | None:
    told = answer.get("error") if isinstance(answer, Mapping) else None
    return BadAnswer(detail=json.dumps(told)) if told else None


async def one_by_one(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        if chunk:
            yield chunk


def shuffled(value: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.permutations(list(value.items())).map(dict)


def written(value: object, *, escapes: str, indent: int | None) -> str:
    text = json.dumps(value, indent=indent, ensure_ascii=escapes != "none")
    if escapes == "slashes":
        text = text.replace("/", "\\/")
    return text.replace("+", "\\u002b") if escapes == "signs" else text


Escapes = st.sampled_from(["none", "ascii", "slashes", "signs"])
Indent = st.sampled_from([None, 2])
Cuts = st.lists(st.integers(0, 6_000), max_size=10)
Entry = st.sampled_from(["b64_json", "url"])


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """An answer in one object, with its keys in any order."""
    entries = []
    for picture in PICTURES:
        text = in_base64(picture)
        other = draw(Entry)
        sent = text if other == "url" and draw(st.booleans()) else f"data:image/png;base64,{text}"
        place = {"url": None, "b64_json": sent} if other == "url" else {"b64_json": None, "url": sent}
        entries.append(draw(shuffled({**place, "revised_prompt": WORDS})))
    answer = draw(shuffled({"created": 5, "data": entries, "usage": USAGE, "size": "1024x1024", "svg_usage": None}))
    mark = draw(st.sampled_from(["", "\ufeff"]))
    return (mark + written(answer, escapes=draw(Escapes), indent=draw(Indent))).encode()


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """The same as events, in every wording."""
    line_end = draw(st.sampled_from(["\n", "\r", "\r\n"]))
    kind = draw(st.sampled_from(["image_generation", "image_edit"]))
    names = draw(st.sampled_from(["event line", "type", "both", "event line behind"]))
    escapes, indent = draw(Escapes), draw(Indent)
    text = draw(st.sampled_from(["", f": hello{line_end}{line_end}", "\ufeff"]))
    for number, picture in enumerate(PICTURES):
        for what in ("partial_image", "completed"):
            data: dict[str, Any] = {"b64_json": in_base64(picture), "created_at": 5, "size": "1024x1024", "error": None}
            data |= {"partial_image_index": number} if what == "partial_image" else {"usage": USAGE}
            data |= {"revised_prompt": WORDS} if what == "completed" else {}
            data |= {"type": f"{kind}.{what}"} if names in ("type", "both") else {}
            lines = written(draw(shuffled(data)), escapes=escapes, indent=indent).split("\n")
            event = [f"data: {line}" for line in lines]
            if names != "type":
                event.insert(len(event) if names == "event line behind" else 0, f"event: {kind}.{what}")
            text += line_end.join([*event, "", ""])
    return text.encode()


calm = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])


@calm
@given(body=bodies(), cuts=Cuts)
def test_one_object_gives_the_same_wherever_it_splits(tmp_path: Path, body: bytes, cuts: list[int]) -> None:
    outcome = asyncio.run(taken_in(tmp_path, split(body, cuts)))

    assert outcome.pictures == PICTURES
    assert outcome.left == ["0", "1"]
    assert outcome.done == Done(count=2, usage=COUNTED, revised_prompt=WORDS)


@calm
@given(body=streams(), cuts=Cuts)
def test_a_stream_gives_the_same_wherever_it_splits(tmp_path: Path, body: bytes, cuts: list[int]) -> None:
    outcome = asyncio.run(taken_in(tmp_path, split(body, cuts)))

    assert outcome.pictures == outcome.previews == PICTURES
    assert outcome.left == ["0", "1", "preview-0-0", "preview-1-0"]
    assert outcome.done == Done(count=2, usage=COUNTED, revised_prompt=WORDS)


@pytest.mark.parametrize("form", ["object", "stream"])
@settings(deadline=None, max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_answer_gives_the_same_byte_by_byte(tmp_path: Path, form: str, data: st.DataObject) -> None:
    body = data.draw(bodies() if form == "object" else streams())

    outcome = asyncio.run(taken_in(tmp_path, (bytes([byte]) for byte in body)))

    assert outcome.pictures == PICTURES
    assert outcome.done == Done(count=2, usage=COUNTED, revised_prompt=WORDS)


GOOD, SPOILT = in_base64(png(200)), in_base64(png(200)).replace("A", "*", 1)
FAILING: dict[str, str] = {
    "an error in an object": json.dumps({"data": None, "error": {"message": WORDS, "code": "x"}}),
    "spoilt pictures": json.dumps({"data": [{"b64_json": SPOILT}, {"b64_json": "PGh0bWw+PC9odG1sPg=="}]}),
    "no picture": json.dumps({"created": 1, "data": []}),
    "half an object": json.dumps({"data": [{"b64_json": GOOD}], "usage": USAGE})[:-40],
    "not closed": '{"data": [{"b64_json": "' + GOOD,
    "an error in a stream": f"event: error\ndata: {json.dumps({'error': {'message': WORDS}})}\n\n",
    "an error behind a picture": f'data: {{"b64_json":"{GOOD}"}}\n\ndata: {{"error":"no"}}\n\n',
    "a spoilt stream": f'event: image_edit.completed\ndata: {{"b64_json":"{SPOILT}"}}\n\n',
    "half a stream": f'event: image_edit.completed\ndata: {{"b64_json":"{GOOD}","us',
    "no stream": "data: [DONE]\n\n",
}


@pytest.mark.parametrize("name", FAILING)
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=Cuts)
def test_a_failing_answer_fails_the_same_wherever_it_splits(tmp_path: Path, name: str, cuts: list[int]) -> None:
    body = FAILING[name].encode()
    whole = asyncio.run(taken_in(tmp_path, [body]))

    assert asyncio.run(taken_in(tmp_path, split(body, cuts))) == whole
    assert whole.error is not None
    assert len(whole.left) == len(whole.pictures)
