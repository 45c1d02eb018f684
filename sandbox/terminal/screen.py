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
NARROWEST_CELLS = 20
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

    def title(self, words: str) -> None:
        self._paragraph(Text(words, "bold"))

    def heading(self, number: int, words: str) -> None:
        self._paragraph(Text(f"\n{number}. {words}", "bold cyan"))

    def note(self, words: str = "") -> None:
        self._paragraph(Text(words, "dim"))

    def failure(self, words: str) -> None:
        self._paragraph(Text(words, "bold red"))

    def success(self, words: str) -> None:
        self._paragraph(Text(words, "bold green"))

    def exactly(self, lines: Iterable[str]) -> None:
        """Lines that somebody may copy, or that come from elsewhere: never wrapped."""
        for line in lines:
            self._line(Text(line))

    def does(self, who: str, verb: str, what: str) -> None:
        """A person's act: «Ada types …»."""
        self._row(Text(f"{who} {verb}", "bold"), Text(what, "bold yellow"))

    def happened(self, who: str, happened: Happened) -> None:
        """All that changed on the person's screen, each part marked as private or public."""
        last = {message.id: message for message in happened.messages}
        if happened.first and happened.first.text != getattr(last.get(happened.first.id), "text", None):
            self.message(happened.first, who)
        for look in happened.looks:
            self.message(look, who)
        for message in sorted(happened.messages, key=lambda message: not message.ephemeral):
            self.message(message, who)
        if happened.gone:
            self.aside("1 message is gone" if happened.gone == 1 else f"{happened.gone} messages are gone")
        if not happened.is_answered:
            self.aside("no answer from any bot")
        if not happened.is_over:
            self.aside("this still goes on")

    def message(self, message: SeenMessage, who: str) -> None:
        """A message as it comes up, marked as private or public."""
        is_direct = self._is_direct(message)
        is_private = message.ephemeral or is_direct
        label = Text(f"only {who} sees", PRIVATE) if is_private else Text("everybody sees", PUBLIC)
        self._row(label, self._body(message, mark="(direct message) " if is_direct else ""))

    def stands(self, message: SeenMessage) -> None:
        """A message that stands in a channel, by its author's name."""
        self._row(Text(message.author, "bold"), self._body(message, mark="(only you) " if message.ephemeral else ""))

    def picture(self, path: Path, attachment: SeenAttachment) -> None:
        width_px, height_px = attachment.size_px or (0, 0)
        facts = f"  {width_px}×{height_px}, {attachment.size_bytes / 1024:,.0f} KiB"
        self._row(Text("picture file", "dim"), Text.assemble((str(path), "underline"), (facts, "dim")))

    def fact(self, name: str, value: str) -> None:
        self._row(Text(name, "dim"), Text(value))

    def aside(self, words: str) -> None:
        self._row(Text(), Text(f"({words})", "dim"))

    def checked(self, words: str, *, is_good: bool) -> None:
        mark, style = ("✓", "green") if is_good else ("✗ FAILED", "bold red")
        self._row(Text(""), Text(f"{mark} {words}", style))

    def listing(self, rows: Iterable[tuple[str, str]]) -> None:
        """What can be typed and what it does; too long for one line, it takes two."""
        for typed, about in rows:
            if len(typed) < LABEL_CELLS:
                self._row(Text(typed, "bold"), Text(about))
            else:
                self._line(Text(" " * INDENT_CELLS + typed, "bold"))
                self._row(Text(), Text(about))

    def _is_direct(self, message: SeenMessage) -> bool:
        channel = self._world.find_channel(message.channel_id)
        return channel is not None and channel.type is ChannelType.DIRECT

    def _body(self, message: SeenMessage, *, mark: str) -> Text:
        body = Text.assemble((mark, "dim"), self._markup.text(message.content))
        if message.attachments:
            count = len(message.attachments)
            body.append(f"\n{'1 picture' if count == 1 else f'{count} pictures'}", "dim")
        if message.buttons:
            body.append("\n" + " ".join(f"[{button}]" for button in message.buttons), "blue")
        return body

    def _row(self, label: Text, body: Text) -> None:
        margin = " " * INDENT_CELLS
        label.set_length(LABEL_CELLS)
        for line in self._wrapped(body, self._console.width - INDENT_CELLS - LABEL_CELLS):
            self._line(Text(margin).append_text(label).append_text(line))
            label = Text(" " * LABEL_CELLS)

    def _paragraph(self, words: Text) -> None:
        for line in self._wrapped(words, self._console.width):
            self._line(line)

    def _wrapped(self, text: Text, width_cells: int) -> Iterable[Text]:
        return text.wrap(self._console, max(NARROWEST_CELLS, width_cells))

    def _line(self, line: Text) -> None:
        line.rstrip()
        self._console.print(line, soft_wrap=True)
