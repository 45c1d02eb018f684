"""Where a redirect leads, and whether it is still home."""

import pytest

from bot.image_api.wire.redirects import Hop

HOME = Hop("https://api.example/v1/images/edits", "POST")


@pytest.mark.parametrize(
    ("location", "url", "is_home"),
    [
        ("/v2/models#top", "https://api.example/v2/models", True),
        ("models", "https://api.example/v1/images/models", True),
        ("https://API.example:443/v1", "https://API.example:443/v1", True),
        ("//api.example/v1", "https://api.example/v1", True),
        ("https://api.example.evil/v1", "https://api.example.evil/v1", False),
        ("https://api.example:8443/v1", "https://api.example:8443/v1", False),
        ("http://api.example/v1", "http://api.example/v1", False),
    ],
)
def test_home_is_the_same_scheme_host_and_port(location: str, url: str, *, is_home: bool) -> None:
    onward = HOME.onward(307, location)

    assert onward is not None
    assert (onward.url, onward.is_home) == (url, is_home)


def test_who_was_away_does_not_come_home_again() -> None:
    away = HOME.onward(307, "https://elsewhere.example/")
    assert away is not None

    back = away.onward(307, HOME.url)
    assert back is not None
    within = back.onward(307, "/v1/models")

    assert within is not None
    assert not back.is_home
    assert not within.is_home


@pytest.mark.parametrize(
    ("status", "method", "has_body"),
    [(301, "GET", False), (302, "GET", False), (303, "GET", False), (307, "POST", True), (308, "POST", True)],
)
def test_a_post_stays_one_only_where_the_status_says_so(status: int, method: str, *, has_body: bool) -> None:
    onward = HOME.onward(status, "/")

    assert onward is not None
    assert (onward.method, onward.has_body) == (method, has_body)


@pytest.mark.parametrize(("status", "location"), [(200, "/"), (300, "/"), (304, "/"), (302, None)])
def test_what_is_no_redirect_leads_nowhere(status: int, location: str | None) -> None:
    assert HOME.onward(status, location) is None
