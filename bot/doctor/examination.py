"""The whole examination: at home first, then everybody outside at the same time."""

import asyncio

from bot.client import point_at
from bot.clock import Clock
from bot.doctor.budget import of_budget
from bot.doctor.discord_side import of_discord
from bot.doctor.findings import Finding, Mark
from bot.doctor.home import at_home
from bot.doctor.services import of_image_service, of_moderation
from bot.outside import reach_out
from bot.request import Operation
from bot.settings import Settings, SettingsError


async def examine(settings: Settings, clock: Clock) -> list[Finding]:
    """Look at everything the bot needs. Nothing is changed: no job, lock or table, neither here nor at Discord."""
    point_at(settings.discord_api_url, settings.discord_gateway_url)
    home = await asyncio.to_thread(at_home, settings, clock.now())
    async with asyncio.TaskGroup() as looks:
        services = looks.create_task(_of_services(settings, clock))
        discord = looks.create_task(of_discord(settings.discord_token.get_secret_value()))
    return [*home, *services.result(), *discord.result()]


async def _of_services(settings: Settings, clock: Clock) -> list[Finding]:
    """The services as the bot would use them; with a MODELS_FILE that it cannot read it would not start."""
    try:
        async with reach_out(settings, clock) as outside:
            async with asyncio.TaskGroup() as looks:
                service = looks.create_task(of_image_service(outside, settings, clock.now().date()))
                moderation = looks.create_task(of_moderation(outside.moderation, settings))
            models = outside.models.usable(Operation.IMAGINE)
    except SettingsError as error:
        return [Finding(Mark.FAIL, "models file", problem) for problem in error.problems]
    budget = await asyncio.to_thread(of_budget, settings, clock.now(), models)
    return [*service.result(), moderation.result(), *budget]
