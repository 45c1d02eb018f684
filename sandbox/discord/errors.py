"""How Discord says no: status, code and words (Discord: Opcodes and Status Codes; Reference, Error Messages)."""

from enum import Enum

from sandbox.discord.wire import Json, Reply


class Refusal(Enum):
    """(HTTP status, JSON error code, message)."""

    UNAUTHORIZED = (401, 0, "401: Unauthorized")
    UNKNOWN_APPLICATION = (404, 10002, "Unknown Application")
    UNKNOWN_CHANNEL = (404, 10003, "Unknown Channel")
    UNKNOWN_GUILD = (404, 10004, "Unknown Guild")
    UNKNOWN_MEMBER = (404, 10007, "Unknown Member")
    UNKNOWN_MESSAGE = (404, 10008, "Unknown Message")
    UNKNOWN_USER = (404, 10013, "Unknown User")
    UNKNOWN_WEBHOOK = (404, 10015, "Unknown Webhook")
    UNKNOWN_INTERACTION = (404, 10062, "Unknown interaction")
    TOO_LARGE = (413, 40005, "Request entity too large")
    TOO_MANY_OLD_EDITS = (
        429,
        30046,
        "Maximum number of edits to messages older than 1 hour reached. Try again later",
    )
    ALREADY_ACKNOWLEDGED = (400, 40060, "Interaction has already been acknowledged.")
    MISSING_ACCESS = (403, 50001, "Missing Access")
    CANNOT_EDIT_OTHERS = (403, 50005, "Cannot edit a message authored by another user")
    EMPTY_MESSAGE = (400, 50006, "Cannot send an empty message")
    CANNOT_DIRECT_MESSAGE = (403, 50007, "Cannot send messages to this user")
    MISSING_PERMISSIONS = (403, 50013, "Missing Permissions")
    INVALID_WEBHOOK_TOKEN = (401, 50027, "Invalid Webhook Token")
    INVALID_FORM = (400, 50035, "Invalid Form Body")
    THREAD_LOCKED = (400, 50083, "Tried to perform an operation on an archived thread")
    INVALID_JSON = (400, 50109, "The request body contains invalid JSON.")
    NO_MUTUAL_GUILD = (403, 50278, "Cannot send messages to this user due to having no mutual guilds")
    BLOCKED_BY_AUTOMOD = (400, 200000, "Message was blocked by automatic moderation")
    HARMFUL_LINK = (400, 240000, "Message blocked by harmful links filter")
    NO_HISTORY_TO_REPLY = (400, 160002, "You cannot reply without permission to read message history.")


class ApiError(Exception):
    """Discord would refuse this request. `errors` names the fields of an invalid form."""

    def __init__(self, refusal: Refusal, errors: Json | None = None) -> None:
        self.refusal = refusal
        self.errors = errors
        super().__init__(f"{refusal.name}: {errors or refusal.value[2]}")

    def reply(self) -> Reply:
        status, code, message = self.refusal.value
        body: Json = {"message": message, "code": code}
        if self.errors:
            body["errors"] = self.errors
        return Reply(status, body)


class FormCheck:
    """Gathers what is wrong with a request's body, field by field, and raises it all at once with `done`."""

    def __init__(self) -> None:
        self._errors: Json = {}

    def fail(self, path: str, code: str, message: str) -> None:
        """`path` is dotted: `embeds.0.title`."""
        place = self._errors
        for part in path.split("."):
            place = place.setdefault(part, {})
        place.setdefault("_errors", []).append({"code": code, "message": message})

    def text(self, path: str, value: object, *, least: int = 0, most: int) -> None:
        """`value` must be a string of `least` to `most` characters."""
        if not isinstance(value, str):
            self.fail(path, "BASE_TYPE_REQUIRED", "This field is required")
        elif not least <= len(value) <= most:
            self.fail(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")

    def optional_text(self, path: str, value: object, *, least: int = 0, most: int) -> None:
        if value is not None:
            self.text(path, value, least=least, most=most)

    def count(self, path: str, value: object, *, least: int = 0, most: int) -> list[Json]:
        """`value` as a list of `least` to `most` objects; an empty list where it is not one."""
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.fail(path, "LIST_TYPE_CONVERT", "Only iterables of objects may be used here.")
            return []
        if not least <= len(value) <= most:
            self.fail(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
        return value

    def whole(self, path: str, value: object, *, least: int, most: int) -> None:
        if value is not None and (not isinstance(value, int) or not least <= value <= most):
            self.fail(path, "NUMBER_TYPE_MAX", f"int value should be between {least} and {most}.")

    def done(self) -> None:
        """Raises ApiError when anything failed."""
        if self._errors:
            raise ApiError(Refusal.INVALID_FORM, self._errors)
