"""Letters in disguise become what they look like; honest text stays as it is."""

import pytest

from bot.lookalikes import plain_letters


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("f\u043ex", "fox"),
        ("\u0420aris", "Paris"),
        ("fo\u200dx\ufeff", "fox"),
        ("\uff46\uff4f\uff58", "fox"),
        ("f\u0336o\u0336x\u0336", "fox"),
        ("\u03bfbey", "obey"),
        ("a \u043a\u043e\u0442 and a fo\u0445", "a \u043a\u043e\u0442 and a fox"),
    ],
)
def test_a_disguise_is_taken_off(text: str, plain: str) -> None:
    assert plain_letters(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a red fox, 100 % caf\u00e9",
        "\u043c\u043e\u0441\u043a\u0432\u0430 \u0437\u0438\u043c\u043e\u0439",
        "\u03b1\u03b8\u03ae\u03bd\u03b1",
        "\u05e2\u05d1\u05e8\u05d9\u05ea",
        "\u0928\u092e\u0938\u094d\u0924\u0947",
        "\U0001f98a",
    ],
)
def test_honest_text_stays_as_it_is(text: str) -> None:
    assert plain_letters(text) == text
