"""The bot's client with its spool, as the studio uses both."""

import asyncio
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import aiohttp
import uvloop

from benchmarks.weighing import weighed
from bot.clock import SystemClock
from bot.download import Downloader
from bot.image_api.call import Call
from bot.image_api.catalogue.catalogue import Catalogue
from bot.image_api.client import ImageApi
from bot.image_api.events import Done, Failed
from bot.image_api.service import Service
from bot.image_api.wire.http import Http
from bot.model import Endpoint
from bot.spool import Spool


async def main(base_url: str, folder: Path, members: int, each: int, *, streams: bool) -> None:
    spool, service = Spool(folder), Service(base_url=base_url, api_key="a-key")
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session, Downloader() as downloads:
        http = Http(session, service, clock=SystemClock())
        api = ImageApi(http, Catalogue.load(has_openai_dates=False), downloads=downloads)

        async def take(member: int) -> None:
            for call in _calls(member * each, each, streams=streams):
                async for event in api.paint(call, new_file=partial(spool.new, member)):
                    match event:
                        case Failed(error):
                            raise error
                        case Done(count=arrived):
                            assert arrived == call.count, f"{arrived} pictures of member {member}"

        with weighed():
            await asyncio.gather(*map(take, range(members)))


def _calls(number: int, count: int, *, streams: bool) -> Iterator[Call]:
    """For the pictures from `number` on: one call, or streamed ones with a picture each."""
    if not streams:
        yield Call(endpoint=Endpoint.GENERATIONS, model="gpt-image-2", prompt=f"picture {number}", count=count)
        return
    for index in range(count):
        yield Call(
            endpoint=Endpoint.GENERATIONS,
            model="gpt-image-2",
            prompt=f"picture {number + index}",
            first_index=index,
            partial_images=0,
        )


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        words = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
        runner.run(main(*words, streams="--stream" in sys.argv))
