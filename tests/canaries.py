"""Secrets that are known wherever they turn up, and the search for them when a world closes.

Every world of the tests runs with these keys and tokens. None of them has a form that the log's redaction knows by
itself, so that only what is really kept secret stays out of sight.
"""

import logging
import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.log import Redaction
from sandbox.discord.server import FakeDiscord
from sandbox.image_api.server import FakeImageApi

TOKEN = "canary.of.the.bot.5fd0c1e7"
KEY = "canary.of.the.pictures.90ab3d12"
MODERATION_KEY = "canary.of.the.moderations.c47e21bb"
SECRETS = {"DISCORD_TOKEN": TOKEN, "OPENAI_API_KEY": KEY, "MODERATION_API_KEY": MODERATION_KEY}

OURS = ("bot", "cogs")
LIBRARIES = ("discord", "aiohttp", "asyncio", "aiosqlite", "PIL")
SHORTEST_SECRET_CHARS = 8
WORDS_CHARS = 12  # a piece of a prompt that does not stand in a log line by chance
PLANTS = "plants_a_leak"  # the mark of those tests that show that a leak is found
SIGNED = re.compile(r"[?&](?:ex|is|hm)=(?!\[hidden\])\w")


class Leak(AssertionError):
    """A secret, or a member's words, stand where they must not. Says where, and shows a little of what is around."""


class Overhearing(logging.Handler):
    """What the bot logs in this process: our own lines as they are, those of libraries as the bot would write them."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self._bare, self._hidden = logging.Formatter("%(name)s %(message)s"), Redaction([TOKEN, KEY], "text")

    def emit(self, record: logging.LogRecord) -> None:
        is_ours = record.name.partition(".")[0] in OURS
        self.lines.append((self._bare if is_ours else self._hidden).format(record))


@contextmanager
def overheard() -> Iterator[Overhearing]:
    """Listen to everything the bot would log at DEBUG, as `bot.log.configure` sets it up."""
    ears = Overhearing()
    levels = dict.fromkeys(OURS, logging.DEBUG) | dict.fromkeys(LIBRARIES, logging.INFO)
    loggers = [(logging.getLogger(name), level) for name, level in levels.items()]
    before = [logger.level for logger, _ in loggers]
    for logger, level in loggers:
        logger.addHandler(ears)
        logger.setLevel(level)
    try:
        yield ears
    finally:
        for (logger, _), level in zip(loggers, before, strict=True):
            logger.removeHandler(ears)
            logger.setLevel(level)


@dataclass
class Search:
    """What a world has kept secret, and the places where it is looked for."""

    secrets: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, discord: FakeDiscord, others: Mapping[str, str]) -> "Search":
        """The keys, every interaction's token, and everything that members have typed."""
        tokens = {f"token of interaction {each.id}": each.token for each in discord.interactions.by_token.values()}
        keys = {name: secret for name, secret in others.items() if len(secret) >= SHORTEST_SECRET_CHARS}
        return cls(SECRETS | keys | tokens, {piece: piece for typed in typed_words(discord) for piece in pieces(typed)})

    def logs(self, where: str, text: str) -> None:
        self.output(where, text)
        self._look(where, text, self.words)
        if found := SIGNED.search(text):
            raise Leak(f"a signed link in {where}: …{_around(text, found.start())}…")

    def output(self, where: str, text: str) -> None:
        self._look(where, text, self.secrets)

    def screens(self, discord: FakeDiscord) -> None:
        """Everything that anybody has seen of the bot: each version of each message, modals, suggestions."""
        for channel in discord.world.messages.values():
            for message in channel.values():
                if message.author_id == discord.world.bot.id:
                    self.output(f"message {message.id}", _text(message.versions))
        for asked in discord.interactions.by_token.values():
            self.output(f"the answer to interaction {asked.id}", _text([asked.modal, asked.choices]))

    def wires(self, discord: FakeDiscord, images: FakeImageApi) -> None:
        """Discord is not told the keys, nor the image service anything of Discord's."""
        of_services = {name: secret for name, secret in self.secrets.items() if "KEY" in name}
        of_discord = {name: secret for name, secret in self.secrets.items() if "KEY" not in name}
        for asked in discord.requests:
            self._look(f"{asked.method} to Discord", asked.path + _text(asked.json), of_services)
        for heard in images.requests:
            self._look(f"{heard.method} to the image service", _text([heard.path, *heard.headers.items()]), of_discord)
            self._look(f"{heard.method} to the image service", _text(heard.fields), of_discord)

    def disk(self, folder: Path) -> None:
        """No key is ever on the disk. Tokens of interactions are, while their job needs them: test_logs.py."""
        for file in folder.rglob("*") if folder.is_dir() else ():
            if file.is_file():
                self._look(f"{file.name} on the disk", file.read_bytes().decode("latin-1"), SECRETS)

    @staticmethod
    def _look(where: str, text: str, secrets: Mapping[str, str]) -> None:
        for name, secret in secrets.items():
            if (at := text.find(secret)) >= 0:
                raise Leak(f"{name} in {where}: …{_around(text, at)}…")


def typed_words(discord: FakeDiscord) -> Iterator[str]:
    """Prompts, what was written into modals, and messages of people."""
    for asked in discord.interactions.by_token.values():
        yield from _typed_in(asked.data)
    for channel in discord.world.messages.values():
        yield from (each.body.content for each in channel.values() if each.author_id != discord.world.bot.id)


def _typed_in(data: Mapping[str, Any]) -> Iterator[str]:
    for option in [*(data.get("options") or ()), *(data.get("components") or ())]:
        is_typed = option.get("name") == "prompt" or "custom_id" in option
        if is_typed and isinstance(option.get("value"), str):
            yield option["value"]
        yield from _typed_in(option)
        yield from _typed_in({"components": [option["component"]]} if option.get("component") else {})


def pieces(typed: str) -> Iterable[str]:
    """A text in pieces, each long enough to be told from a log's own words."""
    return (typed[at : at + WORDS_CHARS] for at in range(0, len(typed) - WORDS_CHARS + 1, WORDS_CHARS))


def _text(shown: object) -> str:
    return orjson.dumps(shown, default=str).decode()


def _around(text: str, at: int) -> str:
    return text[max(0, at - 60) : at + 60]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that has passed fails after all when what it printed or logged holds one of the secrets."""
    del call
    report = yield
    if report.when == "teardown" and report.passed and item.get_closest_marker(PLANTS) is None:
        try:
            for title, text in report.sections:
                Search(SECRETS).output(title, text)
        except Leak as leak:
            report.outcome, report.longrepr = "failed", str(leak)
    return report
