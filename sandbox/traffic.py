"""What went over the wire, one JSON object a line, so that it can be held against the official API documents."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson


class TrafficLog:
    """Appends exchanges to `path` in the order of `write`; `None` records nothing.

    The file is written by a thread of its own, so `write` never blocks an event loop.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="traffic")

    def write(
        self,
        *,
        service: str,
        method: str,
        path: str,
        status: int,
        request_json: object = None,
        request_form: Mapping[str, str] | None = None,
        files: Sequence[Mapping[str, object]] | None = None,
        response_json: object = None,
    ) -> None:
        """`path` starts after the API's base; a file is {"field", "filename", "content_type", "size"}."""
        if self.path is None:
            return
        exchange = {
            "service": service,
            "method": method,
            "path": path,
            "status": status,
            "request_json": request_json,
            "request_form": request_form,
            "files": files,
            "response_json": response_json,
        }
        self._thread.submit(self._append, self.path, orjson.dumps(exchange, default=str) + b"\n")

    def close(self) -> None:
        """Wait until every line is in the file; nothing can be written afterwards."""
        self._thread.shutdown(wait=True)

    @staticmethod
    def _append(path: Path, line: bytes) -> None:
        with path.open("ab") as file:
            file.write(line)
