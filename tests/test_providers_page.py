"""The page of image services says what the records say, and what it tells owners to write starts a bot."""

import re
from pathlib import Path

import pytest

from bot.image_api.dialects.addresses import told_by
from bot.image_api.dialects.dialect import Dialect, Route
from bot.image_api.dialects.records import COMPATIBLE, DIALECTS
from bot.outside import moderation_service, painting_service
from bot.settings import Settings

PAGE = Path(__file__).resolve().parent.parent / "docs" / "providers.md"


def rows() -> dict[str, list[str]]:
    """The cells of the table by service."""
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {title: others for title, *others in cells[1:]}


def blocks() -> dict[str, str]:
    """What to write into `.env`, by service."""
    return dict(re.findall(r"^### ([^\n]+)\n\n```ini\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL))


def cell(dialect: Dialect, route: Route) -> str:
    if route in dialect.unsure:
        return "?"
    return "yes" if route in dialect.routes else "no"


def test_the_table_names_every_service_once() -> None:
    assert sorted(rows()) == sorted(dialect.title for dialect in DIALECTS.values())


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
def test_a_row_of_the_table_says_what_the_record_says(dialect: Dialect) -> None:
    name, *said = rows()[dialect.title]

    assert name == f"`{dialect.name}`"
    assert said == [*(cell(dialect, route) for route in Route), "yes" if dialect.streams else "no"]


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
def test_what_the_page_tells_to_write_is_enough_and_nothing_is_too_much(
    dialect: Dialect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    block = blocks()["Anything else" if dialect is COMPATIBLE else dialect.title]
    (tmp_path / ".env").write_text(f"DISCORD_TOKEN=token\n{block}")

    settings = Settings.load(tmp_path / ".env")

    service, checking = painting_service(settings), moderation_service(settings)
    assert service.dialect is dialect
    assert Route.MODERATIONS in checking.dialect.routes
    assert (settings.image_dialect is None) == (told_by(settings.openai_base_url) is dialect)
    needs_another = Route.MODERATIONS not in dialect.routes - dialect.unsure
    assert (settings.moderation_base_url is not None) == needs_another or dialect is COMPATIBLE
    assert service.callable_model == ("DEPLOYMENT" if dialect.has_deployments else None)
