"""The bot's client with its spool, as the studio uses both."""

import asyncio
import sys
from functools import partial
from pathlib import Path

import aiohttp
import uvloop

from benchmarks.weighing import weighed
from bot.clock import SystemClock
from bot.download import Downloader
from bot.image_api.call import Call
from bot.image_api.catalogue import Catalogue
from bot.image_api.client import ImageApi
from bot.image_api.events import Done, Failed
from bot.image_api.http import Http
from bot.image_api.service import Service
from bot.model import Endpoint
from bot.spool import Spool


async def main(base_url: str, folder: Path, calls: int, count: int) -> None:
    spool, service = Spool(folder), Service(base_url=base_url, api_key="a-key")
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session, Downloader() as downloads:
        http = Http(session, service, clock=SystemClock())
        api = ImageApi(http, Catalogue.load(has_openai_dates=False), downloads=downloads)

        async def call(number: int) -> None:
            wanted = Call(
                endpoint=Endpoint.GENERATIONS, model="gpt-image-2", prompt=f"picture {number * count}", count=count
            )
            async for event in api.paint(wanted, new_file=partial(spool.new, number)):
                match event:
                    case Failed(error):
                        raise error
                    case Done(count=arrived):
                        assert arrived == count, f"{arrived} pictures of call {number}"

        with weighed():
            await asyncio.gather(*map(call, range(calls)))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
