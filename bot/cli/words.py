"""What an owner at the command line reads of a failure: one line, with the service's own words and the money."""

from bot.errors import (
    BadAnswer,
    BotError,
    ContentRefused,
    ImageServiceError,
    ModelGone,
    OwnerMustAct,
    RequestRejected,
    RouteMissing,
    ServiceBusy,
    ServiceLost,
    ServiceUnreachable,
    in_plain_words,
)

NOT_BILLED = "It was not billed."
MAYBE_BILLED = "It may have been billed."

# From the particular to the general.
_SENTENCES: dict[type[BotError], str] = {
    ServiceBusy: "The image service is too busy right now: try again later",
    ServiceUnreachable: "The image service cannot be reached: check OPENAI_BASE_URL and the network",
    ServiceLost: "The image service failed, or gave no whole answer",
    BadAnswer: "The image service gave an answer that cannot be used",
    OwnerMustAct: "The image service does not accept this key or account: look after key, money and rights",
    ModelGone: "The image service does not have this model: «easel api models» lists what there is",
    RouteMissing: "The image service does not offer this",
    RequestRejected: "The image service does not take this request as it is",
    ImageServiceError: "The image service failed",
}


class NotKept(BotError):
    """The disk does not take what the service gave."""


def line_of(error: BotError, *, may_be_billed: bool | None = None) -> str:
    """`may_be_billed`: None where the money is not worth a word, since nothing was sent or it is free."""
    detail = f" ({error.detail.rstrip('.')})" if error.detail else ""
    line = f"{_sentence(error)}{detail}."
    if may_be_billed is None:
        return line
    return f"{line} {MAYBE_BILLED if may_be_billed else NOT_BILLED}"


def _sentence(error: BotError) -> str:
    if isinstance(error, ContentRefused):
        return f"The image service refused this for {in_plain_words(error.categories)}"
    known = (sentence for kind, sentence in _SENTENCES.items() if isinstance(error, kind))
    return next(known, str(error).rstrip("."))
