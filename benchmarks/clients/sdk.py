"""OpenAI's own library as its documents use it. Runs in .venv-bench."""

import asyncio
import base64
import sys
from pathlib import Path

from openai import AsyncOpenAI

from benchmarks.weighing import weighed

LIMIT_S = 300.0


async def main(base_url: str, folder: Path, calls: int, count: int) -> None:
    async with AsyncOpenAI(base_url=base_url, api_key="a-key", max_retries=0, timeout=LIMIT_S) as client:

        async def call(number: int) -> None:
            answer = await client.images.generate(model="gpt-image-2", prompt=f"picture {number * count}", n=count)
            mine = folder / str(number)
            mine.mkdir()
            for index, image in enumerate(answer.data or ()):
                (mine / str(index)).write_bytes(base64.b64decode(image.b64_json or ""))

        with weighed():
            await asyncio.gather(*map(call, range(calls)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
