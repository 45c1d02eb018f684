"""What members and admins read about quotas."""

from collections.abc import Sequence
from datetime import timedelta

from bot.errors import NOT_CHARGED, pictures
from bot.model import Job, JobState
from bot.store.allowances import AllowanceSource, DailyAllowance
from bot.store.audit import Change, ChangeKind
from bot.store.history import Waiting
from bot.store.quotas import HeavyMember, MemberQuota
from bot.ui.buttons import Action, button, rows
from bot.ui.faces import Face
from bot.ui.text import cut, plain

BUTTONS_MAX = 5  # in a row

_STATES = {
    JobState.QUEUED: "waiting for its turn",
    JobState.PAINTING: "being painted",
    JobState.PAINTED: "painted, on its way to you",
    JobState.DELIVERED: "delivered",
    JobState.REFUSED: "refused, not charged",
    JobState.FAILED: "failed, not charged",
    JobState.CANCELLED: "cancelled, not charged",
}


NOT_FETCHED = f"Your pictures waited in /quota, nobody came for them in time, and they are gone. {NOT_CHARGED}"


def standing(quota: MemberQuota, recent: Sequence[Job], waiting: Sequence[Waiting], *, kept_for: timedelta) -> Face:
    """/quota: what is left, when it refills, the last requests, and what waits to be fetched."""
    allowance = quota.allowance
    refill = int(quota.refills_at.timestamp())
    lines = [
        f"**{pictures(allowance.left)} left** today.",
        f"Today: {allowance.used} of {allowance.allowed} used. Refills <t:{refill}:R> (<t:{refill}:t>).",
    ]
    if allowance.extra:
        lines.append(f"Extra: {pictures(allowance.extra)}, used once today's are gone; they do not expire.")
    if recent:
        lines += ["", "**Your last requests**", *map(_request, recent)]
    if waiting:
        count = sum(each.pictures for each in waiting)
        more = " Type /quota again for the rest." if len(waiting) > BUTTONS_MAX else ""
        lines += ["", f"{pictures(count)} {'is' if count == 1 else 'are'} waiting for you.{more}"]
        lines += [_kept(each, kept_for) for each in waiting[:BUTTONS_MAX]]
    return Face("\n".join(lines), rows(button(Action.FETCH, each.job.key) for each in waiting[:BUTTONS_MAX]))


def _kept(waiting: Waiting, kept_for: timedelta) -> str:
    job = waiting.job
    assert job.painted_at is not None, "what waits has been painted"
    until = int((job.painted_at + kept_for).timestamp())
    return f"- {pictures(waiting.pictures)}, {_what(job)}: kept until <t:{until}:f>, then gone at no cost"


def _request(job: Job) -> str:
    became = "not fetched in time, gone, not charged" if job.failure == NOT_FETCHED else _STATES[job.state]
    return f"- <t:{int(job.accepted_at.timestamp())}:R> {pictures(job.request.count)}, {_what(job)}: {became}"


def _what(job: Job) -> str:
    if not job.words_kept:
        return "words not kept"
    return plain(cut(job.request.prompt, 60)) if job.request.prompt else "variations of a picture"


def changed(change: Change) -> str:
    """The confirmation of an admin's command."""
    before, after = change.before or 0, change.after or 0
    match change.action:
        case ChangeKind.GRANT:
            return f"<@{change.subject_id}> got {extra(after - before)} and has {after} extra now."
        case ChangeKind.RESET:
            return f"<@{change.subject_id}> got back the {pictures(before - after)} charged today."
        case _:
            return f"{_setting(change)} (before: {_a_day(change.before)})."


def extra(count: int) -> str:
    return "1 extra picture" if count == 1 else f"{count} extra pictures"


def _setting(change: Change) -> str:
    is_removed = change.after is None
    if change.action is ChangeKind.SET_MEMBER:
        who, removed = f"<@{change.subject_id}>", "has no allowance of their own any more"
    elif change.action is ChangeKind.SET_ROLE:
        who, removed = f"The role <@&{change.subject_id}>", "gives no allowance any more"
    else:
        who, removed = "This server", "has no default of its own any more; the bot's counts"
    verb = "may now make" if change.action is ChangeKind.SET_MEMBER else "now gives its members"
    return f"{who} {removed}" if is_removed else f"{who} {verb} {_a_day(change.after)}"


def _a_day(images: int | None) -> str:
    return "not set" if images is None else f"{pictures(images)} a day"


def of_member(user_id: int, quota: MemberQuota) -> str:
    """/admin quota show user."""
    allowance, today = quota.allowance, quota.today
    lines = [
        f"<@{user_id}>: **{pictures(allowance.left)} left** today.",
        f"- Allowance: {allowance.allowed} a day, {_because(quota.daily)}.",
        f"- Used today: {today.charged + quota.earlier}, and {today.reserved} being painted.",
        f"- Extra pictures: {allowance.extra} left, {today.extra_charged} used today.",
        f"- Refills <t:{int(quota.refills_at.timestamp())}:R>.",
    ]
    if quota.changes:
        lines += ["Last changes:", *(f"- {_when_and_who(change)}: {changed(change)}" for change in quota.changes)]
    return "\n".join(lines)


def _when_and_who(change: Change) -> str:
    return f"<t:{int(change.order.at.timestamp())}:R> by {_who(change.order.admin_id)}"


def _because(daily: DailyAllowance) -> str:
    match daily.source:
        case AllowanceSource.MEMBER:
            return "set for this member"
        case AllowanceSource.ROLE:
            return f"from the role <@&{daily.role_id}>"
        case AllowanceSource.DEFAULT:
            return "the server's default"
        case AllowanceSource.OWNER:
            return "the bot's default"


def _who(user_id: int) -> str:
    """A mention; whoever was erased has a number below zero in the books."""
    return f"<@{user_id}>" if user_id > 0 else "somebody who was erased"


def of_server(members: Sequence[HeavyMember]) -> str:
    """/admin quota show: the heaviest users of the day."""
    if not members:
        return "Nobody has made a picture here today."
    lines = ["**Most pictures today**"]
    for place, member in enumerate(members, start=1):
        today = member.today
        painting = today.reserved + today.extra_reserved
        note = f" and {painting} being painted" if painting else ""
        lines.append(f"{place}. {_who(member.user_id)}: {today.charged + today.extra_charged}{note}")
    return "\n".join(lines)
