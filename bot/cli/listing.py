"""`easel api models` and `model`: what the service has, and what is known of it."""

from collections.abc import Iterator
from functools import partial

from bot.cli.desk import Desk
from bot.cli.statuses import Status
from bot.image_api.catalogue.facts import ModelFacts
from bot.model import Endpoint
from bot.outside import Outside
from bot.request import Operation
from bot.ui.models import facts

WAYS = {Endpoint.GENERATIONS: "from words", Endpoint.EDITS: "edits", Endpoint.VARIATIONS: "variations"}
HEADINGS = ("MODEL", "PAINTS", "RETIRES")
GAP = "  "

Row = tuple[str, str, str]


def show_models(*, every: bool, as_json: bool) -> None:
    """Ends the process with its status."""
    desk = Desk(as_json=as_json)
    desk.run(partial(_models, desk, every))


async def _models(desk: Desk, every: bool, outside: Outside) -> Status:
    await outside.models.refresh()
    painters = {model.id: model for model in outside.models.all()}
    others = []
    if every:
        others = [model.id for model in await outside.api.models() if model.id not in painters]
    chosen = outside.models.default_or_none(Operation.IMAGINE)
    default = chosen.id if chosen else None
    if desk.as_json:
        shown = [_as_json(model) | {"is_default": model.id == default} for model in painters.values()]
        desk.show_json({"models": shown + [{"id": each, "endpoints": [], "is_default": False} for each in others]})
        return Status.DONE
    rows = [_row(model, is_default=model.id == default) for model in painters.values()]
    for line in _table([HEADINGS, *rows, *((each, "–", "") for each in others)]):
        desk.show_row(line)
    return Status.DONE


def _row(model: ModelFacts, *, is_default: bool) -> Row:
    return model.id, f"{_ways(model)} (default)" if is_default else _ways(model), _end(model)


def _ways(model: ModelFacts) -> str:
    return ", ".join(word for way, word in WAYS.items() if model.may_use(way))


def _end(model: ModelFacts) -> str:
    if model.retires_on is None:
        return ""
    then = f", then {' or '.join(model.replacements)}" if model.replacements else ""
    return f"{model.retires_on:%Y-%m-%d}{then}"


def _table(rows: list[Row]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        yield GAP.join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _as_json(model: ModelFacts) -> dict[str, object]:
    return {
        "id": model.id,
        "endpoints": [way for way in WAYS if model.may_use(way)],
        "retires_on": model.retires_on,
        "replacements": model.replacements,
    }


def show_model(model_id: str, *, as_json: bool) -> None:
    """Ends the process with its status."""
    desk = Desk(as_json=as_json)
    desk.run(partial(_model, desk, model_id))


async def _model(desk: Desk, model_id: str, outside: Outside) -> Status:
    listed = await outside.api.model(model_id)
    model = outside.catalogue.facts(listed) if outside.catalogue.may_paint(listed.id) else None
    if desk.as_json:
        desk.show_json({"id": listed.id, "retires_on": listed.retires_on, "facts": model})
        return Status.DONE
    if model is None:
        desk.show(f"{listed.id}: not for pictures")
        return Status.DONE
    desk.show(f"{model.id}: {_ways(model) or 'nothing is known of it'}")
    for fact in facts(model):
        desk.show(fact)
    if model.retires_on is not None:
        desk.show(f"Retires: {_end(model)}")
    return Status.DONE
