"""Strict reading of one call's fields: wrong types and values are refused in OpenAI's words."""

from collections.abc import Collection, Sequence

from sandbox.image_api.errors import (
    ApiError,
    invalid_value,
    missing,
    unknown_parameter,
    unsupported_value,
    wrong_type,
)
from sandbox.image_api.forms import Form


class Fields:
    """The values of a body. A field that is sent must be right: null is not a value, and text is no number in JSON."""

    def __init__(self, form: Form) -> None:
        self._values = form.fields
        self._is_multipart = form.is_multipart

    def allow_only(self, names: Collection[str]) -> None:
        for name in self._values:
            if name not in names:
                raise unknown_parameter(name)

    def text(self, name: str, *, max_chars: int) -> str | None:
        """None where the field was left out."""
        if name not in self._values:
            return None
        value = self._values[name]
        if not isinstance(value, str):
            raise wrong_type(name, "a string", value)
        if len(value) > max_chars:
            raise ApiError(
                400,
                f"Invalid '{name}': string too long. Expected a string with maximum length {max_chars}, "
                f"but got a string with length {len(value)} instead.",
                param=name,
                code="string_above_max_length",
            )
        return value

    def required_text(self, name: str, *, max_chars: int) -> str:
        value = self.text(name, max_chars=max_chars)
        if value is None:
            raise missing(name)
        if not value.strip():
            raise invalid_value(name, f"Invalid '{name}': empty string. Expected a string with minimum length 1.")
        return value

    def choice(self, name: str, choices: Sequence[str], *, default: str) -> str:
        value = self.text(name, max_chars=1000)
        if value is None:
            return default
        if value not in choices:
            raise unsupported_value(name, value, choices)
        return value

    def integer(self, name: str, *, least: int, most: int, default: int) -> int:
        if name not in self._values:
            return default
        value = self._values[name]
        if self._is_multipart and value.removeprefix("-").isdecimal():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise wrong_type(name, "an integer", value)
        if not least <= value <= most:
            raise invalid_value(
                name, f"Invalid '{name}': expected a value between {least} and {most}, but got {value} instead."
            )
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        if name not in self._values:
            return default
        value = self._values[name]
        if self._is_multipart and value in ("true", "false"):
            value = value == "true"
        if not isinstance(value, bool):
            raise wrong_type(name, "a boolean", value)
        return value
