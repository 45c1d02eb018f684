"""`easel api moderate`: verdicts on words and pictures, one each."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.cli.desk import Desk
from bot.cli.statuses import Status
from bot.errors import InvalidRequest, in_plain_words
from bot.image_api.answers.verdicts import Verdict
from bot.moderation import AS_FLAGGED
from bot.outside import Outside

SHOWN_CHARS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One text or one picture, and what the service thinks of it."""

    text: str | None = None
    image: Path | None = None
    is_flagged: bool
    categories: Sequence[str]

    @property
    def line(self) -> str:
        what = str(self.image) if self.image else f"«{_short(self.text or '')}»"
        verdict = f"flagged for {in_plain_words(self.categories)}" if self.is_flagged else "fine"
        return f"{what}: {verdict}"

    @property
    def as_json(self) -> dict[str, object]:
        subject = {"image": str(self.image)} if self.image else {"text": self.text}
        return {**subject, "flagged": self.is_flagged, "categories": self.categories}


def moderate(texts: Sequence[str], images: Sequence[Path], *, model: str | None, as_json: bool) -> None:
    """Ends the process with its status, which is 3 when anything was flagged."""
    desk = Desk(as_json=as_json)
    desk.run(partial(_moderate, desk, texts, images, model or desk.settings.moderation_model))


async def _moderate(desk: Desk, texts: Sequence[str], images: Sequence[Path], model: str, outside: Outside) -> Status:
    if not all(text.strip() for text in texts) or not (texts or images):
        raise InvalidRequest("There is nothing to look at: give words, or pictures with --image.")
    verdicts = await outside.judge.moderate(texts, model=model) if texts else ()
    judged = [_judged(desk, verdict, text=text) for text, verdict in zip(texts, verdicts, strict=True)]
    for image in images:
        # The same small copy that the bot shows to moderation; the reader works in a folder of its own.
        made = await outside.pictures.prepare(image.absolute(), uploads={})
        (verdict,) = await outside.judge.moderate((), (made.small_jpeg,), model=model)
        judged.append(_judged(desk, verdict, image=image))
    is_flagged = any(each.is_flagged for each in judged)
    if desk.as_json:
        desk.show_json({"flagged": is_flagged, "results": [each.as_json for each in judged]})
    else:
        for each in judged:
            desk.show(each.line)
    return Status.REFUSED if is_flagged else Status.DONE


def _judged(desk: Desk, verdict: Verdict, *, text: str | None = None, image: Path | None = None) -> Judged:
    """What counts of a verdict is what would count for a member."""
    thresholds = desk.settings.moderation_thresholds or AS_FLAGGED
    categories = thresholds.flagged(verdict.categories, verdict.scores)
    return Judged(text=text, image=image, is_flagged=bool(categories) or verdict.is_unnamed, categories=categories)


def _short(text: str) -> str:
    return text if len(text) <= SHOWN_CHARS else f"{text[: SHOWN_CHARS - 1]}…"
