"""How image services differ, as their base URL tells."""

import re
from urllib.parse import urlsplit

_VERSION = re.compile(r"v\d+\w*")


def has_openai_dates(base_url: str) -> bool:
    """Whether models retire there when OpenAI says so, not only when the service's own list does."""
    return urlsplit(base_url).hostname == "api.openai.com"


def api_root(base_url: str) -> str:
    """The base URL with its version and without a slash at the end: owners write it with or without `/v1`."""
    root = base_url.rstrip("/")
    has_version = any(_VERSION.fullmatch(part) for part in urlsplit(root).path.split("/"))
    return root if has_version else f"{root}/v1"
