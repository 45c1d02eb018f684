"""Discord's markup as its client shows it: names for ids, times for numbers, styles for marks."""

import re
from datetime import UTC, datetime

from rich.text import Text

from sandbox.discord.world import World

_MARK = re.compile(
    r"<@!?(?P<person>\d+)>|<@&(?P<role>\d+)>|<#(?P<channel>\d+)>|<t:(?P<time>\d+)(?::[tTdDfFsS])?>"
    r"|<t:(?P<relative>\d+):R>|https://discord\.com/channels/(?:\d+|@me)/(?P<message>\d+)/\d+"
    r"|\*\*(?P<bold>.+?)\*\*|`(?P<code>[^`]+)`"
)
_FENCE, _SMALL = "```", "-# "
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


class Markup:
    def __init__(self, world: World) -> None:
        self._world = world

    def text(self, content: str) -> Text:
        """A message's content; code blocks become lines behind a bar."""
        parts = []
        for number, part in enumerate(content.split(_FENCE)):
            lines = part.strip("\n").split("\n")
            if number % 2:
                parts += [Text.assemble(("│ ", "dim"), (line, "italic")) for line in lines]
            elif part.strip():
                parts += [self._line(line) for line in lines]
        return Text("\n").join(parts)

    def _line(self, line: str) -> Text:
        text = line.removeprefix(_SMALL)
        shown = Text(style="dim" if line.startswith(_SMALL) else "")
        read = 0
        for match in _MARK.finditer(text):
            shown.append(text[read : match.start()])
            shown.append_text(self._mark(str(match.lastgroup), match[str(match.lastgroup)]))
            read = match.end()
        return shown.append(text[read:])

    def _mark(self, kind: str, value: str) -> Text:
        match kind:
            case "bold":
                inner = self._line(value)
                inner.stylize("bold")
                return inner
            case "code":
                return Text(value, "yellow")
            case "time":
                return Text(f"{datetime.fromtimestamp(int(value), UTC):%H:%M} UTC")
            case "relative":
                return Text(relative(int(value) - self._world.clock.now_ms() // 1000))
            case _:
                return Text(self._name(kind, int(value)), "cyan")

    def _name(self, kind: str, snowflake: int) -> str:
        if kind == "person":
            person = self._world.people.get(snowflake)
            return f"@{person.name if person else 'somebody'}"
        if kind == "role":
            roles = {role.id: role.name for guild in self._world.guilds.values() for role in guild.roles.values()}
            return f"@{roles.get(snowflake, 'a role').removeprefix('@')}"
        channel = self._world.find_channel(snowflake)
        place = f"#{channel.name}" if channel and channel.name else "direct messages"
        return place if kind == "channel" else f"{place} → the message"


def relative(ahead_s: int) -> str:
    """As Discord counts: «in 4 hours», «2 minutes ago»."""
    name, length_s = next((unit for unit in _UNITS if abs(ahead_s) >= unit[1]), _UNITS[-1])
    count = round(abs(ahead_s) / length_s)
    if count == 0:
        return "now"
    words = f"{count} {name}{'s' * (count > 1)}"
    return f"in {words}" if ahead_s > 0 else f"{words} ago"
