"""Kinds of services are told from the base URL, which owners write in several ways."""

import pytest

from bot.image_api.dialects import api_root, told_by


@pytest.mark.parametrize(
    ("base_url", "root"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1"),
        ("https://api.openai.com/v1/", "https://api.openai.com/v1"),
        ("https://api.aimlapi.com", "https://api.aimlapi.com/v1"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/v1"),
        ("https://api.deepinfra.com/v1/openai", "https://api.deepinfra.com/v1/openai"),
        ("https://host.example/v1beta/openai", "https://host.example/v1beta/openai"),
        ("https://host.example/proxy", "https://host.example/proxy/v1"),
    ],
)
def test_the_version_is_added_where_it_is_missing(base_url: str, root: str) -> None:
    assert api_root(base_url) == root


def test_only_openai_itself_keeps_its_own_dates() -> None:
    assert told_by("https://api.openai.com/v1").has_shutdown_dates
    assert not told_by("http://127.0.0.1:8080/v1").has_shutdown_dates
    assert not told_by("https://api.openai.com.evil.example/v1").has_shutdown_dates
