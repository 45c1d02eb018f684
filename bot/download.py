"""The only code that fetches a URL: checked addresses, no redirects, a byte cap and a deadline."""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Mapping
from contextlib import AsyncExitStack
from http import HTTPStatus
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.errors import BadPicture, PictureUnavailable
from bot.opening import carried_out
from bot.pictures.refusals import MEBIBYTE, PAINTED_MAX_BYTES, SOURCE_MAX_BYTES, Reason, Refused
from bot.spool import SpooledFile, SpoolWriter

DISCORD_CDN = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
DEADLINE_S = 60.0
CONNECT_TIMEOUT_S = 10.0
PIECE_BYTES = 256 * 1024
URL_MAX_CHARS = 8_192
PATH_LOGGED_CHARS = 200

# What `ipaddress` of Python 3.11 calls global although nothing public lives there, and, for IPv6, everything
# that carries an IPv4 address inside or is not ordinary unicast (IANA's special-purpose address registries).
_NOT_PUBLIC_V4 = tuple(map(ipaddress.IPv4Network, ("192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4")))
_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))

# One entry of getaddrinfo, as aiohttp hands it to a socket factory.
_AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[str | int, ...]]


def is_public(address: str) -> bool:
    """Whether an IP address, as the system is about to connect to it, is one of the public internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not any(ip in network for network in _NOT_PUBLIC_V4)
    return ip in _UNICAST_V6 and not any(ip in network for network in _NOT_PUBLIC_V6)


class Downloader:
    """Fetches pictures into spool files; used as an async context manager.

    `allowed_private` is DOWNLOAD_HOSTS: `host:port`, or `host` for all its ports; these are trusted as they are, also
    over http. `service_base_url` is the image service's, whose own host and port is trusted for its pictures, and told
    the key in `service_headers`; nobody else is.
    Every other address is checked when the socket is made, so neither a name that resolves differently the second
    time nor a number written in hexadecimal leads into a private network.
    """

    def __init__(
        self,
        *,
        allowed_private: frozenset[str] = frozenset(),
        service_base_url: str | None = None,
        service_headers: Mapping[str, str] | None = None,
        deadline_s: float = DEADLINE_S,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._allowed_private = frozenset(host.lower() for host in allowed_private)
        self._service_origin = URL(service_base_url).origin() if service_base_url else None
        self._service_headers = dict(service_headers or {})
        self._deadline_s = deadline_s
        self._resolver = resolver
        self._doors = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._public = await self._doors.enter_async_context(self._session(_public_socket))
        self._trusted = await self._doors.enter_async_context(self._session(None))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._doors.aclose()

    async def fetch_member_picture(
        self, url: str, target: SpoolWriter, *, max_bytes: int = SOURCE_MAX_BYTES
    ) -> SpooledFile:
        """Fetch an attachment from Discord's CDN (or a host the owner allowed) into `target`.

        Raises:
            PictureUnavailable: it may not or could not be fetched. `target` is discarded then.
        """
        address = _parsed(url)
        if self._is_allowed(address):
            return await self._fetch(self._trusted, address, target, max_bytes)
        if address.scheme == "https" and address.host in DISCORD_CDN and address.port == 443:
            return await self._fetch(self._public, address, target, max_bytes)
        raise _unavailable(address, "not an address of Discord's CDN")

    async def fetch_service_picture(
        self, url: str, target: SpoolWriter, *, max_bytes: int = PAINTED_MAX_BYTES
    ) -> SpooledFile:
        """Fetch a picture the image service answered with, from any public https host, into `target`.

        Raises:
            PictureUnavailable: it may not or could not be fetched. `target` is discarded then.
        """
        address = _parsed(url)
        if address.origin() == self._service_origin:
            return await self._fetch(self._trusted, address, target, max_bytes, headers=self._service_headers)
        if self._is_allowed(address):
            return await self._fetch(self._trusted, address, target, max_bytes)
        if address.scheme == "https":
            return await self._fetch(self._public, address, target, max_bytes)
        raise _unavailable(address, "neither https, nor the image service itself, nor in DOWNLOAD_HOSTS")

    def _session(self, socket_factory: "aiohttp.connector.SocketFactoryType | None") -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(socket_factory=socket_factory, resolver=self._resolver),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S),
            headers={"Accept-Encoding": "identity"},
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )

    def _is_allowed(self, address: URL) -> bool:
        """By the name as it is written: what it resolves to is the owner's to know."""
        host = f"[{address.host}]" if ":" in (address.host or "") else address.host
        return not self._allowed_private.isdisjoint({host, f"{host}:{address.port}"})

    async def _fetch(
        self,
        session: aiohttp.ClientSession,
        address: URL,
        target: SpoolWriter,
        max_bytes: int,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> SpooledFile:
        try:
            async with asyncio.timeout(self._deadline_s):
                await _receive(session, address, target, max_bytes, headers=headers)
                return await asyncio.to_thread(target.finish)
        except TimeoutError as error:
            raise _unavailable(address, "too slow") from error
        except aiohttp.ClientConnectorError as error:  # its text names host, port and reason, never the query
            raise _unavailable(address, str(error)) from error
        except aiohttp.ClientError as error:
            raise _unavailable(address, type(error).__name__) from error
        finally:
            await carried_out(target.discard)  # a finished file stays


async def _receive(
    session: aiohttp.ClientSession,
    address: URL,
    target: SpoolWriter,
    max_bytes: int,
    *,
    headers: Mapping[str, str] | None,
) -> None:
    async with session.get(address, allow_redirects=False, headers=headers) as response:
        if response.status != HTTPStatus.OK:
            raise _unavailable(address, f"HTTP {response.status}")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise _unavailable(address, "compressed although asked not to be")
        if (response.content_length or 0) > max_bytes:
            raise _too_big(address, max_bytes)
        size_bytes = 0
        piece = bytearray()
        async for chunk in response.content.iter_any():
            size_bytes += len(chunk)
            if size_bytes > max_bytes:
                raise _too_big(address, max_bytes)
            piece += chunk
            if len(piece) >= PIECE_BYTES:
                await asyncio.to_thread(target.write, bytes(piece))
                piece.clear()
        await asyncio.to_thread(target.write, bytes(piece))


def _public_socket(info: _AddressInfo) -> socket.socket:
    family, kind, protocol, _, address = info
    if not is_public(str(address[0])):
        raise PermissionError(errno.EACCES, f"{address[0]} is not a public address")
    return socket.socket(family, kind, protocol)


def _parsed(url: str) -> URL:
    """The address exactly as given, since a signature covers its spelling."""
    if len(url) > URL_MAX_CHARS or not url.isascii() or not url.isprintable() or " " in url:
        raise PictureUnavailable(detail="not a URL")
    try:
        address = URL(url, encoded=True)
        usable = (
            address.scheme in ("http", "https") and address.host and address.port and "@" not in address.raw_authority
        )
    except ValueError:
        usable = False
    if not usable:
        raise PictureUnavailable(detail="not a URL that can be fetched")
    return address


def _too_big(address: URL, max_bytes: int) -> BadPicture:
    detail = f"{address.origin()}: over {max_bytes} bytes"
    return Refused(Reason.TOO_BIG, max_mb=max_bytes // MEBIBYTE, detail=detail).to_error()


def _unavailable(address: URL, why: str) -> PictureUnavailable:
    """An error without the query: signed links are secrets."""
    return PictureUnavailable(detail=f"{address.origin()}{address.raw_path[:PATH_LOGGED_CHARS]}: {why}")
