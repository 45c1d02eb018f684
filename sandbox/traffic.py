"""What went over the wire, one JSON object a line, so that it can be held against the official API documents."""

from pathlib import Path
from typing import Any

import orjson


class TrafficLog:
    """Appends exchanges to `path`; `None` records nothing. A line is small, so writing it blocks for microseconds only."""

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def write(
        self,
        *,
        service: str,
        method: str,
        path: str,
        status: int,
        request_json: Any = None,
        request_form: dict[str, str] | None = None,
        files: list[dict[str, Any]] | None = None,
        response_json: Any = None,
    ) -> None:
        """`path` starts after the API's base; `files` holds {"field", "filename", "content_type", "size"} of each upload."""
        if self.path is None:
            return
        line = {
            "service": service,
            "method": method,
            "path": path,
            "status": status,
            "request_json": request_json,
            "request_form": request_form,
            "files": files,
            "response_json": response_json,
        }
        with self.path.open("ab") as file:
            file.write(orjson.dumps(line, default=str) + b"\n")
