"""The private card of a request: what it says and offers at every moment of its life."""

from dataclasses import dataclass, replace

import discord

from bot.errors import NOT_CHARGED, BotError, BudgetReached, pictures
from bot.model import Job, Post, Standing, Way
from bot.request import Operation
from bot.ui.buttons import Action, button, rows
from bot.ui.text import about, dollars, named, quoted, seconds

CANCELLED = f"Cancelled. {NOT_CHARGED}"
ENDED = "This is done."


@dataclass(frozen=True, slots=True)
class Face:
    """A message as it will be sent: text and buttons."""

    content: str
    view: discord.ui.View


def words(error: BotError | str) -> Face:
    """A plain answer without buttons."""
    return Face(str(error), rows([]))


def queued(job: Job, standing: Standing) -> Face:
    when = f", pictures in about {about(standing.estimate_s)}" if standing.estimate_s else ""
    if standing.position == 0:
        where = "Checking your request"
    elif standing.position == 1:
        where = "Queued: next in line"
    else:
        where = f"Queued: number {standing.position} in line"
    face = _card(job, f"\N{HOURGLASS WITH FLOWING SAND} {where}{when}.", Action.CANCEL)
    return replace(face, content=f"{face.content}{_most(job)}")


def held_up(job: Job) -> Face:
    """It waits for the image service, which is down, and keeps its place."""
    return _card(
        job,
        "\N{HOURGLASS WITH FLOWING SAND} The image service is down right now. I keep your place and paint when it is "
        "back.",
        Action.CANCEL,
    )


def slowed(job: Job) -> Face:
    """It waits because the image service takes no more calls for a moment, and keeps its place."""
    return _card(
        job,
        "\N{HOURGLASS WITH FLOWING SAND} The image service wants me to slow down. I keep your place and paint as soon "
        "as it lets me.",
        Action.CANCEL,
    )


def painting(job: Job, usual_s: float | None, *, with_preview: bool = False) -> Face:
    """`with_preview`: a picture that is still being painted stands below."""
    when = f" This usually takes about {about(usual_s)}." if usual_s else ""
    look = " Here is a first look." if with_preview else ""
    return _card(job, f"\N{ARTIST PALETTE} Painting {pictures(job.request.count)}…{when}{look}")


def posting(job: Job) -> Face:
    return _card(job, "\N{FRAME WITH PICTURE} Painted, on its way to you.")


def later(job: Job) -> Face:
    """The card's last text before its token ends: it has to stay true."""
    where = "send it to you" if job.request.private else "post it here"
    return _card(
        job, f"\N{HOURGLASS WITH FLOWING SAND} This is taking a while. I will {where} when it is done.", Action.FOLLOW
    )


def done(job: Job, posts: list[Post], delivered: int) -> Face:
    links = " ".join(_link(job, post) for post in posts)
    short = job.request.count - delivered
    note = f" {pictures(short)} did not come; you were not charged for what is missing." if short else ""
    return Face(f"\N{WHITE HEAVY CHECK MARK} Done: {links}{note}{_cost(job)}", rows([]))


def sent_elsewhere(job: Job) -> Face:
    """The pictures went by direct message."""
    return Face(
        f"\N{WHITE HEAVY CHECK MARK} Done. {_why_not_here(job)}I sent your pictures by direct message.{_cost(job)}",
        rows([]),
    )


def kept(job: Job) -> Face:
    return Face(
        f"\N{FRAME WITH PICTURE} Your pictures are ready, but I could not deliver them. {_why_not_here(job)}"
        "Type /quota to fetch them.",
        rows([]),
    )


def owner_must_act(reason: str) -> str:
    """For the bot's owner, by direct message."""
    return (
        "The image service refuses me, and only you can mend that: look at its key, billing and rights. "
        f"It said: {quoted(reason)}I will not repeat this within the hour."
    )


def budget_reached(error: BudgetReached, budget_microusd: int) -> str:
    """For the bot's owner, by direct message."""
    return (
        f"Today's budget of {dollars(budget_microusd)} is reached: {dollars(error.charged_microusd)} are spent and "
        f"{dollars(error.reserved_microusd)} reserved for what is being painted, so I refused a request that can cost "
        f"up to {dollars(error.wanted_microusd, at_most=True)}. It refills at midnight UTC; BUDGET_USD_PER_DAY is how "
        "much. I will not repeat this today."
    )


def service_down() -> str:
    """For the bot's owner, by direct message."""
    return (
        "The image service is down: several calls in a row have failed, and the log says how. I refuse new requests at "
        "no cost to anybody, keep those that wait, and try it again by myself, at first after 30 s and later every "
        "5 min. I tell you when it is back."
    )


def discord_refuses(count: int) -> str:
    """For the bot's owner, by direct message."""
    return (
        f"Discord has refused {count} of my requests within ten minutes (missing rights, or too many at once) and bans "
        "an address at 10,000. I leave out previews and other extras now, and more if it goes on. The log names the "
        "requests; most often a channel or a role has taken rights from me."
    )


def service_back(open_s: float) -> str:
    """For the bot's owner, by direct message."""
    return f"The image service is back after {seconds(open_s)}. I paint again."


def sorry(incident: str) -> str:
    """For failures that nobody expected; the number finds the log line."""
    return (
        f"Something went wrong on my side. {NOT_CHARGED} If it keeps happening, give the owner this number: {incident}."
    )


def _why_not_here(job: Job) -> str:
    return f"I am missing {named(job.arrival.place.missing)} here. " if job.arrival.place.missing else ""


def ended(job: Job, sentence: str, *, may_retry: bool) -> Face:
    """Why there is no picture; a reply's public card keeps that for its author."""
    if job.arrival.way is Way.REPLY:
        return refusal_of_reply(job.key)
    return Face(sentence, rows([button(Action.RETRY, job.key)] if may_retry else []))


def refusal_of_reply(key: str) -> Face:
    return Face("I cannot do that.", rows([button(Action.WHY, key)]))


def _most(job: Job) -> str:
    """What it can cost, for its member alone: a reply's card is public and short."""
    if job.most_microusd is None or job.arrival.way is Way.REPLY:
        return ""
    return f"\n-# This costs the bot's owner at most {dollars(job.most_microusd, at_most=True)}."


def _cost(job: Job) -> str:
    return f"\n-# {note}" if (note := cost_note(job)) else ""


def cost_note(job: Job) -> str:
    """What it did cost, and whom; empty where that is not known."""
    return "" if job.cost_microusd is None else f"This cost the bot's owner {dollars(job.cost_microusd)}."


def _card(job: Job, status: str, *actions: Action) -> Face:
    if job.arrival.way is Way.REPLY:  # public and short; its author's words stand right above
        return Face(status, rows(button(action, job.key) for action in actions))
    what = quoted(job.request.prompt, most=300) if job.request.prompt else ""
    if job.request.operation is Operation.VARY:
        what = f" Variations of your picture.{what}"
    return Face(f"{status}{what}", rows(button(action, job.key) for action in actions))


def _link(job: Job, post: Post) -> str:
    return f"https://discord.com/channels/{job.arrival.place.guild_id or '@me'}/{post.channel_id}/{post.message_id}"
