"""The recorded traffic fits OpenAI's official document, which lies beside the repository."""

import asyncio
import json
import sys
from pathlib import Path

import aiohttp
import pytest

from sandbox.image_api.faults import errors as faults_errors
from sandbox.image_api.moderation import marked_picture
from sandbox.traffic import TrafficLog
from tests.sandbox.image_api.calls import DRAWING, MODEL, data_url, form, get, picture, post
from tests.sandbox.image_api.conftest import Start

CHECKER = Path(__file__).resolve().parents[4] / "shared" / "tools" / "check_contract.py"
PNG = "image/png"


@pytest.mark.skipif(not CHECKER.exists(), reason=f"NOT CHECKED against the official document: no {CHECKER.name}")
async def test_every_exchange_fits_the_official_document(
    start: Start, client: aiohttp.ClientSession, tmp_path: Path
) -> None:
    record = TrafficLog(tmp_path / "traffic.jsonl")
    service = await start(record=record, variations=True)
    source, parts = ("image", picture(), PNG), [{"type": "text", "text": "x"}]
    look = {"type": "image_url", "image_url": {"url": data_url(marked_picture("sexual"))}}
    service.faults.add(route="generations", then=faults_errors.empty())

    for body in (DRAWING, DRAWING | {"n": 2, "size": "1536x1024", "quality": "high"}, DRAWING | {"size": "1280x720"}):
        await post(service, client, "generations", body)
    await post(service, client, "generations", {"model": "dall-e-2", "prompt": "x", "size": "256x256"})
    await post(service, client, "generations", DRAWING | {"n": 99})
    await post(service, client, "generations", DRAWING | {"stream": True, "partial_images": 2})
    await post(service, client, "edits", form(source, model=MODEL, prompt="x", stream="true", partial_images="1"))
    await post(service, client, "edits", form(source, model=MODEL, prompt="x", n="2", output_format="webp"))
    await post(
        service, client, "edits", {"model": MODEL, "prompt": "x", "images": [{"image_url": data_url(picture())}]}
    )
    await post(service, client, "variations", form(source, model="dall-e-2", n="2", size="256x256"))
    for asked in ("x", ["x", "forbidden"], [*parts, look]):
        await post(service, client, "moderations", {"input": asked})
    await get(service, client, "models")
    await get(service, client, "models/gpt-image-1.5")
    await asyncio.to_thread(record.close)

    checker = await asyncio.create_subprocess_exec(
        sys.executable, CHECKER, tmp_path / "traffic.jsonl", stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asyncio.wait_for(checker.communicate(), timeout=60)
    assert b"15 exchanges checked, 0 kinds of problem" in said, said.decode()
    assert checker.returncode == 0


async def test_the_record_holds_neither_pictures_nor_the_key(
    start: Start, client: aiohttp.ClientSession, tmp_path: Path
) -> None:
    record = TrafficLog(tmp_path / "traffic.jsonl")
    service = await start(record=record)

    await post(service, client, "generations", DRAWING)
    await post(service, client, "edits", form(("image[]", picture(), PNG), model=MODEL, prompt="x"))
    await asyncio.to_thread(record.close)

    text = (tmp_path / "traffic.jsonl").read_text()
    edit = json.loads(text.splitlines()[1])
    assert service.api_key not in text
    assert len(text) < 5_000
    assert edit["path"] == "/images/edits"
    assert edit["files"] == [
        {"field": "image[]", "filename": "picture.png", "content_type": PNG, "size": len(picture())}
    ]
    assert edit["request_form"] == {"model": MODEL, "prompt": "x"}
