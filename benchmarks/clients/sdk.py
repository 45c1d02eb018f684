"""OpenAI's own library as its documents use it. Runs in .venv-bench."""

import asyncio
import base64
import sys
from pathlib import Path

from openai import AsyncOpenAI

from benchmarks.weighing import weighed

LIMIT_S = 300.0


async def main(base_url: str, folder: Path, members: int, each: int) -> None:
    async with AsyncOpenAI(base_url=base_url, api_key="a-key", max_retries=0, timeout=LIMIT_S) as client:

        async def take(member: int) -> None:
            answer = await client.images.generate(model="gpt-image-2", prompt=f"picture {member * each}", n=each)
            mine = folder / str(member)
            mine.mkdir()
            for index, image in enumerate(answer.data or ()):
                (mine / str(index)).write_bytes(base64.b64decode(image.b64_json or ""))

        with weighed():
            await asyncio.gather(*map(take, range(members)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
