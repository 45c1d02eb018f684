"""The steps of a request, made of what is known of it; each with its moment and where we know it from."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sandbox.discord.wire import Json
from sandbox.page.behind.books import Entry
from sandbox.page.behind.exchanges import Exchange
from sandbox.page.behind.story import ENDS, FINAL_STATES, Story


class Source(StrEnum):
    GATEWAY = "Discord’s gateway"
    DISCORD = "Discord’s record of requests"
    IMAGES = "the image service’s record of requests"
    BOOKS = "the bot’s database"
    LOG = "the bot’s log"
    PROCESS = "the bot’s process"


@dataclass(frozen=True, slots=True)
class Step:
    """`mark` is `done`, `failed` or `open` (it still goes on)."""

    name: str
    at_ms: int
    source: Source
    words: str
    mark: str = "done"

    def shown(self) -> Json:
        return {
            "name": self.name,
            "at": self.at_ms,
            "source": str(self.source),
            "words": self.words,
            "mark": self.mark,
        }


def steps_of(story: Story) -> list[Step]:
    """In the order in which they happened; of what happened in one instant, in that of the makers below."""
    found = [step for make in MAKERS for step in make(story)]
    return sorted(found, key=lambda step: step.at_ms)


def _event(story: Story) -> Iterator[Step]:
    if not story.events:
        words = "no bot was connected: the event reached nobody"
        yield Step("event", story.asked_ms, Source.GATEWAY, words, "failed")
    was_sent = False
    for event in story.events:
        if event.is_kept:
            words = f"{event.what} is kept: the connection is down, and the bot may come back for it"
        else:
            words = f"{event.what} was sent to the bot" + " once more" * was_sent
        was_sent |= not event.is_kept
        yield Step("event", event.at_ms, Source.GATEWAY, words, "open" if event.is_kept else "done")


def _accepted(story: Story) -> Iterator[Step]:
    if story.job is not None:
        line = next((line for line in story.lines if line.says("accepted job=")), None)
        count = line.value("count") if line is not None else None
        words = "written down as a job" + (f" for {_pictures(int(count))}" if count else "")
        yield Step("accepted", story.job.accepted_ms, Source.BOOKS, words)
    elif story.refusal is not None:
        why = _plain(story.refusal.value("error")) or "an error of the bot’s own"
        yield Step("refused", story.refusal.at_ms, Source.LOG, f"not accepted: {why}; nothing was reserved", "failed")


def _reserved(story: Story) -> Iterator[Step]:
    entry = story.job.entry("reserve") if story.job is not None else None
    if entry is not None:
        words = f"{_pictures(entry.reserved)} taken off what is left{_at_most(entry)}"
        yield Step("reserved", entry.at_ms, Source.BOOKS, words)


def _answered(story: Story) -> Iterator[Step]:
    answer = story.first_answer
    if answer is not None:
        took = _end_of(answer) - story.asked_ms
        yield Step("answered", _end_of(answer), Source.DISCORD, f"the bot’s first answer, after {_duration(took)}")
    for line in story.lines:
        if line.says(("too late asked=", "nobody to answer job=")):
            yield Step("too late", line.at_ms, Source.LOG, "nobody could be answered any more", "failed")


def _moderated(story: Story) -> Iterator[Step]:
    for each in story.exchanges:
        if each.side != "images" or not each.path.endswith("/moderations"):
            continue
        if each.status is None:
            yield Step("moderated", each.at_ms, Source.IMAGES, "the service is looking at it", "open")
        elif each.is_good and each.flagged is not None:
            words = "the service flagged it" if each.flagged else "the service found nothing against it"
            yield Step("moderated", _end_of(each), Source.IMAGES, words, "failed" if each.flagged else "done")
        else:
            yield Step("moderated", _end_of(each), Source.IMAGES, f"not checked: {_status(each)}", "failed")


def _called(story: Story) -> Iterator[Step]:
    job = story.job
    for call in job.calls if job is not None else ():
        words = f"call {call.number + 1}: {call.model} is asked for {_pictures(call.count)} ({call.endpoint})"
        is_open = call.state == "sent" and job is not None and job.state not in FINAL_STATES and not job.painted_ms
        yield Step("painting", call.sent_ms, Source.BOOKS, words, "open" if is_open else "done")
    for line in story.lines:
        if line.says("call failed job="):
            yield Step("call failed", line.at_ms, Source.LOG, _plain(line.value("error")) or "it failed", "failed")
    for each in story.exchanges:
        is_for_pictures = each.side == "images" and not each.path.endswith(("/moderations", "/models"))
        if is_for_pictures and each.status is not None and not each.is_good and not story.is_cut(each):
            words = f"the service answered with {_status(each)}" if each.status else "the connection was cut"
            yield Step("no picture", _end_of(each), Source.IMAGES, words, "failed")


def _painted(story: Story) -> Iterator[Step]:
    job = story.job
    if job is not None and job.painted_ms is not None and job.pictures:
        words = f"{_pictures(job.pictures)} on the bot’s disk, {job.pictures_bytes / 1024:,.0f} KiB"
        yield Step("painted", job.painted_ms, Source.BOOKS, words)


def _posted(story: Story) -> Iterator[Step]:
    refused = [each for each in _posts(story) if not each.is_good and each.status is not None]
    if refused:
        words = f"not posted {len(refused)}×: {_status(refused[-1])}; the bot keeps what it has and tries again"
        yield Step("post put off", _end_of(refused[0]), Source.DISCORD, words, "failed")
    for each in _posts(story):
        if each.is_good:
            yield Step("posted", _end_of(each), Source.DISCORD, f"{_files(each.files)} {_where(story, each)}")


def _posts(story: Story) -> list[Exchange]:
    """Messages with the result; of the card's edits only the one that the bot wrote down as its post."""
    job = story.job
    if job is None:
        return []
    messages = [each for each in story.exchanges if each.part.isdecimal()]
    if any(part.startswith("p") and message_id for part, message_id in job.posts):
        edits = [each for each in story.exchanges if each.method == "PATCH" and each.files and each.is_good]
        messages += [each for each in edits if each.at_ms >= (job.painted_ms or 0)][-1:]
    return messages


def _where(story: Story, post: Exchange) -> str:
    if not post.part:
        return "on the private card"
    return f"in {story.place}" if f"/{story.channel_id}/" in post.path else "by direct message"


def _charged(story: Story) -> Iterator[Step]:
    entry = story.job.entry("settle") if story.job is not None else None
    if entry is None:
        return
    back = -entry.reserved - entry.charged
    returned = f", {_pictures(back)} given back" if back > 0 else ""
    if entry.charged:
        words = f"{_pictures(entry.charged)}, and the owner {_dollars(entry.charged_microusd)}{returned}"
        yield Step("charged", entry.at_ms, Source.BOOKS, words)
    else:
        yield Step("released", entry.at_ms, Source.BOOKS, f"nothing is charged{returned}")


def _ended(story: Story) -> Iterator[Step]:
    job = story.job
    for line in story.lines:
        if line.says("taken up"):
            words = f"process found it as «{line.value('state')}» and goes on with it"
            yield Step("taken up", line.at_ms, Source.LOG, f"the new {words}")
    if job is not None and job.waiting and not job.ended_ms:
        words = "no way was open: it waits in /quota"
        since_ms = max([job.painted_ms or job.accepted_ms, *map(_end_of, _posts(story))])
        yield Step("waiting", since_ms, Source.BOOKS, words, "open")
    if job is not None and job.ended_ms is not None:
        words = job.failure or {"delivered": "its pictures reached the member"}.get(job.state, "")
        mark = "done" if job.state == "delivered" else "failed"
        yield Step(job.state, job.ended_ms, Source.BOOKS, words, mark)


def _lives(story: Story) -> Iterator[Step]:
    for life in story.lives:
        source = Source.PROCESS if life.what in (*ENDS, "started") else Source.GATEWAY
        yield Step(life.what, life.at_ms, source, life.words, "failed" if life.what in ENDS else "done")


MAKERS: tuple[Callable[[Story], Iterator[Step]], ...] = (
    _event,
    _accepted,
    _reserved,
    _answered,
    _moderated,
    _called,
    _painted,
    _posted,
    _charged,
    _lives,
    _ended,
)


def _plain(error: str | None) -> str:
    """The name of an error, as words: `QuotaExhausted` is «quota exhausted»."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", error or "").lower()


def _end_of(exchange: Exchange) -> int:
    return exchange.at_ms + (exchange.took_ms or 0)


def _status(exchange: Exchange) -> str:
    return f"HTTP {exchange.status}" if exchange.status else "the connection was cut"


def _pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _duration(took_ms: int) -> str:
    return f"{took_ms} ms" if took_ms < 1000 else f"{took_ms / 1000:.1f} s"


def _at_most(entry: Entry) -> str:
    return f", and {_dollars(entry.reserved_microusd)} of the owner’s money at most" if entry.reserved_microusd else ""


def _dollars(microusd: int) -> str:
    digits = 2 if microusd >= 10_000 else 4
    return f"${microusd / 1_000_000:.{digits}f}"
