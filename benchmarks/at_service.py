"""The prepared service in a process of its own, for as long as somebody needs it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_LIMIT_S = 60.0


@asynccontextmanager
async def service(*words: str) -> AsyncIterator[tuple[str, asyncio.StreamReader]]:
    """Its base URL, and what it says of each preview."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.prepared", *words, stdin=pipe, stdout=pipe, env=environment()
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        said = await asyncio.wait_for(process.stdout.readline(), START_LIMIT_S)
        yield said.decode().strip(), process.stdout
    finally:
        process.stdin.close()
        await process.wait()


def environment() -> dict[str, str]:
    """What a process needs to find this project's modules."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
