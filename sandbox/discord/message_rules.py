"""From a request's body to the body of a message, checked as Discord checks it (Discord: Create and Edit Message)."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sandbox.discord.cdn import Cdn, clean_filename
from sandbox.discord.components import ComponentCheck
from sandbox.discord.embeds import check_embeds
from sandbox.discord.errors import ApiError, FormCheck, Refusal
from sandbox.discord.mentions import check_allowed_mentions
from sandbox.discord.message import Attachment, Body, MessageFlag, Pinged
from sandbox.discord.wire import Json, Uploaded

CONTENT_MAX_CHARS = 2000
ATTACHMENTS_MAX = 10
ALT_TEXT_MAX_CHARS = 1024
FILENAME_MAX_CHARS = 1024
NEW_FLAGS = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.COMPONENTS_V2
EDIT_FLAGS = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.COMPONENTS_V2

Ping = Callable[[Body, Json | None], Pinged]


@dataclass(frozen=True, slots=True)
class Files:
    """What `attachments` and the uploads of a request come to: what stays, what is new, what goes."""

    kept: list[Attachment] = field(default_factory=list)
    new: list[tuple[Uploaded, Json]] = field(default_factory=list)
    removed: list[Attachment] = field(default_factory=list)

    def names(self) -> set[str]:
        added = {clean_filename(entry.get("filename") or upload.filename) for upload, entry in self.new}
        return added | {attachment.filename for attachment in self.kept}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message will be: how large a file may be there, and whom its words call there."""

    channel_id: int
    limit_bytes: int
    ping: Ping
    settable: MessageFlag = NEW_FLAGS
    is_ephemeral: bool = False


class MessageRules:
    """Checks bodies, and makes attachments of the files that pass."""

    def __init__(self, cdn: Cdn) -> None:
        self._cdn = cdn

    async def new_body(self, payload: Json, uploads: tuple[Uploaded, ...], place: Place) -> Body:
        """Raises ApiError; then no upload becomes an attachment."""
        return await self._apply(payload, uploads, Body(), place, recount=True)

    async def edited_body(self, payload: Json, uploads: tuple[Uploaded, ...], before: Body, place: Place) -> Body:
        """What is absent from the payload stays; attachments that its `attachments` does not list go."""
        recount = bool({"content", "components"} & payload.keys())
        return await self._apply(payload, uploads, before, replace(place, settable=EDIT_FLAGS), recount=recount)

    async def _apply(
        self, payload: Json, uploads: tuple[Uploaded, ...], before: Body, place: Place, *, recount: bool
    ) -> Body:
        files = check_files(payload, uploads, before, place.limit_bytes)
        body = _checked(payload, before, files, place.settable)
        _check_words(body, payload, files)
        if recount:
            body.pinged = place.ping(body, payload.get("allowed_mentions"))
        body.attachments = list(files.kept)
        for upload, entry in files.new:
            kept = await self._cdn.keep(
                upload,
                channel_id=place.channel_id,
                filename=entry.get("filename"),
                description=entry.get("description"),
                ephemeral=place.is_ephemeral,
            )
            body.attachments.append(kept)
        for attachment in files.removed:
            await self._cdn.replace(attachment)
        return body


def check_files(payload: Json, uploads: tuple[Uploaded, ...], before: Body, limit_bytes: int) -> Files:
    """Raises ApiError: a file too large, too many of them, an entry for a file that is neither kept nor sent."""
    if any(upload.size_bytes > limit_bytes for upload in uploads):
        raise ApiError(Refusal.TOO_LARGE)
    listed = payload.get("attachments")
    form = FormCheck()
    if listed is None:
        files = Files(kept=list(before.attachments), new=[(upload, {}) for upload in uploads])
    else:
        files = _listed_files(form, form.count("attachments", listed, most=ATTACHMENTS_MAX), uploads, before)
    if len(files.kept) + len(files.new) > ATTACHMENTS_MAX:
        form.fail("attachments", "BASE_TYPE_MAX_LENGTH", f"Must be {ATTACHMENTS_MAX} or fewer in length.")
    form.done()
    return files


def _listed_files(form: FormCheck, listed: list[Json], uploads: tuple[Uploaded, ...], before: Body) -> Files:
    sent = {str(upload.number): upload for upload in uploads}
    there = {str(attachment.id): attachment for attachment in before.attachments}
    files = Files()
    for number, entry in enumerate(listed):
        form.optional_text(f"attachments.{number}.description", entry.get("description"), most=ALT_TEXT_MAX_CHARS)
        form.optional_text(f"attachments.{number}.filename", entry.get("filename"), least=1, most=FILENAME_MAX_CHARS)
        attachment_id = str(entry.get("id"))
        if attachment_id in there:
            kept = there[attachment_id]
            files.kept.append(replace(kept, description=entry.get("description", kept.description)))
        elif attachment_id in sent:
            files.new.append((sent[attachment_id], entry))
        else:
            form.fail(f"attachments.{number}.id", "ATTACHMENT_NOT_FOUND", "The referenced attachment was not found")
    kept_ids = {attachment.id for attachment in files.kept}
    files.removed.extend(attachment for attachment in before.attachments if attachment.id not in kept_ids)
    return files


def _checked(payload: Json, before: Body, files: Files, settable: MessageFlag) -> Body:
    form = FormCheck()
    form.optional_text("content", payload.get("content"), most=CONTENT_MAX_CHARS)
    check_allowed_mentions(form, payload.get("allowed_mentions") or {})
    flags = before.flags & ~MessageFlag.LOADING | MessageFlag(int(payload.get("flags") or 0)) & settable
    body = replace(before, flags=flags)
    if "content" in payload:
        body.content = (payload["content"] or "").strip()
    if "embeds" in payload:
        body.embeds = check_embeds(form, payload["embeds"] or [], files.names())
    if "components" in payload:
        is_v2 = MessageFlag.COMPONENTS_V2 in flags
        body.components = ComponentCheck(form, files.names()).message(payload["components"] or [], v2=is_v2)
    form.done()
    return body


def _check_words(body: Body, payload: Json, files: Files) -> None:
    """A message must hold something, and one of Components V2 nothing but components."""
    form = FormCheck()
    if MessageFlag.COMPONENTS_V2 in body.flags:
        for name in ("content", "embeds"):
            if getattr(body, name):
                form.fail(
                    name,
                    "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                    f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
                )
    form.done()
    is_empty = not (body.content or body.embeds or body.components or files.kept or files.new)
    if is_empty and not payload.get("sticker_ids"):
        raise ApiError(Refusal.EMPTY_MESSAGE)
