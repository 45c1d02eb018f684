"""What an embed may hold (Discord: Message Resource, Embed Limits; Reference, Using Attachments within Embeds)."""

from pathlib import PurePosixPath

from sandbox.discord.errors import FormCheck
from sandbox.discord.wire import Json

EMBEDS_MAX = 10
ALL_EMBEDS_MAX_CHARS = 6000
PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif")
ATTACHED = "attachment://"


def check_embeds(form: FormCheck, embeds: object, filenames: set[str]) -> list[Json]:
    """The embeds as they are kept. `filenames` are the attachments that `attachment://` may name."""
    listed = form.count("embeds", embeds, most=EMBEDS_MAX)
    for number, embed in enumerate(listed):
        _check_embed(form, f"embeds.{number}", embed, filenames)
    if sum(_chars(embed) for embed in listed) > ALL_EMBEDS_MAX_CHARS:
        form.fail("embeds", "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {ALL_EMBEDS_MAX_CHARS}")
    return [{**embed, "type": "rich"} for embed in listed]


def claimed_filenames(embeds: list[Json]) -> set[str]:
    """Attachments that an embed shows; Discord then no longer lists them beside the message."""
    urls = [media["url"] for embed in embeds for media in _media(embed).values()]
    return {url.removeprefix(ATTACHED) for url in urls if url.startswith(ATTACHED)}


def _check_embed(form: FormCheck, path: str, embed: Json, filenames: set[str]) -> None:
    form.optional_text(f"{path}.title", embed.get("title"), most=256)
    form.optional_text(f"{path}.description", embed.get("description"), most=4096)
    form.optional_text(f"{path}.footer.text", (embed.get("footer") or {}).get("text"), most=2048)
    form.optional_text(f"{path}.author.name", (embed.get("author") or {}).get("name"), most=256)
    form.whole(f"{path}.color", embed.get("color"), least=0, most=0xFFFFFF)
    for number, field in enumerate(form.count(f"{path}.fields", embed.get("fields") or [], most=25)):
        form.text(f"{path}.fields.{number}.name", field.get("name"), least=1, most=256)
        form.text(f"{path}.fields.{number}.value", field.get("value"), least=1, most=1024)
    for name, media in _media(embed).items():
        check_url(form, f"{path}.{name}.url", media.get("url"), filenames, pictures_only=True)


def check_url(form: FormCheck, path: str, url: object, filenames: set[str], *, pictures_only: bool = False) -> None:
    """A web address, or the name of an attachment that is there."""
    if not isinstance(url, str):
        form.fail(path, "BASE_TYPE_REQUIRED", "This field is required")
    elif url.startswith(ATTACHED):
        name = url.removeprefix(ATTACHED)
        if name not in filenames:
            form.fail(path, "ATTACHMENT_NOT_FOUND", "The referenced attachment was not found")
        elif pictures_only and PurePosixPath(name).suffix.lower() not in PICTURE_ENDINGS:
            form.fail(path, "ATTACHMENT_INVALID_TYPE", "The referenced attachment is not a picture")
    elif not url.startswith(("https://", "http://")) or len(url) > 2048:
        form.fail(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")


def _media(embed: Json) -> dict[str, Json]:
    return {name: embed[name] for name in ("image", "thumbnail") if (embed.get(name) or {}).get("url")}


def _chars(embed: Json) -> int:
    texts = [
        embed.get("title"),
        embed.get("description"),
        (embed.get("footer") or {}).get("text"),
        (embed.get("author") or {}).get("name"),
        *(field.get(part) for field in embed.get("fields") or [] for part in ("name", "value")),
    ]
    return sum(len(text) for text in texts if isinstance(text, str))
