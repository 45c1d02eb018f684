"""Failures in OpenAI's words: a status, a JSON body, now and then a header."""

from collections.abc import Mapping, Sequence


class ApiError(Exception):
    """What a call is refused with; `body` is the error object of OpenAI's guide «Error codes».

    `about` is the model that is not there.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        details: Mapping[str, object] | None = None,
        about: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.param = param
        self.code = code
        self.details = details
        self.about = about

    @property
    def body(self) -> dict[str, object]:
        error: dict[str, object] = {
            "message": self.message,
            "type": self.kind,
            "param": self.param,
            "code": self.code,
        }
        if self.details is not None:
            error["moderation_details"] = dict(self.details)
        return {"error": error}


def no_key() -> ApiError:
    return ApiError(
        401,
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth "
        "(i.e. Authorization: Bearer YOUR_KEY).",
    )


def wrong_key(key: str) -> ApiError:
    """OpenAI shows the ends of the key it was given and hides the middle."""
    shown = f"{key[:8]}***{key[-4:]}" if len(key) > 16 else "***"
    return ApiError(401, f"Incorrect API key provided: {shown}.", code="invalid_api_key")


def unknown_model(model: str) -> ApiError:
    return ApiError(
        404,
        f"The model '{model}' does not exist or you do not have access to it.",
        code="model_not_found",
        about=model,
    )


def missing(param: str) -> ApiError:
    return ApiError(400, f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter")


def unknown_parameter(param: str) -> ApiError:
    return ApiError(400, f"Unknown parameter: '{param}'.", param=param, code="unknown_parameter")


def wrong_type(param: str, wanted: str, value: object) -> ApiError:
    got = "null" if value is None else f"a value of type {type(value).__name__}"
    return ApiError(
        400, f"Invalid type for '{param}': expected {wanted}, but got {got} instead.", param=param, code="invalid_type"
    )


def invalid_value(param: str, message: str) -> ApiError:
    return ApiError(400, message, param=param, code="invalid_value")


def unsupported_value(param: str, value: object, supported: Sequence[str]) -> ApiError:
    return invalid_value(param, f"Invalid value: '{value}'. Supported values are: {listed(supported)}.")


def bad_image(message: str, *, param: str = "image", code: str = "invalid_image_file") -> ApiError:
    return ApiError(400, message, kind="image_generation_user_error", param=param, code=code)


def moderation_blocked(categories: Sequence[str], *, stage: str = "input") -> ApiError:
    """The refusal of the safety system, with the details that newer models add."""
    return ApiError(
        400,
        "Your request was rejected by the safety system. If you believe this is an error, contact us at "
        f"help.openai.com. safety_violations=[{', '.join(categories)}].",
        kind="image_generation_user_error",
        code="moderation_blocked",
        details={"moderation_stage": stage, "categories": list(categories)},
    )


def listed(values: Sequence[str]) -> str:
    """'a', 'b', and 'c'."""
    quoted = [f"'{value}'" for value in values]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])}, and {quoted[-1]}"
