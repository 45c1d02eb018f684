"""What cannot be less in Python: bare sockets, base64 decoded in pieces, pieces written; no HTTP library, no checks.

One socket a member. With `--keep` it also does what the bot promises of a picture: a digest, and a file that is whole
after a power cut.
"""

import binascii
import hashlib
import json
import os
import selectors
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.weighing import weighed

READ_BYTES = 256 * 1024
START, END = b'"b64_json":"', b'"'
LIMIT_S = 120.0


class Taking:
    """One member's pictures on their socket, by one request or by one after the other."""

    def __init__(self, connection: socket.socket, folder: Path, numbers: range, *, streams: bool, keeps: bool) -> None:
        self.connection = connection
        self._folder = folder
        self._numbers = numbers
        self._streams = streams
        self._keeps = keeps
        self._text = b""
        self._file: int | None = None
        self._digest = hashlib.sha256()
        self.arrived = 0

    @property
    def is_over(self) -> bool:
        return self.arrived == len(self._numbers)

    def ask(self) -> None:
        """For all pictures, or for the next as a stream."""
        count = 1 if self._streams else len(self._numbers)
        prompt = f"picture {self._numbers[self.arrived]}"
        body = json.dumps({"prompt": prompt, "n": count, "stream": self._streams}).encode()
        head = f"POST /v1/images/generations HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n"
        self.connection.sendall(head.encode() + body)

    def read(self, buffer: bytearray) -> None:
        count = self.connection.recv_into(buffer)
        assert count, f"{self._folder}: the answer stopped in the middle"
        self._text += memoryview(buffer)[:count]
        while self._step():
            pass

    def _step(self) -> bool:
        """Take what can be taken; whether there may be more."""
        if self._file is None:
            at = self._text.find(START)
            if at < 0:
                self._text = self._text[-len(START) :]
                return False
            self._text = self._text[at + len(START) :]
            self._file = os.open(self._folder / f".{self.arrived}", os.O_CREAT | os.O_WRONLY)
            return True
        end = self._text.find(END)
        whole = (len(self._text) if end < 0 else end) // 4 * 4
        self._write(self._file, binascii.a2b_base64(memoryview(self._text)[:whole]))
        self._text = self._text[whole:]
        if end >= 0:
            self._finish(self._file)
        return end >= 0

    def _write(self, file: int, piece: bytes) -> None:
        os.write(file, piece)
        if self._keeps:
            self._digest.update(piece)

    def _finish(self, file: int) -> None:
        if self._keeps:
            os.fsync(file)
            self._digest.hexdigest()
            self._digest = hashlib.sha256()
        os.close(file)
        self._file = None
        (self._folder / f".{self.arrived}").rename(self._folder / str(self.arrived))
        self.arrived += 1
        if self._streams and not self.is_over:
            self.ask()


def main(base_url: str, folder: Path, members: int, each: int, *, streams: bool, keeps: bool) -> None:
    address = urlsplit(base_url)
    selector, buffer = selectors.DefaultSelector(), bytearray(READ_BYTES)
    with weighed():
        for member in range(members):
            mine = folder / str(member)
            mine.mkdir()
            connection = socket.create_connection((address.hostname, address.port), LIMIT_S)
            numbers = range(member * each, (member + 1) * each)
            taking = Taking(connection, mine, numbers, streams=streams, keeps=keeps)
            taking.ask()
            selector.register(connection, selectors.EVENT_READ, taking)
        while selector.get_map():
            for key, _ in selector.select(LIMIT_S):
                key.data.read(buffer)
                if key.data.is_over:
                    selector.unregister(key.data.connection)
                    key.data.connection.close()


if __name__ == "__main__":
    words = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    main(*words, streams="--stream" in sys.argv, keeps="--keep" in sys.argv)
