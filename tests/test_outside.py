"""What reaches out of the process: each service is asked with its own key and never with another's."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.errors import ModerationRefused, NotChecked
from bot.image_api.call import Call
from bot.model import Endpoint
from bot.outside import Outside, moderation_service, reach_out
from bot.settings import Settings
from bot.spool import Spool
from sandbox.image_api.server import FakeImageApi


class Two:
    """A service that paints and has no moderations, and one that moderates."""

    def __init__(self, folder: Path) -> None:
        self.painter = FakeImageApi(moderations=False, picture_bytes=20_000)
        self.moderator = FakeImageApi()
        self._folder = folder

    def settings(self, **changes: str | None) -> Settings:
        values: dict[str, Any] = {
            "discord_token": "token",
            "openai_base_url": self.painter.base_url,
            "openai_api_key": self.painter.api_key,
            "openai_org_id": "org-painter",
            "openai_project_id": "project-painter",
            "moderation_base_url": self.moderator.base_url,
            "moderation_api_key": self.moderator.api_key,
            "data_dir": self._folder,
        }
        return Settings(_env_file=None, **values | changes)

    async def ask_everything(self, outside: Outside) -> None:
        await outside.moderation.check("a red fox")
        await outside.models.refresh()
        call = Call(endpoint=Endpoint.GENERATIONS, model="gpt-image-2", prompt="a red fox")
        _ = [event async for event in outside.api.paint(call, new_file=partial(Spool(self._folder).new, 1))]

    def keys(self) -> tuple[set[str], set[str]]:
        return {each.key for each in self.painter.requests}, {each.key for each in self.moderator.requests}


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    async with AsyncExitStack() as doors:
        two = Two(tmp_path)
        for service in (two.painter, two.moderator):
            await service.start()
            doors.push_async_callback(service.stop)
        yield two


async def test_each_service_is_asked_with_its_own_key(two: Two) -> None:
    async with reach_out(two.settings(), SystemClock()) as outside:
        await two.ask_everything(outside)

    assert two.keys() == ({"right"}, {"right"})
    assert {each.route for each in two.moderator.requests} == {"moderations"}
    assert {each.route for each in two.painter.requests} == {"models", "generations"}


async def test_nothing_that_says_who_pays_the_painter_goes_to_the_moderator(two: Two) -> None:
    async with reach_out(two.settings(), SystemClock()) as outside:
        await two.ask_everything(outside)

    headers = [each.headers for each in two.moderator.requests]
    assert not [name for each in headers for name in each if name.startswith("openai-")]
    assert two.painter.api_key not in str(headers)
    assert two.moderator.api_key not in str([each.headers for each in two.painter.requests])


async def test_a_moderator_without_a_key_does_not_get_the_painters(two: Two) -> None:
    async with reach_out(two.settings(moderation_api_key=None), SystemClock()) as outside:
        with pytest.raises(NotChecked):
            await outside.moderation.check("a red fox")

    assert two.keys()[1] == {"missing"}


async def test_a_key_for_moderations_alone_does_not_go_to_the_painter(two: Two) -> None:
    async with reach_out(two.settings(moderation_base_url=None), SystemClock()) as outside:
        with pytest.raises(NotChecked):
            await outside.moderation.check("a red fox")
        await outside.models.refresh()

    assert two.keys() == ({"right"}, set())


async def test_a_moderator_elsewhere_speaks_for_itself(two: Two) -> None:
    service = moderation_service(two.settings())

    assert (service.dialect_name, service.organization, service.project) == (None, None, None)


async def test_the_owners_scores_decide(two: Two) -> None:
    """The stand-in scores what it flags between 0.93 and 0.99."""
    loose = two.settings(moderation_thresholds="violence=0.999")
    strict = two.settings(moderation_thresholds="violence=0.0")

    async with reach_out(loose, SystemClock()) as outside:
        await outside.moderation.check("a forbidden fox")
    async with reach_out(strict, SystemClock()) as outside:
        with pytest.raises(ModerationRefused, match="your prompt was flagged for violence"):
            await outside.moderation.check("a red fox")
