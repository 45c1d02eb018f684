"""A line at the prompt becomes what Discord's client would send."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.discord.default_world import default_world
from sandbox.discord.seen import ClientRefused
from sandbox.discord.world import Person, Role
from sandbox.terminal.typed import Values, read
from sandbox.terminal.usage import usage

IMAGINE: dict[str, Any] = {
    "name": "imagine",
    "type": 1,
    "description": "Paint",
    "options": [
        {"type": 3, "name": "prompt", "required": True},
        {"type": 4, "name": "count"},
        {"type": 5, "name": "private"},
        {"type": 11, "name": "image"},
    ],
}
SET = {
    "type": 1,
    "name": "set",
    "description": "Set",
    "options": [{"type": 6, "name": "user"}, {"type": 8, "name": "role"}],
}
ADMIN: dict[str, Any] = {
    "name": "admin",
    "type": 1,
    "options": [{"type": 2, "name": "quota", "options": [SET, {"type": 1, "name": "show", "description": "See"}]}],
}


def typed(line: str, command: dict[str, Any] = IMAGINE) -> tuple[str, dict[str, Any]]:
    world = default_world()
    found = read(line, command)
    return found.command, Values(world, world.channel("general")).of(found)


def test_words_without_a_name_are_the_first_option() -> None:
    assert typed("/imagine a fox in the snow count:2") == ("imagine", {"prompt": "a fox in the snow", "count": 2})


def test_options_come_in_any_order_and_run_to_the_next_name() -> None:
    assert typed("/imagine count:2 prompt:a fox: red") == ("imagine", {"count": 2, "prompt": "a fox: red"})


def test_a_name_in_the_middle_of_a_word_is_no_option() -> None:
    assert typed("/imagine a discount:2 sign") == ("imagine", {"prompt": "a discount:2 sign"})


def test_a_command_without_options_is_only_its_name() -> None:
    assert typed("/imagine") == ("imagine", {})
    assert typed("/admin quota show", ADMIN) == ("admin quota show", {})


def test_people_and_roles_are_found_by_name() -> None:
    command, values = typed("/admin quota set user:@ben role:patron", ADMIN)

    assert command == "admin quota set"
    assert isinstance(values["user"], Person)
    assert values["user"].name == "Ben"
    assert isinstance(values["role"], Role)


@pytest.mark.parametrize(("word", "truth"), [("true", True), ("Yes", True), ("off", False)])
def test_yes_and_no_have_several_names(word: str, truth: bool) -> None:
    assert typed(f"/imagine x private:{word}")[1]["private"] is truth


def test_a_file_is_read_from_the_disk(tmp_path: Path) -> None:
    (tmp_path / "my cat.png").write_bytes(b"meow")

    upload = typed(f"/imagine x image:{tmp_path}/my cat.png")[1]["image"]

    assert (upload.filename, upload.data) == ("my cat.png", b"meow")


@pytest.mark.parametrize(
    ("line", "command", "words"),
    [
        ("/imagine x count:two", IMAGINE, "'two' is no number"),
        ("/imagine x private:maybe", IMAGINE, "say true or false"),
        ("/imagine x image:no-such-file.png", IMAGINE, "cannot read the file"),
        ("/admin quota set user:Zoe", ADMIN, "there is no person 'Zoe'"),
        ("/admin quota show me", ADMIN, "'me' is too much here"),
    ],
)
def test_what_does_not_fit_is_said_in_words(line: str, command: dict[str, Any], words: str) -> None:
    with pytest.raises(ClientRefused, match=words):
        typed(line, command)


def test_help_shows_how_each_command_is_typed() -> None:
    assert usage([IMAGINE, ADMIN, {"name": "Vary image", "type": 3}]) == [
        ("/imagine prompt [count] [private] [image]", "Paint"),
        ("/admin quota set [user] [role]", "Set"),
        ("/admin quota show", "See"),
    ]
