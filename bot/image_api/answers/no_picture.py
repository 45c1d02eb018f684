"""What a success without a picture means. Pure, nothing here waits."""

from collections.abc import Mapping

from bot.errors import NOT_CHARGED, BadAnswer, ContentRefused, ImageServiceError

# Relays answer so for slow models, with a place to ask again; nobody documents one form for that.
_LATER = ("pending", "queued", "submitted", "processing", "in_progress", "running")
_PAINTS_LATER = (
    f"The image service paints with this model later and wants to be asked again, which I cannot do. "
    f"Pick another model: /models lists them. {NOT_CHARGED}"
)


def why_empty(answer: object) -> ImageServiceError:
    """The error that an answer without any picture means."""
    if not isinstance(answer, Mapping):
        return BadAnswer(detail="no picture")
    status = answer.get("status")
    if isinstance(status, str) and status.lower() in _LATER:
        return BadAnswer(_PAINTS_LATER, detail=f"no picture yet, status={status.lower()}")
    if _is_withheld(answer):
        return ContentRefused(
            detail="the service painted, and its moderation keeps the picture back", after_painting=True
        )
    return BadAnswer(detail="no picture")


def _is_withheld(answer: Mapping[str, object]) -> bool:
    """xAI: Image generation. A picture that its moderation stops comes as an empty entry with a mark."""
    entries = answer.get("data")
    found = entries if isinstance(entries, list) else []
    marked = any(isinstance(entry, Mapping) and entry.get("respect_moderation") is False for entry in found)
    return marked or bool(answer.get("block_reason"))
