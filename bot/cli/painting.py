"""`easel api generate`, `edit` and `vary`: one call, followed event by event, its pictures kept as they arrive."""

import asyncio
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bot.cli.desk import Desk
from bot.cli.figures import file_as_json, file_line
from bot.cli.orders import Order, call_of
from bot.cli.places import KeptPicture, Places
from bot.cli.progress import Progress
from bot.cli.statuses import Status
from bot.cli.words import MAYBE_BILLED, NotKept
from bot.errors import BotError, pictures
from bot.image_api.call import Call
from bot.image_api.calls.bill import Bill
from bot.image_api.events import Accepted, Done, Event, Failed, Painted, Preview
from bot.image_api.generic.files import workshop
from bot.outside import Outside
from bot.spool import SpoolWriter
from bot.ui.text import dollars


def paint(order: Order) -> None:
    """Ends the process with its status."""
    options = order.options
    timeouts = {
        "image_connect_timeout_ms": options.connect_timeout_ms,
        "image_read_timeout_ms": options.read_timeout_ms,
    }
    desk = Desk(as_json=options.as_json, changes=timeouts)
    desk.run(lambda outside: _paint(desk, order, outside), follow_redirects=options.follow)


async def _paint(desk: Desk, order: Order, outside: Outside) -> Status:
    options = order.options
    file = options.output or Path(f"picture-{desk.clock.now():%Y%m%d-%H%M%S-%f}")  # a loop paints several a second
    places = await asyncio.to_thread(
        Places, file, count=options.count, overwrite=options.overwrite, output_format=options.output_format
    )
    with Progress("choosing a model") as progress:
        call = await call_of(order, outside)
        course = Course(desk, places, progress, call, outside.models.bill(call))
        await course.follow(outside)
    return course.report()


@dataclass
class Course:
    """How one call goes, and what came of it."""

    desk: Desk
    places: Places
    progress: Progress
    call: Call
    bill: Bill
    kept: list[KeptPicture] = field(default_factory=list)
    request_id: str | None = None
    took_s: float = 0.0
    done: Done | None = None
    error: BotError | None = None

    async def follow(self, outside: Outside) -> None:
        """Take in what the call reports; an interrupt says what is kept, and goes on."""
        most = self.bill.most_microusd
        at_most = f", {dollars(most, at_most=True)} at most" if most is not None else ""
        self.progress.happened(f"asked {self.call.model} for {pictures(self.call.count)}{at_most}", now="waiting")
        loop = asyncio.get_running_loop()
        begun_at = loop.time()
        try:
            async with workshop(self.places.folder) as folder:
                events = outside.api.paint(self.call, new_file=lambda name: SpoolWriter(folder / name))
                async with aclosing(events):
                    async for event in events:
                        self._heed(event)
        except asyncio.CancelledError:
            with self.progress.aside():
                self._interrupted()
            raise
        except OSError as error:
            self.error = NotKept("The disk does not take the picture", detail=error.strerror or "")
        finally:
            self.took_s = loop.time() - begun_at

    def _heed(self, event: Event) -> None:
        self.bill.heed(event)
        match event:
            case Accepted(request_id):
                self.request_id = request_id
                self.progress.happened("accepted", now=f"{self.call.model} paints")
            case Preview(_, number):
                self.progress.happened(f"preview {number + 1}")
            case Painted(picture):
                self._keep(self.places.keep(picture))
            case Done():
                self.done = event
            case Failed(error):
                self.error = error

    def _keep(self, kept: KeptPicture) -> None:
        self.kept.append(kept)
        self.progress.happened(f"picture {len(self.kept)} of {self.call.count}")
        with self.progress.aside():
            if not self.desk.as_json:
                self.desk.show_row(file_line(kept.file, kept.size_px))
            if kept.remark:
                self.desk.say(kept.remark)

    def report(self) -> Status:
        if self.error is not None:
            self.bill.close(self.error)
            return self.desk.failed(self.error, may_be_billed=self.bill.cost_microusd != 0, **self._as_json())
        assert self.done is not None, "a call ends with Done or Failed"
        if len(self.kept) < self.call.count:
            self.desk.say(f"{pictures(len(self.kept))} came instead of {self.call.count}")
        if self.done.left_out:
            self.desk.say(f"left out, since the service does not know it: {', '.join(self.done.left_out)}")
        if self.desk.as_json:
            self.desk.show_json(self._as_json())
        else:
            self._show()
        return Status.DONE

    def _show(self) -> None:
        assert self.done is not None, "shown at the end"
        parts = [f"{self.call.model} ({self.call.endpoint})", f"{self.took_s:.0f} s"]
        if usage := self.done.usage:
            parts.append(f"tokens: {usage.text_in + usage.image_in:,} in, {usage.text_out + usage.image_out:,} out")
        if self.bill.cost_microusd is not None:
            parts.append(dollars(self.bill.cost_microusd))
        if self.request_id:
            parts.append(f"request {self.request_id}")
        self.desk.show(", ".join(parts))
        if self.done.revised_prompt:
            self.desk.show(f"painted as: {self.done.revised_prompt}")

    def _as_json(self) -> dict[str, Any]:
        """Everything that is known; null is not known."""
        usage = self.done.usage if self.done else None
        return {
            "model": self.call.model,
            "endpoint": self.call.endpoint,
            "asked": self.call.count,
            "files": [file_as_json(kept.file, kept.size_px) for kept in self.kept],
            "usage": asdict(usage) if usage else None,
            "most_microusd": self.bill.most_microusd,
            "cost_microusd": self.bill.cost_microusd,
            "revised_prompt": self.done.revised_prompt if self.done else None,
            "left_out": self.done.left_out if self.done else (),
            "request_id": self.request_id,
            "took_s": round(self.took_s, 1),
        }

    def _interrupted(self) -> None:
        line = f"Interrupted; {pictures(len(self.kept)) if self.kept else 'no picture'} kept. {MAYBE_BILLED}"
        self.desk.say(line)
        if self.desk.as_json:
            error = {"kind": "Interrupted", "message": line, "may_be_billed": True}
            self.desk.show_json({**self._as_json(), "error": error})
