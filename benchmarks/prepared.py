"""An image service that costs next to nothing: it sends prepared pictures from a file, kernel to kernel.

Picture `number` of it is always the same: the sandbox's prepared PNG with that number in its first bytes. A prompt that
ends with a number is answered with the pictures from that number on.
"""

import base64
import contextlib
import hashlib
import json
import re
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO

from sandbox.image_api.pictures import PreparedPicture, prepare

PICTURE_BYTES = 4_000_000
LIMIT_S = 120.0
USAGE = {"input_tokens": 20, "output_tokens": 6_240, "total_tokens": 6_260}


@cache
def _prepared() -> PreparedPicture:
    return prepare(PICTURE_BYTES)


def size_and_digest(number: int) -> tuple[int, str]:
    """What a taken picture must be: its bytes and their SHA-256."""
    picture = _prepared().numbered(number)
    digest = hashlib.sha256(picture.opening)
    digest.update(picture.rest)
    return picture.size_bytes, digest.hexdigest()


class Prepared:
    """Serves one picture's base64 text, laid down in a file, in whatever answer is asked for."""

    def __init__(self, rest: Path) -> None:
        self._picture = _prepared()
        self._rest = rest
        rest.write_bytes(self._picture.rest_base64)

    def serve(self, listener: socket.socket) -> None:
        while True:
            connection, _ = listener.accept()
            connection.settimeout(LIMIT_S)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        """Calls of one connection, one after the other."""
        with connection, connection.makefile("rb") as requests, contextlib.suppress(OSError):
            while (asked := _request(requests)) is not None:
                self._answer(connection, asked)

    def _answer(self, connection: socket.socket, asked: dict[str, object]) -> None:
        number, count = int(str(asked["prompt"]).rsplit(" ", 1)[-1]), int(str(asked.get("n") or 1))
        is_streamed = bool(asked.get("stream"))
        parts = list(self._streamed(number, count) if is_streamed else self._whole(number, count))
        length = sum(len(part) + len(self._picture.rest_base64) for part in parts[:-1]) + len(parts[-1])
        kind = "text/event-stream" if is_streamed else "application/json"
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
        connection.sendall(head.encode())
        for part in parts[:-1]:
            connection.sendall(part)
            with self._rest.open("rb") as rest:
                connection.sendfile(rest)
        connection.sendall(parts[-1])

    def _whole(self, number: int, count: int) -> Iterator[bytes]:
        """The answer's text, to be parted by the rest of each picture."""
        for index in range(count):
            before = b'{"created":1796083200,"data":[{"b64_json":"' if index == 0 else b'"},{"b64_json":"'
            yield before + self._opening(number + index)
        yield f'"}}],"usage":{json.dumps(USAGE)}}}'.encode()

    def _streamed(self, number: int, count: int) -> Iterator[bytes]:
        end = f'","usage":{json.dumps(USAGE)}}}\n\n'.encode()
        for index in range(count):
            event = b'event: image_generation.completed\ndata: {"type":"image_generation.completed","b64_json":"'
            yield (end if index else b"") + event + self._opening(number + index)
        yield end

    def _opening(self, number: int) -> bytes:
        return base64.b64encode(self._picture.numbered(number).opening)


def _request(requests: BinaryIO) -> dict[str, object] | None:
    """The JSON of the next request; None when there is none any more."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = requests.readline()
        if not line:
            return None
        head += line
    length = re.search(rb"content-length: (\d+)", head.lower())
    assert length is not None, "a request with a body of known length"
    asked: dict[str, object] = json.loads(requests.read(int(length[1])))
    return asked


def main() -> None:
    address = ("127.0.0.1", 0)
    with tempfile.TemporaryDirectory() as folder, socket.create_server(address, backlog=1024) as listener:
        prepared = Prepared(Path(folder) / "picture.base64")
        threading.Thread(target=prepared.serve, args=(listener,), daemon=True).start()
        print(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", flush=True)
        sys.stdin.read()  # until who started us goes


if __name__ == "__main__":
    main()
