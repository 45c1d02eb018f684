"""What arrives is whole, bounded in bytes and in time, or is not kept."""

import asyncio
import hashlib
import zlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bot.download import Downloader
from bot.errors import BadPicture, PictureUnavailable
from bot.spool import Spool

if TYPE_CHECKING:
    from tests.download.conftest import Host

PICTURE = b"\x89PNG" + bytes(range(256)) * 4_000


@pytest.fixture
async def downloads(host: "Host") -> AsyncIterator[Downloader]:
    host.says("200 OK", PICTURE)
    async with Downloader(allowed_private=frozenset({f"127.0.0.1:{host.port}"})) as downloads:
        yield downloads


async def test_a_picture_arrives_whole_on_the_spool(host: "Host", downloads: Downloader, spool: Spool) -> None:
    spooled = await downloads.fetch_member_picture(f"{host.url}/cat.png", spool.new(1, "source"))

    assert spooled.file == spool.path(1, "source")
    assert spooled.file.read_bytes() == PICTURE
    assert spooled.sha256 == hashlib.sha256(PICTURE).hexdigest()


async def test_a_signed_link_is_asked_for_exactly_as_it_is_spelt(
    host: "Host", downloads: Downloader, spool: Spool
) -> None:
    spelling = "/attachments/a%2Fb/c%c3%a9.png?ex=66D&hm=a%2fb+c%20d&empty="

    await downloads.fetch_member_picture(f"{host.url}{spelling}", spool.new(1, "source"))

    assert host.requests[0].startswith(f"GET {spelling} HTTP/1.1\r\n")


async def test_a_request_asks_for_plain_bytes_through_no_proxy(
    host: "Host", other: "Host", downloads: Downloader, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", other.url)

    await downloads.fetch_service_picture(f"{host.url}/", spool.new(1, "0"))

    assert "Accept-Encoding: identity\r\n" in host.requests[0]
    assert other.connections == 0


async def test_a_redirect_is_not_followed(host: "Host", other: "Host", downloads: Downloader, spool: Spool) -> None:
    host.says("302 Found", b"", f"Location: {other.url}/latest/meta-data")

    with pytest.raises(PictureUnavailable, match="Upload it again") as caught:
        await downloads.fetch_member_picture(f"{host.url}/", spool.new(1, "source"))

    assert other.connections == 0
    assert "HTTP 302" in caught.value.detail


@pytest.mark.parametrize(
    "status", ["201 Created", "204 No Content", "206 Partial Content", "403 Forbidden", "404 Gone"]
)
async def test_only_a_plain_200_is_a_picture(host: "Host", downloads: Downloader, spool: Spool, status: str) -> None:
    host.says(status, b"" if status.startswith("204") else PICTURE)

    with pytest.raises(PictureUnavailable) as caught:
        await downloads.fetch_member_picture(f"{host.url}/cat.png?hm=SECRET", spool.new(1, "source"))

    assert caught.value.detail == f"{host.url}/cat.png: HTTP {status[:3]}"
    assert await asyncio.to_thread(spool.usage_bytes) == 0


async def test_an_announced_giant_is_refused_before_it_is_read(
    host: "Host", downloads: Downloader, spool: Spool
) -> None:
    host.says("200 OK", b"begin", length=30_000_000)

    with pytest.raises(BadPicture, match=r"larger than 20 MB, the most I can take.*cost you nothing"):
        await downloads.fetch_member_picture(f"{host.url}/", spool.new(1, "source"))

    assert await asyncio.to_thread(spool.usage_bytes) == 0


async def test_an_endless_body_is_cut_at_the_cap(host: "Host", downloads: Downloader, spool: Spool) -> None:
    sent_bytes = 0

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal sent_bytes
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while sent_bytes < 1_000_000_000:
            writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            sent_bytes += 65_536
            await writer.drain()

    host.talk = endless

    with pytest.raises(BadPicture, match="larger than 2 MB"):
        await downloads.fetch_service_picture(f"{host.url}/", spool.new(1, "0"), max_bytes=2 * 1024 * 1024)

    assert sent_bytes < 100_000_000
    assert await asyncio.to_thread(spool.usage_bytes) == 0


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
async def test_a_compressed_bomb_is_not_unpacked(
    host: "Host", downloads: Downloader, spool: Spool, encoding: str
) -> None:
    host.says("200 OK", zlib.compress(bytes(50_000_000)), f"Content-Encoding: {encoding}")

    with pytest.raises(PictureUnavailable) as caught:
        await downloads.fetch_member_picture(f"{host.url}/", spool.new(1, "source"))

    assert "compressed" in caught.value.detail
    assert await asyncio.to_thread(spool.usage_bytes) == 0


async def test_a_drip_ends_at_the_deadline(host: "Host", spool: Spool) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.02)

    host.talk = drip
    hosts = frozenset({f"127.0.0.1:{host.port}"})

    async with Downloader(allowed_private=hosts, deadline_s=0.3) as downloads:
        with pytest.raises(PictureUnavailable) as caught:
            await downloads.fetch_member_picture(f"{host.url}/", spool.new(1, "source"))

    assert "too slow" in caught.value.detail
    assert await asyncio.to_thread(spool.usage_bytes) == 0


@pytest.mark.parametrize("body", [b"", PICTURE[:1000]])
async def test_a_body_cut_short_leaves_nothing(host: "Host", downloads: Downloader, spool: Spool, body: bytes) -> None:
    host.says("200 OK", body, length=len(PICTURE))

    with pytest.raises(PictureUnavailable):
        await downloads.fetch_member_picture(f"{host.url}/", spool.new(1, "source"))

    assert await asyncio.to_thread(spool.usage_bytes) == 0


async def test_a_host_that_is_not_there_is_an_error_for_the_member(spool: Spool) -> None:
    async with Downloader(allowed_private=frozenset({"127.0.0.1:9"})) as downloads:
        with pytest.raises(PictureUnavailable, match="could not fetch"):
            await downloads.fetch_member_picture("http://127.0.0.1:9/", spool.new(1, "source"))


async def test_a_cancelled_fetch_leaves_nothing(host: "Host", downloads: Downloader, spool: Spool) -> None:
    begun = asyncio.Event()

    async def begin(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + PICTURE)
        begun.set()
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.02)

    host.talk = begin
    fetching = asyncio.create_task(downloads.fetch_member_picture(f"{host.url}/", spool.new(1, "source")))
    await begun.wait()
    while await asyncio.to_thread(spool.usage_bytes) == 0:  # until its first piece is on the disk
        await asyncio.sleep(0.02)

    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching

    assert await asyncio.to_thread(spool.usage_bytes) == 0
