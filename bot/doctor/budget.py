"""The owner's money: how today's budget stands, and which models it leaves out."""

from collections.abc import Sequence
from datetime import datetime

from bot.clock import day_number
from bot.doctor.findings import Finding, Mark
from bot.errors import StoreError
from bot.home import DATABASE
from bot.image_api.calls.cost import knows_cost
from bot.image_api.catalogue.facts import ModelFacts
from bot.model import Endpoint
from bot.settings import Settings
from bot.store.balances import Balance, Scope
from bot.store.inspection import standing
from bot.ui.text import dollars

NAMES_SHOWN = 5


def of_budget(settings: Settings, now: datetime, models: Sequence[ModelFacts]) -> list[Finding]:
    """Reads the file, so it blocks. `models` are those that can paint from words."""
    try:
        today = _today(settings, now)
    except StoreError as error:
        return [Finding(Mark.WARN, "budget", f"what was spent today cannot be read: {error}")]
    if settings.budget_microusd is None:
        spent = f"{dollars(today.charged_microusd)} spent today, as far as it is known"
        return [Finding(Mark.OK, "budget", f"none (BUDGET_USD_PER_DAY); {spent}")]
    return [_of_today(settings.budget_microusd, today), *_of_models(models)]


def _today(settings: Settings, now: datetime) -> Balance:
    path = settings.data_dir / DATABASE
    return standing(path, Scope.bot(day_number(now))) if path.is_file() else Balance()


def _of_today(budget_microusd: int, today: Balance) -> Finding:
    left = max(0, budget_microusd - today.charged_microusd - today.reserved_microusd)
    text = (
        f"{dollars(budget_microusd)} a day: {dollars(today.charged_microusd)} spent, "
        f"{dollars(today.reserved_microusd)} reserved, {dollars(left)} left today"
    )
    if not left:
        return Finding(Mark.WARN, "budget", text, "raise BUDGET_USD_PER_DAY, or wait until midnight UTC")
    return Finding(Mark.OK, "budget", text)


def _of_models(models: Sequence[ModelFacts]) -> list[Finding]:
    unpriced = [model.id for model in models if not knows_cost(model, Endpoint.GENERATIONS)]
    if not unpriced:
        return []
    more = f" and {len(unpriced) - NAMES_SHOWN} more" if len(unpriced) > NAMES_SHOWN else ""
    names = f"{', '.join(unpriced[:NAMES_SHOWN])}{more}"
    advice = "give their price in MODELS_FILE"
    if len(unpriced) == len(models):
        text = f"no model has a known price, so every request is refused ({names})"
        return [Finding(Mark.FAIL, "budget", text, f"{advice}, or leave BUDGET_USD_PER_DAY empty")]
    text = f"{len(unpriced)} of {len(models)} models have no known price and are refused: {names}"
    return [Finding(Mark.WARN, "budget", text, f"{advice}, or let members use the others")]
