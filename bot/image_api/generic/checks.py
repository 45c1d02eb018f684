"""What a generic request may say, held against the rules before anything is sent. Nothing here waits for the wire."""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bot.errors import InvalidRequest
from bot.image_api.generic.files import safe_name

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_KEY_HEADERS = frozenset({"authorization", "api-key", "x-api-key", "proxy-authorization"})
_WIRE_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"})


def checked_method(method: str, body: object) -> str:
    """
    Raises:
        InvalidRequest: neither GET nor POST, or a body that does not go with it.
    """
    name = method.upper()
    if name not in ("GET", "POST"):
        raise InvalidRequest("The method is GET or POST.")
    if body is not None and name == "GET":
        raise InvalidRequest("A GET has no body: give query parameters, or make it a POST.")
    if body is not None and not isinstance(body, Mapping):
        raise InvalidRequest('The body must be a JSON object, such as {"input": "a tree"}.')
    return name


def checked_path(path: str, root: str) -> str:
    """The path below `root`, which is the service's address with its version; the version may be repeated.

    Raises:
        InvalidRequest: it leads elsewhere, or is no path.
    """
    if "//" in path:  # an address, or what would become one behind the version: `v1///elsewhere/models`
        raise InvalidRequest("Give a path of the service alone, such as `models`: its address is OPENAI_BASE_URL.")
    if not path.isprintable() or any(mark in path for mark in " ?#\\"):
        raise InvalidRequest("A path has no blanks, backslashes, `?` or `#`: query parameters are given beside it.")
    below = path.lstrip("/")
    version = urlsplit(root).path.rstrip("/").rpartition("/")[2]
    if version and below.startswith(f"{version}/"):
        below = below.removeprefix(f"{version}/")
    if not below:
        raise InvalidRequest("Give a path of the service, such as `models`.")
    if ".." in re.split(r"[/\\]", unquote(below)):
        raise InvalidRequest("A path stays below the service's address: `..` leads out of it.")
    return f"./{below}" if ":" in below.partition("/")[0] else below  # else it would look like an address


def checked_headers(headers: Mapping[str, str], *, keys: Iterable[str] = ()) -> dict[str, str]:
    """`keys` are the headers that bring the key to this service.

    Raises:
        InvalidRequest: a header that is ours or the connection's to set, or that is none.
    """
    for name, value in headers.items():
        if name.lower() in _KEY_HEADERS | {key.lower() for key in keys}:
            raise InvalidRequest(f"The header {name} is set from the settings (OPENAI_API_KEY): leave it out.")
        if name.lower() in _WIRE_HEADERS:
            raise InvalidRequest(f"The header {name} belongs to the connection: leave it out.")
        if not _HEADER_NAME.fullmatch(name) or not value.isprintable():
            raise InvalidRequest("A header is a name and one line of visible text.")
    return dict(headers)


def checked_place(folder: Path, name: str | None, *, overwrite: bool) -> None:
    """Blocks for a moment: it looks at the disk.

    Raises:
        InvalidRequest: a download could not be kept there.
    """
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidRequest(f"{folder} is not a folder that can be written.")
    if name is None:
        return
    if not name or safe_name(name) != name:
        raise InvalidRequest(
            f"A file's name is short, visible and without folders, and begins with a letter or digit: not {name!r}."
        )
    if not overwrite and (folder / name).exists():
        raise InvalidRequest(f"{folder / name} is there already.")
