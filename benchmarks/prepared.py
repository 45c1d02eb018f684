"""An image service that costs next to nothing: it sends prepared pictures from a file, kernel to kernel.

Picture `number` of it is always the same: the sandbox's prepared PNG with that number in its first bytes. A prompt that
ends with a number is answered with the pictures from that number on. Who asks for a preview gets the picture itself, a
line of JSON here that says when its last byte had left, and the finished picture a while later.
"""

import argparse
import base64
import contextlib
import hashlib
import json
import re
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO

from sandbox.image_api.pictures import PreparedPicture, prepare

PICTURE_BYTES = 4_000_000
LIMIT_S = 120.0
PREVIEW_LASTS_S = 3.0
USAGE = {"input_tokens": 20, "output_tokens": 6_240, "total_tokens": 6_260}
MODELS = {"object": "list", "data": [{"id": "gpt-image-2", "object": "model", "created": 0, "owned_by": "bench"}]}


@cache
def _prepared(size_bytes: int) -> PreparedPicture:
    return prepare(size_bytes)


def size_and_digest(number: int) -> tuple[int, str]:
    """What a taken picture must be: its bytes and their SHA-256."""
    picture = _prepared(PICTURE_BYTES).numbered(number)
    digest = hashlib.sha256(picture.opening)
    digest.update(picture.rest)
    return picture.size_bytes, digest.hexdigest()


class Prepared:
    """Serves one picture's base64 text, laid down in a file, in whatever answer is asked for.

    `together`: previews wait until there are that many, and leave at the same moment.
    """

    def __init__(self, rest: Path, *, picture_bytes: int, together: int) -> None:
        self._picture = _prepared(picture_bytes)
        self._rest = rest
        self._together = threading.Barrier(together, timeout=LIMIT_S)
        rest.write_bytes(self._picture.rest_base64)

    def serve(self, listener: socket.socket) -> None:
        while True:
            connection, _ = listener.accept()
            connection.settimeout(LIMIT_S)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        """Requests of one connection, one after the other."""
        with connection, connection.makefile("rb") as requests, contextlib.suppress(OSError):
            while (asked := _request(requests)) is not None:
                if "prompt" in asked:
                    self._answer(connection, asked)
                else:
                    _send_head(connection, "application/json", len(json.dumps(MODELS)))
                    connection.sendall(json.dumps(MODELS).encode())

    def _answer(self, connection: socket.socket, asked: dict[str, object]) -> None:
        number, count = int(str(asked["prompt"]).rsplit(" ", 1)[-1]), int(str(asked.get("n") or 1))
        is_streamed, has_preview = bool(asked.get("stream")), bool(asked.get("partial_images"))
        preview = _event("partial_image", self._opening(number)), b'","partial_image_index":0}\n\n'
        parts = list(self._streamed(number, count) if is_streamed else self._whole(number, count))
        lengths = [self._length(*parts), self._length(*preview) * has_preview]
        _send_head(connection, "text/event-stream" if is_streamed else "application/json", sum(lengths))
        if has_preview:
            self._together.wait()
            self._send(connection, *preview)
            print(json.dumps({"number": number, "left_s": time.monotonic()}), flush=True)
            time.sleep(PREVIEW_LASTS_S)
        self._send(connection, *parts)

    def _length(self, *parts: bytes) -> int:
        return sum(map(len, parts)) + (len(parts) - 1) * len(self._picture.rest_base64)

    def _send(self, connection: socket.socket, *parts: bytes) -> None:
        """The parts, and between them the rest of a picture."""
        for part in parts[:-1]:
            connection.sendall(part)
            with self._rest.open("rb") as rest:
                connection.sendfile(rest)
        connection.sendall(parts[-1])

    def _whole(self, number: int, count: int) -> Iterator[bytes]:
        for index in range(count):
            before = b'{"created":1796083200,"data":[{"b64_json":"' if index == 0 else b'"},{"b64_json":"'
            yield before + self._opening(number + index)
        yield f'"}}],"usage":{json.dumps(USAGE)}}}'.encode()

    def _streamed(self, number: int, count: int) -> Iterator[bytes]:
        end = f'","usage":{json.dumps(USAGE)}}}\n\n'.encode()
        for index in range(count):
            yield (end if index else b"") + _event("completed", self._opening(number + index))
        yield end

    def _opening(self, number: int) -> bytes:
        return base64.b64encode(self._picture.numbered(number).opening)


def _event(kind: str, opening: bytes) -> bytes:
    name = f"image_generation.{kind}"
    return f'event: {name}\ndata: {{"type":"{name}","b64_json":"'.encode() + opening


def _send_head(connection: socket.socket, kind: str, length: int) -> None:
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n".encode())


def _request(requests: BinaryIO) -> dict[str, object] | None:
    """The JSON of the next request, empty where it has none; None when there is no request any more."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = requests.readline()
        if not line:
            return None
        head += line
    length = re.search(rb"content-length: (\d+)", head.lower())
    if length is None:
        return {}
    asked: dict[str, object] = json.loads(requests.read(int(length[1])))
    return asked


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m benchmarks.prepared")
    words.add_argument("--picture-bytes", type=int, default=PICTURE_BYTES)
    words.add_argument("--together", type=int, default=1)
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        file = Path(folder) / "picture.base64"
        prepared = Prepared(file, picture_bytes=asked.picture_bytes, together=asked.together)
        threading.Thread(target=prepared.serve, args=(listener,), daemon=True).start()
        print(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", flush=True)
        sys.stdin.read()  # until who started us goes


if __name__ == "__main__":
    main()
