"""What people type: the grammar of replies, and prompts that only look like words."""

import pytest

from bot.errors import InvalidRequest
from bot.request import ImageRequest
from cogs.replies import Wish, read

ME = 1


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("vary", Wish()),
        ("Vary.", Wish(directions=".")),
        ("variation", Wish()),
        ("VARY 3", Wish(count=3)),
        ("vary\n2", Wish(count=2)),
        ("variations: 4", Wish(count=4)),
        ("vary 3 cats", Wish(count=3, directions="cats")),
        ("vary 0", Wish(count=0)),
        ("vary 12", Wish(count=12)),
        ("vary #2", Wish(picture=2)),
        ("vary 3 #2", Wish(count=3, picture=2)),
        ("vary #2 3 at night", Wish(count=3, picture=2, directions="at night")),
        ("vary at night", Wish(directions="at night")),
        ("more", Wish()),
        ("more 2", Wish(count=2)),
        ("again 2!", Wish(count=2)),
        ("<@1>", Wish()),
        ("<@!1>  again 2", Wish(count=2)),
        ("<@1>, vary 2", Wish(count=2)),
        ("<@1> more", Wish()),
        ("<@1> in winter", Wish(directions="in winter")),
        ("<@1> 3 owls", Wish(directions="3 owls")),
    ],
)
def test_a_reply_that_asks_for_variations_is_understood(words: str, wish: Wish) -> None:
    assert read(words, bot_id=ME) == wish


@pytest.mark.parametrize(
    ("words", "directions"),
    [
        ("vary 3/4 profile", "3/4 profile"),
        ("vary 16:9", "16:9"),
        ("vary 2.5 times darker", "2.5 times darker"),
        ("vary 50mm lens", "50mm lens"),
        ("vary 2nd version", "2nd version"),
        ("vary 50% darker", "50% darker"),
        ("vary 1024x1024", "1024x1024"),
        ("vary -3", "-3"),
        ("vary #2nd", "#2nd"),
        ("vary ²", "²"),
    ],
)
def test_a_number_that_is_part_of_the_directions_is_no_count(words: str, directions: str) -> None:
    assert read(words, bot_id=ME) == Wish(directions=directions)


@pytest.mark.parametrize(
    "words",
    [
        "varying shades",
        "vary2",
        "more -5",
        "more of a pear than an apple",
        "again please",
        "again and again",
        "hello <@1> vary",
        "<@2> vary",
        "/vary 2",
        "lovely!",
        "",
    ],
)
def test_conversation_is_no_wish(words: str) -> None:
    assert read(words, bot_id=ME) is None


INVISIBLE = {
    "Hangul filler": "\u3164",
    "half-width Hangul filler": "\uffa0",
    "Braille blank": "\u2800",
    "soft hyphen": "\u00ad",
    "Arabic letter mark": "\u061c",
    "a combining accent alone": "\u0301",
    "a variation selector alone": "\ufe0f",
    "a joiner alone": "\u200d",
    "tag letters": "\U000e0041\U000e0042",
    "a lone surrogate": "\ud800",
    "an unassigned private mark": "\ue000",
    "several at once": "\u3164 \u2800\u00ad \u200b",
}


@pytest.mark.parametrize("name", INVISIBLE)
def test_a_prompt_that_nobody_can_see_is_empty(name: str) -> None:
    with pytest.raises(InvalidRequest, match="the prompt is empty"):
        ImageRequest.imagine(INVISIBLE[name])


VISIBLE = {
    "words around what is invisible": ("a\u061c fox\u00ad in\ud800snow", "a fox in snow"),
    "a picture sign": ("\N{FOX FACE}", "\N{FOX FACE}"),
    "joined picture signs": ("\U0001f469\u200d\U0001f3a8", "\U0001f469\u200d\U0001f3a8"),
    "Persian with its joiner": (
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    ),
    "a digit": ("7", "7"),
}


@pytest.mark.parametrize("name", VISIBLE)
def test_a_prompt_that_can_be_seen_keeps_what_can_be_seen_of_it(name: str) -> None:
    typed, kept = VISIBLE[name]

    assert ImageRequest.imagine(typed).prompt == kept
