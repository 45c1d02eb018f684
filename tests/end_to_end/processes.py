"""The real command against a scene's stand-ins, as a process of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.children import Piped, nursery
from tests.scene import Scene

READY_S = 60.0


@asynccontextmanager
async def another_process(scene: Scene, **changes: str) -> AsyncIterator[Piped]:
    """Up when the block begins, and killed at its end if it still runs. `changes` are settings as they are written."""
    with Path("/dev/null").open("rb") as nothing:
        process = await nursery().piped(
            "bot",
            (),
            environment=_settings(scene) | changes,
            folder=scene.settings.data_dir.parent.parent,
            stdin=nothing,
        )
    try:
        await scene.discord.ready(READY_S)
        yield process
    finally:
        process.kill()
        await process.wait()


def _settings(scene: Scene) -> dict[str, str]:
    values = {name: getattr(scene.settings, name) for name in scene.settings.model_fields_set}
    secret = {"discord_token": scene.settings.discord_token.get_secret_value(), "openai_api_key": scene.images.api_key}
    return {name.upper(): _as_written(value) for name, value in (values | secret).items()}


def _as_written(value: object) -> str:
    if isinstance(value, frozenset):
        return ",".join(map(str, value))
    return str(int(value)) if isinstance(value, bool) else str(value)
