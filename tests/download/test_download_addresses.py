"""Nothing is fetched from where it must not be, however the address is spelt."""

from socket import AddressFamily
from typing import TYPE_CHECKING

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.download import Downloader, is_public
from bot.errors import PictureUnavailable
from bot.spool import Spool

if TYPE_CHECKING:
    from tests.download.conftest import Host

CDN_LINK = "https://cdn.discordapp.com/attachments/1/2/cat.png?ex=66d&is=66c&hm=SECRET"


class EveryNameIs(AbstractResolver):
    """A name server that leads every name to one place, as an attacker's own does the second time it is asked."""

    def __init__(self, address: str, port: int) -> None:
        self.address, self.port = address, port

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        del port, family
        return [ResolveResult(hostname=host, host=self.address, port=self.port, family=2, proto=0, flags=0)]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433", "017700000001", "localhost"]
)
async def test_no_spelling_of_loopback_gets_a_connection(host: "Host", spool: Spool, name: str) -> None:
    async with Downloader() as downloads:
        with pytest.raises(PictureUnavailable):
            await downloads.fetch_service_picture(f"https://{name}:{host.port}/latest/meta-data", spool.new(1, "0"))

    assert host.connections == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1"])
async def test_a_good_name_that_leads_inside_gets_no_connection(host: "Host", spool: Spool, address: str) -> None:
    async with Downloader(resolver=EveryNameIs(address, host.port)) as downloads:
        with pytest.raises(PictureUnavailable) as caught:
            await downloads.fetch_member_picture(CDN_LINK, spool.new(1, "source"))

    assert host.connections == 0
    assert f"{address} is not a public address" in caught.value.detail
    assert "SECRET" not in caught.value.detail


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.discordapp.com/a.png",
        "http://cdn.discordapp.com:443/a.png",
        "https://cdn.discordapp.com:8443/a.png",
        "https://cdn.discordapp.com.example.com/a.png",
        "https://cdn.discordapp.com@example.com/a.png",
        "https://user@cdn.discordapp.com/a.png",
        "https://:password@cdn.discordapp.com/a.png",
        "https://example.com/cdn.discordapp.com/a.png",
        "https://discord.com/a.png",
        "https://cdn.discordapp.com./a.png",
        "https://CDN.DISCORDAPP.COM./a.png",
        "https://cdn.discordapp.com%2eexample.com/a.png",
        "https://cdn.discordapp.com%40example.com/a.png",
        "https://cdn.discordapp.com\\@example.com/a.png",
        "https://example.com\\.cdn.discordapp.com/a.png",
        "https://example.com#@cdn.discordapp.com/a.png",
        "https://example.com?@cdn.discordapp.com/a.png",
        "https://cdn.d\u0456scordapp.com/a.png",
        "https://xn--cdn-discordapp-abc.com/a.png",
        "https://cdn.xn--dscordapp-c0b.com/a.png",
        "https://sub.cdn.discordapp.com/a.png",
        "//cdn.discordapp.com/a.png",
        "https:cdn.discordapp.com/a.png",
        "https:///cdn.discordapp.com/a.png",
        "blob:https://cdn.discordapp.com/a.png",
        "ftp://cdn.discordapp.com/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "cdn.discordapp.com/a.png",
        "https://",
        "https://[::1/",
        "https://cdn.discordapp.com:99999/a.png",
        "https://cdn.discordapp.com/a.png HTTP/1.1\r\nX-Injected: yes",
        "https://cdn.discordapp.com/é.png",
        "https://cdn.discordapp.com/" + "a" * 9_000,
        "",
    ],
)
async def test_members_pictures_come_only_from_discords_cdn(host: "Host", spool: Spool, url: str) -> None:
    async with Downloader(resolver=EveryNameIs("127.0.0.1", host.port)) as downloads:
        with pytest.raises(PictureUnavailable) as caught:
            await downloads.fetch_member_picture(url, spool.new(1, "source"))

    assert host.connections == 0
    assert "not a public address" not in caught.value.detail, "refused before anything was looked up"


@pytest.mark.parametrize("url", ["http://example.com/0.png", "http://example.com:443/0.png", "ftp://example.com/0.png"])
async def test_the_services_pictures_come_by_https_alone(host: "Host", spool: Spool, url: str) -> None:
    async with Downloader(resolver=EveryNameIs("127.0.0.1", host.port)) as downloads:
        with pytest.raises(PictureUnavailable) as caught:
            await downloads.fetch_service_picture(url, spool.new(1, "0"))

    assert "not a public address" not in caught.value.detail, "refused before anything was looked up"


async def test_the_image_services_own_address_may_be_private_but_only_that(
    host: "Host", other: "Host", spool: Spool
) -> None:
    host.says("200 OK", b"picture")
    async with Downloader(service_base_url=f"{host.url}/v1") as downloads:
        await downloads.fetch_service_picture(f"{host.url}/files/0.png", spool.new(1, "0"))
        for url in (f"{other.url}/", f"https://127.0.0.1:{host.port}/", f"https://127.0.0.1:{other.port}/"):
            with pytest.raises(PictureUnavailable):
                await downloads.fetch_service_picture(url, spool.new(1, "1"))
        with pytest.raises(PictureUnavailable):
            await downloads.fetch_member_picture(f"{host.url}/0.png", spool.new(1, "source"))

    assert (host.connections, other.connections) == (1, 0)


async def test_a_host_the_owner_names_with_a_port_is_trusted_there_alone(
    host: "Host", other: "Host", spool: Spool
) -> None:
    host.says("200 OK", b"picture")
    async with Downloader(allowed_private=frozenset({f"127.0.0.1:{host.port}"})) as downloads:
        await downloads.fetch_service_picture(f"{host.url}/", spool.new(1, "0"))
        await downloads.fetch_member_picture(f"{host.url}/", spool.new(1, "source"))
        with pytest.raises(PictureUnavailable):
            await downloads.fetch_service_picture(f"{other.url}/", spool.new(1, "1"))

    assert (host.connections, other.connections) == (2, 0)


@pytest.mark.parametrize(
    "listed", ["localhost", "127.0.0.1", "local", "*", "*.localhost", "http://localhost", "localhost:1"]
)
async def test_a_host_that_is_listed_opens_no_other(host: "Host", spool: Spool, listed: str) -> None:
    """Neither those below it, nor those that end like it, nor its own under another name."""
    async with Downloader(
        allowed_private=frozenset({listed}), resolver=EveryNameIs("127.0.0.1", host.port)
    ) as downloads:
        for name in ("sub.localhost", "notlocalhost", "localhost.example", "localhost.", "127.0.0.2", "2130706433"):
            for scheme in ("http", "https"):
                with pytest.raises(PictureUnavailable):
                    await downloads.fetch_service_picture(f"{scheme}://{name}:{host.port}/", spool.new(1, "0"))

    assert host.connections == 0


async def test_an_address_of_ipv6_is_listed_in_brackets(spool: Spool) -> None:
    async with Downloader(allowed_private=frozenset({"[::1]:9"})) as downloads:
        with pytest.raises(PictureUnavailable) as listed:
            await downloads.fetch_service_picture("http://[::1]:9/", spool.new(1, "0"))
        with pytest.raises(PictureUnavailable) as other:
            await downloads.fetch_service_picture("http://[::1]:8/", spool.new(1, "0"))

    assert "Cannot connect" in listed.value.detail
    assert "nor in DOWNLOAD_HOSTS" in other.value.detail


async def test_the_cdn_in_capitals_is_the_cdn_and_checked_like_it(host: "Host", spool: Spool) -> None:
    async with Downloader(resolver=EveryNameIs("10.0.0.1", host.port)) as downloads:
        with pytest.raises(PictureUnavailable) as caught:
            await downloads.fetch_member_picture("HTTPS://CDN.DiscordApp.com/a.png", spool.new(1, "source"))

    assert "10.0.0.1 is not a public address" in caught.value.detail


class ManyAddresses(EveryNameIs):
    """A name with several addresses, of which a careless check would look at the first alone."""

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        [first] = await super().resolve(host, port, family)
        return [ResolveResult(**{**first, "host": each}) for each in ("192.0.2.1", self.address, "169.254.169.254")]


async def test_each_address_of_a_name_is_checked(host: "Host", spool: Spool) -> None:
    async with Downloader(resolver=ManyAddresses("127.0.0.1", host.port)) as downloads:
        with pytest.raises(PictureUnavailable):
            await downloads.fetch_member_picture(CDN_LINK, spool.new(1, "source"))

    assert host.connections == 0


async def test_a_host_the_owner_names_without_a_port_is_trusted_on_all(host: "Host", spool: Spool) -> None:
    host.says("200 OK", b"picture")
    async with Downloader(allowed_private=frozenset({"LOCALHOST"})) as downloads:
        await downloads.fetch_service_picture(f"http://localhost:{host.port}/", spool.new(1, "0"))
        with pytest.raises(PictureUnavailable):
            await downloads.fetch_service_picture(f"{host.url}/", spool.new(1, "1"))

    assert host.connections == 1


@pytest.mark.parametrize("address", ["1.1.1.1", "162.159.130.233", "9.255.255.255", "2606:4700::1111", "2a00:1450::1"])
def test_the_public_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1"),  # noqa: S104 - nothing listens there
        *("127.0.0.1", "127.255.255.254", "169.254.169.254"),
        *("172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.1.1"),
        *("198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:1.1.1.1", "64:ff9b::7f00:1", "64:ff9b:1::1"),
        *("100::1", "2001::1", "2001:0:7f00:1::", "2001:2::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::"),
        *("3fff::1", "fc00::1", "fd00::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1"),
    ],
)
def test_everything_else_is_not(address: str) -> None:
    assert not is_public(address)


async def test_the_key_of_the_image_service_is_for_its_own_pictures_alone(
    host: "Host", other: "Host", spool: Spool
) -> None:
    host.says("200 OK", b"painted")
    other.says("200 OK", b"painted")
    allowed = frozenset({f"127.0.0.1:{other.port}"})
    key = {"Authorization": "Bearer canary"}

    async with Downloader(allowed_private=allowed, service_base_url=host.url, service_headers=key) as downloads:
        await downloads.fetch_service_picture(f"{host.url}/v1/images/1/content", spool.new(1, "0"))
        await downloads.fetch_service_picture(f"{other.url}/1.png", spool.new(1, "1"))
        await downloads.fetch_member_picture(f"{other.url}/1.png", spool.new(1, "2"))

    assert "Authorization: Bearer canary" in host.requests[0]
    assert all("canary" not in request for request in other.requests)
