"""The tree of expected failures and the sentences people read.

BotError                    str(error) is for the person who asked, `detail` for the log alone
├── InvalidRequest          cannot be done as written
│   └── BadPicture          an upload that is not a picture we can use
├── NotAllowed              the person lacks a right
├── TooOld                  the request behind a button is not kept any more
├── QuotaExhausted          the member's own pictures for today
├── CeilingReached          the owner's ceiling for the server or the whole bot
├── BudgetReached           the owner's money for today
├── QueueFull  Restarting   come back later
├── WaitedTooLong           its turn in the queue did not come in time
├── LetGo                   its member, or its server, is gone from the books
│   ├── MemberErased
│   └── ServerLeft
├── Interrupted             a restart hid what became of its calls
├── DiskTrouble             our disk does not take what came
│   └── DiskFull            it has no room
├── ModerationRefused       names the categories in plain words
├── NotChecked              moderation did not answer: refused, fail closed
├── PictureUnavailable      a picture could not be fetched
├── TooLate                 Discord no longer takes the answer
├── DiscordUnreachable      for the owner, at the start
├── FolderInUse             a bot lives on the data folder, or a backup is being put back there
├── StoreError              the database cannot be used as it is
│   ├── StoreBusy           locked, or the disk is full or failing: passes, or somebody makes room
│   └── StoreDamaged        the file is not whole: only its owner can help
└── ImageServiceError       the image service failed
    ├── ServiceBusy         asked to slow down, or overloaded: surely did nothing
    ├── ServiceUnreachable  could not connect: surely did nothing
    ├── ServiceDown         failed again and again: not asked until it had a rest
    ├── ServiceLost         no usable answer after sending: may have been billed
    ├── ContentRefused      the service's own safety system said no
    ├── OwnerMustAct        key, rights or money: trying again does not help
    ├── ModelGone           the service does not have the model
    ├── RouteMissing        the service does not have this endpoint
    ├── RequestRejected     the service does not take the request as sent
    │   └── OneAtATime      this model paints one picture a call
    └── BadAnswer           a success without a usable picture
"""

from collections.abc import Sequence
from datetime import datetime

NOT_CHARGED = "This cost you nothing."

PLAIN_CATEGORIES = {
    "harassment": "harassment",
    "harassment/threatening": "threats",
    "hate": "hate",
    "hate/threatening": "hateful threats",
    "illicit": "illegal acts",
    "illicit/violent": "violent illegal acts",
    "self-harm": "self-harm",
    "self-harm/intent": "the wish to harm oneself",
    "self-harm/instructions": "instructions for self-harm",
    "sexual": "sexual content",
    "sexual/minors": "sexual content about minors",
    "violence": "violence",
    "violence/graphic": "graphic violence",
}


def in_plain_words(categories: Sequence[str]) -> str:
    """Moderation categories as a reader's list: «violence and sexual content»."""
    words = list(dict.fromkeys(PLAIN_CATEGORIES.get(name, name.replace("/", ", ")) for name in categories))
    if not words:
        return "content that is not allowed"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"


class BotError(Exception):
    """An expected failure. `str(error)` is shown to the person; `detail` goes to the log only."""

    sentence = "That did not work."

    def __init__(self, sentence: str | None = None, *, detail: str = "") -> None:
        super().__init__(sentence or self.sentence)
        self.detail = detail


class InvalidRequest(BotError):
    sentence = "That cannot be done as written."


class BadPicture(InvalidRequest):
    sentence = "That file is not a picture I can use. Send a PNG, JPEG or WebP."


class NotAllowed(BotError):
    sentence = "You do not have the right to do that."


class NotDeleted(BotError):
    sentence = "Discord did not delete it just now. The button still works: press it again in a minute."


class TooOld(BotError):
    sentence = "That picture is too old for this button: I no longer keep how it was made. Use /imagine to ask anew."


class QuotaExhausted(BotError):
    """The member wants more than is left today. Nothing was reserved. `in_server`: there are admins who could help."""

    def __init__(self, *, wanted: int, left: int, refills_at: datetime, in_server: bool = True) -> None:
        self.wanted, self.left, self.refills_at = wanted, left, refills_at
        when = f"<t:{int(refills_at.timestamp())}:R>"
        if left:
            text = f"You asked for {pictures(wanted)} and have {left} left today. Ask for fewer, or come back {when}."
        else:
            text = f"You have no pictures left today. They refill {when}."
            text += " An admin of the server can grant you more." if in_server else ""
        super().__init__(f"{text} {NOT_CHARGED}")


class CeilingReached(BotError):
    """A ceiling that the bot's owner set for the server or the whole bot. Nothing was reserved."""

    def __init__(self, *, scope: str, left: int, refills_at: datetime) -> None:
        self.scope, self.left, self.refills_at = scope, left, refills_at
        who = "This server" if scope == "server" else "This bot"
        rest = f"has only {pictures(left)} left today" if left else "has painted all its pictures for today"
        super().__init__(f"{who} {rest}. That refills <t:{int(refills_at.timestamp())}:R>. {NOT_CHARGED}")


class BudgetReached(BotError):
    """What the owner spends a day cannot take what a request may cost. Nothing was reserved.

    All but the time are millionths of a dollar: `charged` is spent, `reserved` promised to requests under way.
    """

    def __init__(
        self, *, wanted_microusd: int, charged_microusd: int, reserved_microusd: int, refills_at: datetime
    ) -> None:
        self.wanted_microusd = wanted_microusd
        self.charged_microusd, self.reserved_microusd = charged_microusd, reserved_microusd
        super().__init__(
            "The bot's owner pays for the pictures and has set aside some money a day; what is left of it today is not "
            "enough for this. Ask for fewer or smaller pictures or a lower quality, or come back when it refills "
            f"<t:{int(refills_at.timestamp())}:R>. {NOT_CHARGED}"
        )


class QueueFull(BotError):
    sentence = f"Too many pictures are waiting already. Try again in a few minutes. {NOT_CHARGED}"


class Restarting(BotError):
    sentence = f"I am just restarting. Try again in a minute. {NOT_CHARGED}"


class WaitedTooLong(BotError):
    sentence = f"Your request waited too long for its turn, so I let it go. Try again later. {NOT_CHARGED}"


class LetGo(BotError):
    """A request that waited, and for which nobody waits any more."""


class MemberErased(LetGo):
    sentence = f"You asked me to erase everything, so I let this request go. {NOT_CHARGED}"


class ServerLeft(LetGo):
    sentence = f"I was removed from the server where you asked for this, so I let your request go. {NOT_CHARGED}"


class Interrupted(BotError):
    sentence = f"I was interrupted while this was being painted, and the picture did not come. {NOT_CHARGED}"


class DiskTrouble(BotError):
    """A picture could not be kept; what was painted may have been paid for, by the owner."""

    sentence = (
        "My disk does not take pictures right now, so I could not keep yours. Try again later; if it keeps happening, "
        f"tell the owner of the bot. {NOT_CHARGED}"
    )


class DiskFull(DiskTrouble):
    sentence = (
        "My disk is full, so I cannot do that right now. Try again later; if it keeps happening, tell the owner of the "
        f"bot. {NOT_CHARGED}"
    )


class ModerationRefused(BotError):
    """Words or picture were flagged. `categories` are the service's names, e.g. `violence/graphic`."""

    def __init__(self, categories: Sequence[str], *, what: str = "request") -> None:
        self.categories = tuple(categories)
        super().__init__(
            f"I cannot paint that: your {what} was flagged for {in_plain_words(categories)}. "
            f"Change it and try again. {NOT_CHARGED}"
        )


class NotChecked(BotError):
    sentence = (
        "Your request could not be checked, because the moderation service does not work right now. "
        f"Try again in a few minutes. {NOT_CHARGED}"
    )


class PictureUnavailable(BotError):
    sentence = f"I could not fetch that picture. Upload it again and try once more. {NOT_CHARGED}"


class TooLate(BotError):
    """Discord no longer takes the first answer: nobody would see it."""


class DiscordUnreachable(BotError):
    sentence = "Discord cannot be reached. Check the network; start again when it is back."


class FolderInUse(BotError):
    """For the owner, at a start or a restore."""

    sentence = "Another process works on this data folder: a bot that runs, or a restore. Wait until it has ended."


class PartEnded(BotError):
    """A part of the process has ended that nothing works without: better to begin anew than to live on without it."""

    def __init__(self, part: str, *, detail: str = "") -> None:
        super().__init__(f"The bot's {part} has ended, so I end too. Start me again; the log says more.", detail=detail)


class StoreError(BotError):
    """The database cannot be used as it is. At the start the owner reads the sentence, later a member may."""


class StoreBusy(StoreError):
    """Trouble that passes: the same may work in a while."""


class StoreDamaged(StoreError):
    """Nothing is written to the file any more; `easel restore` puts a backup in its place."""

    sentence = (
        "My memory of requests and quotas is damaged, so I cannot paint until my owner has put that right. "
        f"{NOT_CHARGED}"
    )


class ImageServiceError(BotError):
    sentence = f"The image service failed. Try again in a few minutes. {NOT_CHARGED}"


class ServiceBusy(ImageServiceError):
    """`retry_after_s`: what the service asked for, None when it did not say; `again`: whether it takes a retry.

    `is_overloaded`: the service has trouble of its own; otherwise it was asked too often.
    """

    sentence = f"The image service is too busy right now. Try again in a few minutes. {NOT_CHARGED}"

    def __init__(
        self,
        sentence: str | None = None,
        *,
        detail: str = "",
        retry_after_s: float | None = None,
        again: bool = True,
        is_overloaded: bool = False,
    ) -> None:
        super().__init__(sentence, detail=detail)
        self.retry_after_s = retry_after_s
        self.again = again
        self.is_overloaded = is_overloaded


class ServiceUnreachable(ImageServiceError):
    sentence = f"The image service cannot be reached. Try again in a few minutes. {NOT_CHARGED}"


class ServiceDown(ImageServiceError):
    """Nothing was asked and nothing reserved. `retry_in_s`: until the next try; None while one is under way."""

    def __init__(self, retry_in_s: float | None) -> None:
        self.retry_in_s = retry_in_s
        if retry_in_s is None:
            when = "I am trying it again at this moment, so ask once more in a minute"
        else:
            when = f"I try it again in about {max(1, round(retry_in_s))} s, so ask once more then"
        super().__init__(f"The image service is down right now. {when}. {NOT_CHARGED}")


class ServiceLost(ImageServiceError):
    """`again`: whether the service takes a retry of what costs nothing."""

    again = True
    sentence = f"The image service did not answer in time, so there is no picture. {NOT_CHARGED}"


class ContentRefused(ImageServiceError):
    """The service's own safety system refused; `categories` may be empty.

    `after_painting`: it says that it looked at what it had painted, so the work may have been billed.
    """

    def __init__(self, categories: Sequence[str] = (), *, detail: str = "", after_painting: bool = False) -> None:
        self.categories = tuple(categories)
        self.after_painting = after_painting
        because = f" for {in_plain_words(categories)}" if categories else ""
        super().__init__(
            f"The image service refused this request{because}. Change it and try again. {NOT_CHARGED}",
            detail=detail,
        )


class OwnerMustAct(ImageServiceError):
    """`reason`: what the service said, for the owner to read: at most 300 characters, without keys and prompts."""

    sentence = f"The image service does not accept this bot right now; its owner has to look into it. {NOT_CHARGED}"

    def __init__(self, *, detail: str = "", reason: str = "") -> None:
        super().__init__(detail=detail)
        self.reason = reason


class ModelGone(ImageServiceError):
    sentence = f"The image service no longer has this model. Pick another one: /models lists them. {NOT_CHARGED}"


class RouteMissing(ImageServiceError):
    sentence = f"The image service does not offer this. Pick another model: /models lists them. {NOT_CHARGED}"


class RequestRejected(ImageServiceError):
    """`unknown`: fields that the service says it does not know, under the names that they were sent by."""

    sentence = f"The image service does not take this as it is. Try another size, quality or model. {NOT_CHARGED}"

    def __init__(self, sentence: str | None = None, *, detail: str = "", unknown: Sequence[str] = ()) -> None:
        super().__init__(sentence, detail=detail)
        self.unknown = tuple(unknown)


class OneAtATime(RequestRejected):
    sentence = f"This model paints one picture at a time. Ask for one. {NOT_CHARGED}"


class BadAnswer(ImageServiceError):
    sentence = f"The image service answered without a usable picture. Try again. {NOT_CHARGED}"
