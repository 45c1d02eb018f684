"""/admin quota …: who may make how many pictures. Manage Server is checked on every use."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import ImageBot
from bot.clock import Clock
from bot.delivery.doors import InteractionDoor
from bot.errors import InvalidRequest, NotAllowed
from bot.model import Requester
from bot.store.audit import Change, Order
from bot.store.quota_admin import IMAGES_MAX, QuotaAdmin
from bot.store.quotas import Quotas
from bot.ui.faces import words
from bot.ui.quotas import changed, of_member, of_server

Interaction = discord.Interaction[ImageBot]
Images = app_commands.Range[int, 0, IMAGES_MAX]
Granted = app_commands.Range[int, 1, IMAGES_MAX]

IN_SERVERS = "Quotas are managed in a server: use this command there."
NEEDS_MANAGE_SERVER = "You need the permission «Manage Server» for that."
NO_BOTS = "Bots make no pictures, so they need no quota."


class Admin(commands.GroupCog, group_name="admin", group_description="Manage this bot in your server"):
    quota = app_commands.Group(name="quota", description="Who may make how many pictures")

    def __init__(self, quotas: Quotas, quota_admin: QuotaAdmin, clock: Clock) -> None:
        super().__init__()
        self._quotas = quotas
        self._admin = quota_admin
        self._clock = clock

    @quota.command(name="set")
    @app_commands.describe(user="Whose allowance", images="Pictures a day (empty: as roles and server say)")
    async def set_member(self, interaction: Interaction, user: discord.Member, images: Images | None = None) -> None:
        """Set a member's own daily allowance, or remove it."""
        _no_bot(user)
        await self._confirm(
            interaction, await self._admin.set_member(self._order(interaction), user_id=user.id, images=images)
        )

    @quota.command()
    @app_commands.describe(user="Who gets them", images="How many extra pictures; they do not expire")
    async def grant(self, interaction: Interaction, user: discord.Member, images: Granted) -> None:
        """Give a member extra pictures."""
        _no_bot(user)
        if images < 1:
            raise InvalidRequest("Grant at least 1 picture.")
        await self._confirm(
            interaction, await self._admin.grant(self._order(interaction), user_id=user.id, images=images)
        )

    @quota.command()
    @app_commands.describe(user="Whose use of today is given back")
    async def reset(self, interaction: Interaction, user: discord.Member) -> None:
        """Give a member back what was charged today."""
        _no_bot(user)
        await self._confirm(interaction, await self._admin.reset(self._order(interaction), user_id=user.id))

    @quota.command()
    @app_commands.describe(user="One member (empty: the server's heaviest users of the day)")
    async def show(self, interaction: Interaction, user: discord.Member | None = None) -> None:
        """See how a member, or the server, stands today."""
        order = self._order(interaction)
        if user is None:
            text = of_server(await self._quotas.heaviest(order.guild_id))
        else:
            _no_bot(user)
            roles = frozenset(role.id for role in user.roles if not role.is_default())
            text = of_member(user.id, await self._quotas.member(Requester(user.id, roles), order.guild_id))
        await InteractionDoor(interaction).answer(words(text))

    @quota.command()
    @app_commands.describe(images="Pictures a day for everybody (empty: as the bot's owner says)")
    async def default(self, interaction: Interaction, images: Images | None = None) -> None:
        """Set the server's daily allowance, or remove it."""
        await self._confirm(interaction, await self._admin.set_default(self._order(interaction), images=images))

    @quota.command()
    @app_commands.describe(role="Whose members", images="Pictures a day (empty: remove it); the best role counts")
    async def role(self, interaction: Interaction, role: discord.Role, images: Images | None = None) -> None:
        """Set the daily allowance of a role's members, or remove it."""
        await self._confirm(
            interaction, await self._admin.set_role(self._order(interaction), role_id=role.id, images=images)
        )

    def _order(self, interaction: Interaction) -> Order:
        """The admin's command.

        Raises:
            InvalidRequest: outside of a server.
            NotAllowed: the person may not manage the server; Discord's own check can be switched off by its admins.
        """
        if interaction.guild_id is None:
            raise InvalidRequest(IN_SERVERS)
        if not interaction.permissions.manage_guild:
            raise NotAllowed(NEEDS_MANAGE_SERVER)
        return Order(
            interaction_id=interaction.id,
            guild_id=interaction.guild_id,
            admin_id=interaction.user.id,
            at=self._clock.now(),
        )

    async def _confirm(self, interaction: Interaction, change: Change) -> None:
        await InteractionDoor(interaction).answer(words(changed(change)))


def _no_bot(user: discord.Member) -> None:
    if user.bot:
        raise InvalidRequest(NO_BOTS)


async def setup(bot: ImageBot) -> None:
    rooms = bot.rooms
    admin = Admin(rooms.quotas, rooms.quota_admin, rooms.clock)
    group = admin.app_command
    assert isinstance(group, app_commands.Group), "a GroupCog has a group"
    group.guild_only = True
    # Discord counts the contexts before the older `dm_permission`, and the bot's default has direct messages in it.
    group.allowed_contexts = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
    group.default_permissions = discord.Permissions(manage_guild=True)
    await bot.add_cog(admin)
