"""What a command may be (Discord: Application Commands, Naming, Options, Limits)."""

import re
from collections import Counter
from enum import IntEnum

from sandbox.discord.errors import FormCheck
from sandbox.discord.wire import Json

NAME = re.compile(r"[-_'\w]{1,32}")
OPTIONS_MAX = 25
CHOICES_MAX = 25
COMMAND_MAX_CHARS = 8000
LONGEST_STRING = 6000
SAFE_INTEGER = 2**53


class CommandType(IntEnum):
    SLASH = 1
    USER_MENU = 2
    MESSAGE_MENU = 3


COMMANDS_MAX = {CommandType.SLASH: 100, CommandType.USER_MENU: 15, CommandType.MESSAGE_MENU: 15}


class OptionType(IntEnum):
    SUBCOMMAND = 1
    SUBCOMMAND_GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


WITH_CHOICES = {OptionType.STRING, OptionType.INTEGER, OptionType.NUMBER}


def check_commands(form: FormCheck, commands: list[Json]) -> None:
    """A whole set, as one bulk overwrite brings it."""
    for number, command in enumerate(commands):
        _check_command(form, str(number), command)
    for kind, most in COMMANDS_MAX.items():
        if sum(_type(command) is kind for command in commands) > most:
            form.fail("_", "APPLICATION_COMMANDS_TOO_MANY", f"Maximum number of application commands reached ({most}).")
    seen = Counter((_type(command), command.get("name")) for command in commands)
    for number, command in enumerate(commands):
        if seen[_type(command), command.get("name")] > 1:
            message = "Application command names must be unique"
            form.fail(f"{number}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", message)


def _type(command: Json) -> CommandType:
    return CommandType(command.get("type") or CommandType.SLASH)


def _check_command(form: FormCheck, path: str, command: Json) -> None:
    description = command.get("description") or ""
    if _type(command) is not CommandType.SLASH:
        form.text(f"{path}.name", command.get("name"), least=1, most=32)
        if description or command.get("options"):
            form.fail(f"{path}.description", "APPLICATION_COMMAND_INVALID", "Menu commands have no description.")
        return
    _check_name(form, f"{path}.name", command.get("name"))
    form.text(f"{path}.description", description, least=1, most=100)
    _check_localizations(form, path, command)
    _check_options(form, path, command.get("options") or [], depth=0)
    if _chars(command) > COMMAND_MAX_CHARS:
        message = f"Command exceeds maximum size ({COMMAND_MAX_CHARS})"
        form.fail(path, "APPLICATION_COMMAND_TOO_LARGE", message)


def _check_name(form: FormCheck, path: str, name: object) -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name) or name != name.lower():
        form.fail(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_localizations(form: FormCheck, path: str, item: Json) -> None:
    for locale, name in (item.get("name_localizations") or {}).items():
        _check_name(form, f"{path}.name_localizations.{locale}", name)
    for locale, text in (item.get("description_localizations") or {}).items():
        form.text(f"{path}.description_localizations.{locale}", text, least=1, most=100)


def _check_options(form: FormCheck, path: str, options: object, *, depth: int) -> None:
    listed = form.count(f"{path}.options", options, most=OPTIONS_MAX)
    names = Counter(option.get("name") for option in listed)
    is_optional_seen = False
    for number, option in enumerate(listed):
        place = f"{path}.options.{number}"
        _check_name(form, f"{place}.name", option.get("name"))
        form.text(f"{place}.description", option.get("description"), least=1, most=100)
        _check_localizations(form, place, option)
        if names[option.get("name")] > 1:
            form.fail(f"{place}.name", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists")
        if option.get("required") and is_optional_seen:
            message = "Required options must be placed before non-required options"
            form.fail(place, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        is_optional_seen = is_optional_seen or not option.get("required")
        _check_kind(form, place, option, depth)


def _check_kind(form: FormCheck, path: str, option: Json, depth: int) -> None:
    kind = option.get("type")
    if kind not in set(OptionType):
        form.fail(f"{path}.type", "BASE_TYPE_CHOICES", "Value must be one of 1 to 11.")
        return
    if kind in (OptionType.SUBCOMMAND, OptionType.SUBCOMMAND_GROUP):
        if depth > 1 or (depth == 1 and kind == OptionType.SUBCOMMAND_GROUP):
            form.fail(f"{path}.type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command nesting is too deep")
        _check_options(form, path, option.get("options") or [], depth=depth + 1)
        return
    if kind in WITH_CHOICES:
        _check_choices(form, path, option)
    if kind == OptionType.STRING:
        form.whole(f"{path}.min_length", option.get("min_length"), least=0, most=LONGEST_STRING)
        form.whole(f"{path}.max_length", option.get("max_length"), least=1, most=LONGEST_STRING)


def _check_choices(form: FormCheck, path: str, option: Json) -> None:
    choices = form.count(f"{path}.choices", option.get("choices") or [], most=CHOICES_MAX)
    if choices and option.get("autocomplete"):
        message = "Autocomplete cannot be used with choices"
        form.fail(path, "APPLICATION_COMMAND_OPTION_AUTOCOMPLETE_CHOICES", message)
    for number, choice in enumerate(choices):
        check_choice(form, f"{path}.choices.{number}", choice, OptionType(option["type"]))


def check_choice(form: FormCheck, path: str, choice: Json, kind: OptionType) -> None:
    """One offered value: of a command's option, or of an autocomplete answer."""
    form.text(f"{path}.name", choice.get("name"), least=1, most=100)
    value = choice.get("value")
    if kind is OptionType.STRING:
        form.text(f"{path}.value", value, most=100)
    elif not isinstance(value, int | float) or abs(value) > SAFE_INTEGER:
        form.fail(f"{path}.value", "NUMBER_TYPE_COERCE", "Value is not a number in the safe range.")


def _chars(item: Json) -> int:
    own = len(item.get("name") or "") + len(item.get("description") or "")
    choices = sum(len(str(choice.get("name"))) + len(str(choice.get("value"))) for choice in item.get("choices") or [])
    return own + choices + sum(_chars(option) for option in item.get("options") or [])
