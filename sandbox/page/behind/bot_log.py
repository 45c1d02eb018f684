"""The bot's log, read as it grows: the lines that begin a record, with the moment that they name."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3}) ([A-Z]+) +(\S+) (.*)")
ABOUT = re.compile(r"\b(?:job|asked|interaction)=(\d+)")
READ_MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class LogLine:
    """`about` is the request that it names, if any."""

    at_ms: int
    level: str
    logger: str
    text: str
    about: int | None

    @classmethod
    def parse(cls, line: str) -> "LogLine | None":
        """None for what is no beginning of a record: a traceback goes on over many lines."""
        match = LINE.fullmatch(line)
        if match is None:
            return None
        moment, millis, level, logger, text = match.groups()
        # The bot writes the time of this machine, in the zone that we are in too.
        at_ms = round(datetime.fromisoformat(moment).astimezone().timestamp() * 1000) + int(millis)
        about = ABOUT.search(text)
        return cls(at_ms, level, logger, text, int(about[1]) if about else None)

    def says(self, beginning: str | tuple[str, ...]) -> bool:
        return self.text.startswith(beginning)

    def value(self, name: str) -> str | None:
        """What stands behind `name=`."""
        found = re.search(rf"\b{name}=(\S+)", self.text)
        return found[1] if found else None


class BotLog:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_bytes = 0
        self._rest = b""

    def fresh(self) -> list[LogLine]:
        """What has come since the last time, in whole lines. Blocks; nothing while there is no file."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._read_bytes)
                came = file.read(READ_MAX_BYTES)
        except FileNotFoundError:
            return []
        self._read_bytes += len(came)
        *whole, self._rest = (self._rest + came).split(b"\n")
        lines = (LogLine.parse(each.decode("utf-8", errors="replace")) for each in whole)
        return [line for line in lines if line is not None]
