"""Letters that look like Latin ones, so that a word cannot hide from moderation behind foreign letters."""

import re
import unicodedata

# Cyrillic, then Greek, then a few others, each before the Latin letter that most fonts draw alike
# (after Unicode Technical Standard #39, confusables).
_PAIRS = (
    "\u0430a \u0435e \u043eo \u0440p \u0441c \u0443y \u0445x \u0456i \u0457i \u0458j \u0455s \u04bbh \u0501d \u051bq "
    "\u051dw \u0475v \u0451e \u0432b \u043ak \u043cm \u043dh \u0442t \u043fn \u0438u \u0433r \u0410A \u0412B \u0415E "
    "\u0401E \u041aK \u041cM \u041dH \u041eO \u0420P \u0421C \u0422T \u0423Y \u0425X \u0406I \u0408J \u0405S \u051cW "
    "\u03b1a \u03b2b \u03b3y \u03b5e \u03b7n \u03b9i \u03bak \u03bcu \u03bdv \u03bfo \u03c1p \u03c3o \u03c4t \u03c5u "
    "\u03c7x \u03c9w \u0391A \u0392B \u0395E \u0396Z \u0397H \u0399I \u039aK \u039cM \u039dN \u039fO \u03a1P \u03a4T "
    "\u03a5Y \u03a7X "
    "\u0585o \u0578n \u057du \u0131i \u0251a \u0261g "
)
_LATIN = {ord(pair[0]): pair[1] for pair in _PAIRS.split()}

_WORD = re.compile("(?:[^\\W\\d_]|[\u0300-\u036f])+")
_MARKS = re.compile("(?<=[a-zA-Z])[\u0300-\u036f]+")


def plain_letters(text: str) -> str:
    """The text without invisible characters and disguised letters; the same text where there is nothing of that kind.

    Foreign letters are replaced only in words that also have Latin ones: Russian and Greek stay as they are.
    """
    seen = "".join(mark for mark in unicodedata.normalize("NFKC", text) if unicodedata.category(mark) != "Cf")
    return _WORD.sub(_plain_word, seen)


def _plain_word(match: re.Match[str]) -> str:
    word = match[0]
    if not re.search("[a-zA-Z]", word):
        return word
    return _MARKS.sub("", word.translate(_LATIN))
