"""What has to be true of what people see, once all is quiet."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator

from sandbox.discord.clock import created_ms
from sandbox.discord.message import Message, MessageFlag
from tests.torture.evidence import Evidence, JobRow, Shown, Violation

UNDER_WAY = (
    "\N{HOURGLASS WITH FLOWING SAND}",
    "\N{ARTIST PALETTE}",
    "\N{FRAME WITH PICTURE} Painted, on its way",
    "One moment",
)
TOKEN_USED_MS = 14 * 60_000
STAYS_TRUE = "This is taking a while. I will "
READ_ON_REPLIES = "I cannot do that."


def shown_once(evidence: Evidence) -> Iterator[Violation]:
    """Each picture stands on one message: told by its job and number, and by its content."""
    by_number: dict[tuple[str, int], list[Shown]] = defaultdict(list)
    by_content: dict[str, list[Shown]] = defaultdict(list)
    for key, pictures in evidence.shown.items():
        for each in pictures:
            by_number[key, each.number].append(each)
            if each.file.is_file():
                by_content[hashlib.sha256(each.file.read_bytes()).hexdigest()].append(each)
    jobs = {job.key: job for job in evidence.jobs}
    about = [(f"picture {number} of {jobs.get(key, key)}", shown) for (key, number), shown in by_number.items()]
    about += [(f"the picture {digest[:12]}", shown) for digest, shown in by_content.items()]
    for what, shown in about:
        if len(shown) > 1 and not _nobody_could_tell(evidence, jobs, shown):
            yield Violation("shown twice", f"{_places(evidence, shown)}: {what}")


def _places(evidence: Evidence, shown: list[Shown]) -> str:
    return " and ".join(sorted(_kind_of_place(evidence, each) for each in shown))


def _nobody_could_tell(evidence: Evidence, jobs: dict[str, JobRow], shown: list[Shown]) -> bool:
    """Whether it stands on the private card of somebody who was sent it directly after the card's token had ended.

    Killed between the edit and writing that down, and without a token, no bot can know what the card shows; the
    pictures shall not be lost. By the bots' clock, which goes faster than Discord's.
    """
    job = jobs.get(shown[0].key)
    if job is None or {each.key for each in shown} != {job.key} or _places(evidence, shown) != "card and direct":
        return False
    return not _is_used(evidence, job, job.ended_ms or evidence.bots_now_ms)


def _is_used(evidence: Evidence, job: JobRow, bots_now_ms: int) -> bool:
    """Whether a bot still uses a job's token; a clock that was set by a day meanwhile may have told it not to."""
    if any(jumped_ms >= created_ms(job.id) for jumped_ms in evidence.jumped_ms):
        return False
    return job.token_ms is not None and bots_now_ms - job.token_ms < TOKEN_USED_MS


def _kind_of_place(evidence: Evidence, shown: Shown) -> str:
    if _is_direct(evidence, shown):
        return "direct"
    return "card" if shown.message.only_for is not None else "channel"


def as_painted(evidence: Evidence) -> Iterator[Violation]:
    """What is shown is what the service sent, and belongs to the request it stands under."""
    jobs = {job.key: job for job in evidence.jobs}
    for key, pictures in evidence.shown.items():
        job = jobs.get(key)
        if job is None:
            yield Violation("stranger", f"a picture of an unknown job: {key}")
            continue
        for each in pictures:
            sha256, _ = evidence.pictures.get((job.id, each.number), ("", None))
            if each.file.is_file() and hashlib.sha256(each.file.read_bytes()).hexdigest() != sha256:
                yield Violation("another picture", f"picture {each.number} of {job}")


def charged_as_shown(evidence: Evidence) -> Iterator[Violation]:
    """Quota used is pictures that the member can see, or had deleted: no more, no fewer; nothing else was shown."""
    for job in evidence.jobs:
        pictures = evidence.shown.get(job.key, [])
        visible = {each.number for each in pictures if _can_see(evidence, job, each)}
        if len(visible) != job.charged:
            yield Violation("charge", f"{job}: charged {job.charged}, {len(visible)} pictures to be seen")
        if job.state == "delivered" and not visible:
            yield Violation("nothing to see", str(job))
        if job.private and any(each.message.only_for is None and not _is_direct(evidence, each) for each in pictures):
            yield Violation("private shown", str(job))


def _can_see(evidence: Evidence, job: JobRow, shown: Shown) -> bool:
    message = shown.message
    if message.deleted and message.id not in evidence.taken_away:
        return False
    channel = evidence.world.find_channel(message.channel_id)
    if channel is not None and channel.recipient_id is not None:
        return channel.recipient_id == job.user_id
    return message.only_for in (None, job.user_id)


def _is_direct(evidence: Evidence, shown: Shown) -> bool:
    channel = evidence.world.find_channel(shown.message.channel_id)
    return channel is not None and channel.recipient_id is not None


def no_card_under_way(evidence: Evidence) -> Iterator[Violation]:
    """No message speaks of work that has ended, and nothing that was to be taken away stands.

    A token that had ended before the job did, by either clock, leaves a card that nobody can change any more.
    """
    of_cards = {card.id: job for job in evidence.jobs if (card := evidence.card(job)) is not None}
    for message in evidence.of_the_bot:
        if message.deleted:
            continue
        content = message.body.content
        job = of_cards.get(message.id)
        if message.nonce is not None and str(message.nonce).endswith((".c", ".n")):
            yield Violation("reply's card stands", f"{message.nonce}: {content[:60]!r}")
        elif (
            _is_under_way(message)
            and not _is_out_of_reach(evidence, message)
            and not _is_of_a_delete(evidence, message)
            and (job is None or _is_young(evidence, job))
        ):
            yield Violation("stuck card", f"{content[:60]!r} of {job or message.id}")


def _is_of_a_delete(evidence: Evidence, message: Message) -> bool:
    """Whether it thinks about a Delete in the middle of which the process was killed: no request, and no card.

    Nobody goes on with it. Discord itself ends the thinking; pressed once more, what is still there goes.
    """
    asked = (each for each in evidence.interactions.values() if each.original is message)
    is_delete = any(str(each.data.get("custom_id")).startswith("easel:delete:") for each in asked)
    return is_delete and MessageFlag.LOADING in message.body.flags


def told_is_told(evidence: Evidence) -> Iterator[Violation]:
    """Whose job counts as told has no card that speaks of work, while a bot may still change it.

    Looked at after every kill, since the bots' clock goes so fast that nothing can be said of a card later.
    """
    for job in evidence.jobs:
        card = evidence.card(job) if job.told and job.is_ended and _is_young(evidence, job) else None
        if card is not None and not card.deleted and _is_under_way(card) and not _is_out_of_reach(evidence, card):
            yield Violation("stuck card", f"told, and reads {card.body.content[:60]!r}: {job}")


def _is_young(evidence: Evidence, job: JobRow) -> bool:
    """Whether its token is one that a bot still uses, by the bots' clock; a reply has none."""
    return job.way == "reply" or _is_used(evidence, job, evidence.bots_now_ms)


def _is_under_way(message: Message) -> bool:
    content = message.body.content
    is_under_way = content.startswith(UNDER_WAY) or MessageFlag.LOADING in message.body.flags
    return is_under_way and STAYS_TRUE not in content


def _is_out_of_reach(evidence: Evidence, message: Message) -> bool:
    """Whether every token that could change the message has ended."""
    able = [each for each in evidence.interactions.values() if message in (each.original, each.source)]
    return all(each.is_expired(evidence.now_ms) for each in able)


def told_why(evidence: Evidence) -> Iterator[Violation]:
    """Whose request came to nothing has read why, on the card or in one direct message."""
    for job in evidence.jobs:
        letters = [each for each in evidence.direct_messages(job.user_id) if each.nonce == f"{job.id}.w"]
        if len(letters) > 1:
            yield Violation("told twice", str(job))
        if job.state in ("failed", "refused", "cancelled") and not letters and not _read_why(evidence, job):
            yield Violation("not told", f"{job}: {job.failure!r}")


def _read_why(evidence: Evidence, job: JobRow) -> bool:
    card = evidence.card(job)
    if job.way == "reply":
        return card is not None and any(READ_ON_REPLIES in version["content"] for version in card.versions)
    if job.failure is None:  # nobody saw the first answer
        return card is None
    return card is not None and job.failure in card.body.content


RULES = (shown_once, as_painted, charged_as_shown, no_card_under_way, told_why)
