"""Discord's markup on a terminal."""

import pytest

from sandbox.discord.default_world import default_world
from sandbox.terminal.markup import Markup, relative


def test_ids_become_names() -> None:
    world = default_world()
    ada, general = world.person("Ada"), world.channel("general")
    patron = next(role for role in world.guild("The Atelier").roles.values() if role.name == "Patron")
    link = f"https://discord.com/channels/{general.guild_id}/{general.id}/1"

    shown = Markup(world).text(f"<@{ada.id}> <@&{patron.id}> <#{general.id}> {link} <@5>").plain

    assert shown == "@Ada @Patron #general #general → the message @somebody"


def test_marks_become_styles_and_code_blocks_lines_behind_a_bar() -> None:
    shown = Markup(default_world()).text("**2 left** `x`\n```\na *fox*\n<@5>\n```-# small")

    assert shown.plain == "2 left x\n│ a *fox*\n│ <@5>\nsmall"
    assert {str(span.style) for span in shown.spans} >= {"bold", "yellow", "italic", "dim"}


def test_times_are_told_from_now() -> None:
    world = default_world()
    now_s = world.clock.now_ms() // 1000

    assert Markup(world).text(f"Refills <t:{now_s + 7201}:R>.").plain == "Refills in 2 hours."
    assert Markup(world).text("<t:0:t>").plain == "00:00 UTC"


@pytest.mark.parametrize(
    ("ahead_s", "words"),
    [(0, "now"), (-1, "1 second ago"), (60, "in 1 minute"), (-5400, "2 hours ago"), (3 * 86_400, "in 3 days")],
)
def test_time_is_counted_as_discord_does(ahead_s: int, words: str) -> None:
    assert relative(ahead_s) == words
