"""The image service and moderation: do they answer, and with what."""

import asyncio
from collections.abc import Mapping
from datetime import date
from urllib.parse import urlsplit

from bot.app import NO_MODERATIONS
from bot.doctor.findings import Finding, Mark
from bot.errors import BotError, ImageServiceError, InvalidRequest, OwnerMustAct, RouteMissing
from bot.image_api.catalogue.catalogue import stays
from bot.image_api.catalogue.departures import Ending
from bot.image_api.catalogue.facts import ModelFacts
from bot.image_api.dialects.dialect import Dialect, Route
from bot.image_api.models import Models
from bot.moderation import Moderation
from bot.outside import Outside, painting_service
from bot.request import Operation
from bot.settings import Settings

ANSWER_LIMIT_S = 20.0
NAMES_SHOWN = 8


async def of_image_service(outside: Outside, settings: Settings, today: date) -> list[Finding]:
    host = _host(settings.openai_base_url)
    try:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            listed = {model.id for model in await outside.api.models()}
            await outside.models.refresh()
    except OwnerMustAct as error:
        advice = "check OPENAI_API_KEY, what it may do, and the account's balance"
        return [Finding(Mark.FAIL, "image service", f"{host} refuses this bot ({error.detail})", advice)]
    except RouteMissing as error:
        if settings.image_model is not None:
            return [Finding(Mark.WARN, "image service", f"{host} lists no models; IMAGE_MODEL is used unseen")]
        advice = "check OPENAI_BASE_URL; if it is right, set IMAGE_MODEL"
        return [Finding(Mark.FAIL, "image service", f"{host} has no list of models ({error.detail})", advice)]
    except (ImageServiceError, TimeoutError) as error:
        advice = "check OPENAI_BASE_URL and the network; until it answers, requests fail at no cost"
        return [Finding(Mark.FAIL, "image service", f"{host} does not answer ({_reason(error)})", advice)]
    kind = _kind(painting_service(settings).dialect)
    return _of_models(outside.models, f"{host} answers as {kind}", listed, settings.image_model, today)


def _kind(dialect: Dialect) -> str:
    """What kind of service it is taken for, and what that lacks."""
    lacks = [str(route) for route in dialect.lacks if route not in (Route.MODELS, Route.MODEL)]
    return f"{dialect.title}, without {' and '.join(lacks)}" if lacks else dialect.title


def _of_models(models: Models, answers: str, listed: set[str], preferred: str | None, today: date) -> list[Finding]:
    usable = models.usable(Operation.IMAGINE)
    if not usable:
        advice = "set IMAGE_MODEL, or use a key that may paint"
        return [Finding(Mark.FAIL, "image service", f"{answers}, but lists no model that paints", advice)]
    painting = [model for model in usable if model.id in listed]
    names = ", ".join(model.id for model in painting[:NAMES_SHOWN])
    more = f" and {len(painting) - NAMES_SHOWN} more" if len(painting) > NAMES_SHOWN else ""
    plural = "" if len(painting) == 1 else "s"
    findings = [Finding(Mark.OK, "image service", f"{answers}; {len(painting)} model{plural}: {names}{more}")]
    endings = {ending.model.id: ending for ending in models.endings()}
    findings.append(_default(models, preferred, endings))
    if preferred is not None and preferred not in listed and preferred not in endings:
        text = f"the service does not list IMAGE_MODEL ({preferred}); it is used all the same"
        findings.append(Finding(Mark.WARN, "models", text, "check its spelling, or leave IMAGE_MODEL empty"))
    findings += map(_ending, endings.values())
    findings += [_retiring(model, today) for model in painting if not stays(model, today) and model.id not in endings]
    try:
        models.default(Operation.VARY)
    except InvalidRequest:
        text = "none of them can vary pictures, so /vary refuses"
        findings.append(Finding(Mark.WARN, "models", text, "use a service that serves image edits"))
    return findings


def _default(models: Models, preferred: str | None, endings: Mapping[str, Ending]) -> Finding:
    try:
        default = models.default(Operation.IMAGINE)
    except InvalidRequest:  # the finding of the budget says what to do
        return Finding(Mark.FAIL, "models", "no default: with a budget a model needs a known price")
    if default.id == preferred:
        return Finding(Mark.OK, "models", f"default {default.id} (IMAGE_MODEL)")
    if preferred is not None and preferred in endings:
        return Finding(Mark.OK, "models", f"default {default.id} (in the place of IMAGE_MODEL)")
    if preferred is not None:
        text = f"default {default.id}: what {preferred} (IMAGE_MODEL) costs is not known, and there is a budget"
        return Finding(Mark.WARN, "models", text, "give its price in MODELS_FILE")
    return Finding(Mark.OK, "models", f"default {default.id} (chosen, as IMAGE_MODEL is empty)")


def _ending(ending: Ending) -> Finding:
    name = f"IMAGE_MODEL ({ending.model.id})" if ending.is_owners else f"the default {ending.model.id}"
    text = f"{name} has been retired" if ending.is_gone else f"{name} retires on {ending.model.retires_on}"
    if ending.successor is None:
        return Finding(
            Mark.WARN, "models", f"{text}, and nothing here can paint in its place", "set another IMAGE_MODEL"
        )
    text += f"; {ending.successor.id} paints {'in its place' if ending.is_gone else 'from then on'}"
    return Finding(Mark.WARN, "models", text, f"set IMAGE_MODEL={ending.successor.id}, or another one that stays")


def _retiring(model: ModelFacts, today: date) -> Finding:
    assert model.retires_on is not None, "only a model with a date does not stay"
    verb = "retires" if model.retires_on >= today else "was to retire"
    advice = f"change to {' or '.join(model.replacements)}" if model.replacements else "choose another one in time"
    return Finding(Mark.WARN, "models", f"{model.id} {verb} on {model.retires_on}", advice)


async def of_moderation(moderation: Moderation, settings: Settings) -> Finding:
    if settings.moderation == "off":
        text = "MODERATION=off: NOTHING that members write or upload is checked"
        return Finding(Mark.WARN, "moderation", text, "only for people you trust; MODERATION=on checks again")
    host = _host(settings.moderation_base_url or settings.openai_base_url)
    try:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            await moderation.probe()
    except RouteMissing:
        text, _, advice = NO_MODERATIONS.partition(": ")
        return Finding(Mark.FAIL, "moderation", text, advice)
    except (ImageServiceError, TimeoutError) as error:
        advice = "check MODERATION_BASE_URL and MODERATION_API_KEY; until it answers, every request is refused"
        return Finding(Mark.FAIL, "moderation", f"{host} does not answer as it should ({_reason(error)})", advice)
    return Finding(Mark.OK, "moderation", f"{host} answers; model {settings.moderation_model}")


def _host(url: str) -> str:
    """The address without a user, password or path."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def _reason(error: BotError | TimeoutError) -> str:
    if isinstance(error, BotError):
        return error.detail or type(error).__name__
    return f"nothing within {ANSWER_LIMIT_S:.0f} s"
