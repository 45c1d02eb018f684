"""What the terminal shows: in colours when it is one, plain otherwise, never wider than it is."""

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from sandbox.discord.seen import SeenAttachment, SeenMessage
from sandbox.discord.world import ChannelType, World
from sandbox.terminal.markup import Markup
from sandbox.terminal.watch import Happened

INDENT_CELLS = 3
LABEL_CELLS = 18
WIDEST_CELLS = 110
PRIVATE, PUBLIC = "bold magenta", "bold green"


class Terminal(Console):
    """rich would end the whole process by itself when nobody reads on; here others have to be ended first."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class Screen:
    def __init__(self, world: World) -> None:
        self._world = world
        self._markup = Markup(world)
        self._console = Terminal(highlight=False, soft_wrap=False)
        self._console.width = min(self._console.width, WIDEST_CELLS)

    @property
    def in_colour(self) -> bool:
        return self._console.color_system is not None

    def title(self, words: str) -> None:
        self._console.print(Text(words, "bold"))

    def heading(self, number: int, words: str) -> None:
        self._console.print()
        self._console.print(Text(f"{number}. {words}", "bold cyan"))

    def note(self, words: str = "") -> None:
        self._console.print(Text(words, "dim"))

    def does(self, who: str, verb: str, what: str) -> None:
        """A person's act: «Ada types …»."""
        self._row(Text(f"{who} {verb}", "bold"), Text(what, "bold yellow"))

    def happened(self, who: str, happened: Happened) -> None:
        """All that changed on the person's screen, each part marked as private or public."""
        last = {message.id: message for message in happened.messages}
        if happened.first and happened.first.text != getattr(last.get(happened.first.id), "text", None):
            self.message(happened.first, who)
        for message in sorted(happened.messages, key=lambda message: not message.ephemeral):
            self.message(message, who)
        if happened.gone:
            self._row(Text("gone", "dim"), Text("1 message" if happened.gone == 1 else f"{happened.gone} messages"))
        if not happened.is_answered:
            self._row(Text(f"only {who} sees", PRIVATE), Text("(no answer)", "dim"))
        if not happened.is_over:
            self._row(Text("still going on", "dim"), Text("type «look» in a while", "dim"))

    def message(self, message: SeenMessage, who: str) -> None:
        channel = self._world.find_channel(message.channel_id)
        is_direct = channel is not None and channel.type is ChannelType.DIRECT
        is_private = message.ephemeral or is_direct
        label = Text(f"only {who} sees" if is_private else "everybody sees", PRIVATE if is_private else PUBLIC)
        body = self._markup.text(message.content)
        if is_direct:
            body = Text("(direct message) ", "dim").append_text(body)
        if message.attachments:
            count = len(message.attachments)
            body.append(f"\n{'1 picture' if count == 1 else f'{count} pictures'}", "dim")
        if message.buttons:
            body.append("\n" + " ".join(f"[{button}]" for button in message.buttons), "blue")
        self._row(label, body)

    def said(self, message: SeenMessage, who: str) -> None:
        """A message when one looks around: its author is named."""
        self._row(Text(message.author, "bold"), Text(""))
        self.message(message, who)

    def picture(self, path: Path, attachment: SeenAttachment | None = None) -> None:
        size = f"  {attachment.size_px[0]}×{attachment.size_px[1]}" if attachment and attachment.size_px else ""
        weight = f", {attachment.size_bytes / 1024:,.0f} KiB" if attachment else ""
        self._row(Text("picture file", "dim"), Text.assemble((str(path), "underline"), (f"{size}{weight}", "dim")))

    def checked(self, words: str, *, is_good: bool) -> None:
        mark, style = ("✓", "green") if is_good else ("✗ FAILED", "bold red")
        self._row(Text(""), Text(f"{mark} {words}", style))

    def listing(self, rows: Iterable[tuple[str, str]]) -> None:
        for left, right in rows:
            self._row(Text(left, "bold"), Text(right))

    def failure(self, words: str) -> None:
        self._console.print(Text(words, "bold red"))

    def success(self, words: str) -> None:
        self._console.print(Text(words, "bold green"))

    def raw(self, lines: Iterable[str]) -> None:
        """Foreign lines as they are."""
        for line in lines:
            self._console.print(Text(line, "dim"), soft_wrap=True)

    def _row(self, label: Text, body: Text) -> None:
        lines = body.wrap(self._console, max(20, self._console.width - INDENT_CELLS - LABEL_CELLS))
        label.set_length(LABEL_CELLS)
        for number, line in enumerate(lines):
            line.rstrip()
            start = Text(" " * INDENT_CELLS).append_text(label if number == 0 else Text(" " * LABEL_CELLS))
            self._console.print(start.append_text(line), soft_wrap=True)
