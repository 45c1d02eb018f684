"""The result: what stands beside the pictures, and the buttons under them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import pictures
from bot.model import Allowance, Endpoint, Job, Picture
from bot.request import Operation
from bot.ui.buttons import Action, button, rows, vary_button
from bot.ui.faces import Face, cost_note
from bot.ui.text import named, plain, quoted, seconds

_FILE = re.compile(r"easel-(?P<number>\d+)\.[a-z]+")
_SUFFIXES = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/svg+xml": "svg",
}


@dataclass(frozen=True, slots=True)
class Result:
    """A finished job as its result shows it. `allowance` is how its member stands after the charge.

    `instead_of` is the model that was meant and is gone. `was_refused`: it was meant for the channel, and Discord did
    not take it there.
    """

    job: Job
    allowance: Allowance
    short: int = 0
    instead_of: str | None = None
    was_refused: bool = False

    def face(self, shown: Sequence[Picture], *, private: bool) -> Face:
        """The text and buttons of the message that holds the pictures `shown`."""
        job = self.job
        buttons = [vary_button(job.key, picture.index + 1) for picture in shown]
        buttons.append(button(Action.AGAIN, job.key))
        if not private:
            buttons.append(button(Action.DELETE, job.key))
        return Face(self._text(shown[0], private=private), rows(buttons))

    def _text(self, first: Picture, *, private: bool) -> str:
        job = self.job
        who = "" if private else f"<@{job.arrival.requester.user_id}> "
        lines = [f"{who}{self._facts(first)}"]
        if job.request.prompt:
            lines.append(quoted(job.request.prompt))
        if note := self._note(private=private):
            lines.append(f"-# {note}")
        return "\n".join(lines)

    def _facts(self, first: Picture) -> str:
        job = self.job
        size = "×".join(map(str, first.size_px)) if first.size_px else self._taken("size")
        took = seconds(job.painting_s) if job.painting_s is not None else None
        left = f"{self.allowance.left} left today"
        return " · ".join(filter(None, [plain(job.painted_model or "?"), size, self._taken("quality"), took, left]))

    def _taken(self, field: str) -> str | None:
        """What the member chose, if the model took it."""
        return None if field in self.job.left_out else getattr(self.job.request, field)

    def _note(self, *, private: bool) -> str:
        job, notes = self.job, []
        if self.instead_of:
            notes.append(
                f"{plain(self.instead_of)} has been retired; {plain(job.painted_model or '?')} painted instead."
            )
        if job.request.operation is Operation.VARY and job.endpoint is Endpoint.EDITS:
            because = "you gave directions" if job.request.prompt else "this service or model has no plain variations"
            notes.append(f"Painted as an edit of the picture, because {because}.")
        if chosen := [name for name in job.left_out if getattr(job.request, name, None)]:
            fields = " and ".join(plain(name) for name in chosen)
            notes.append(
                f"This model does not take {fields}, so it painted without {'it' if len(chosen) == 1 else 'them'}."
            )
        if self.short:
            notes.append(f"{pictures(self.short)} did not come; nobody was charged for what is missing.")
        if private and not job.request.private and (why := self._why_private()):
            notes.append(f"Only you see this: {why}")
        if private and (note := cost_note(job)):
            notes.append(note)
        return " ".join(notes)

    def _why_private(self) -> str | None:
        place = self.job.arrival.place
        if place.missing:
            return f"I am missing {named(place.missing)} in this channel. A server admin can give it to me."
        if not place.member_may_write:
            return "you may not write in this channel."
        return "I could not post it in this channel." if self.was_refused else None


def file_name(picture: Picture) -> str:
    """The attachment's name: its number tells the V buttons which picture is which."""
    return f"easel-{picture.index + 1}.{_SUFFIXES.get(picture.media_type, 'png')}"


def preview_name(picture: Picture) -> str:
    """The attachment's name of a preview: not one that a V button could take for a result."""
    return f"preview-{picture.index + 1}.{_SUFFIXES.get(picture.media_type, 'png')}"


def number_of(filename: str) -> int | None:
    """The number in an attachment's name that `file_name` made."""
    match = _FILE.fullmatch(filename)
    return int(match["number"]) if match else None
