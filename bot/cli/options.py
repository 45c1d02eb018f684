"""Options that several commands have, said once, and how a command takes many of them as one."""

import inspect
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Annotated, Any

import typer

THE_PICTURE, THE_REQUEST = "The picture", "The request"
THE_SERVICE, THE_OUTPUT = "The service", "Files and output"


def option(flags: str, text: str, panel: str, **rules: Any) -> Any:  # noqa: ANN401 -- typer's own
    return typer.Option(*flags.split(), help=text, rich_help_panel=panel, **rules)


Json = Annotated[bool, option("--json", "Print one JSON object instead of lines.", THE_OUTPUT)]
Follow = Annotated[
    bool,
    option("--follow", "Follow redirects, ten at most. The key never goes to another host.", THE_SERVICE),
]
ConnectTimeout = Annotated[
    int | None,
    option(
        "--connect-timeout-ms",
        "Time to connect; 0 = no limit. Default: IMAGE_CONNECT_TIMEOUT_MS.",
        THE_SERVICE,
        metavar="MS",
        min=0,
    ),
]
ReadTimeout = Annotated[
    int | None,
    option(
        "--read-timeout-ms",
        "Longest silence of the service; 0 = no limit. Default: IMAGE_READ_TIMEOUT_MS.",
        THE_SERVICE,
        metavar="MS",
        min=0,
    ),
]


def with_options(kind: type[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command every field of a dataclass as an option; it takes them together, as `options`.

    typer reads the options from the signature, so that is where they are put.
    """
    shared = [
        inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default, annotation=each.type)
        for each in fields(kind)
    ]
    names = {each.name for each in shared}

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command)
        own = [parameter for name, parameter in signature.parameters.items() if name != "options"]

        @wraps(command)
        def run(**values: Any) -> None:  # noqa: ANN401 -- what typer read
            options = kind(**{name: value for name, value in values.items() if name in names})
            command(**{name: value for name, value in values.items() if name not in names}, options=options)

        run.__signature__ = signature.replace(parameters=[*own, *shared])  # type: ignore[attr-defined]
        return run

    return decorate
