"""People, roles, channels and servers as Discord's JSON."""

from sandbox.discord.clock import created_ms, iso
from sandbox.discord.permissions import Permission, in_guild
from sandbox.discord.wire import Json
from sandbox.discord.world import Channel, ChannelType, Guild, Member, Person, Role, World

INTENT_MESSAGE_CONTENT_LIMITED = 1 << 19


def user(person: Person) -> Json:
    return {
        "id": str(person.id),
        "username": person.name if person.is_bot else person.name.lower(),
        "global_name": None if person.is_bot else person.name,
        "discriminator": "0000" if person.is_bot else "0",
        "avatar": None,
        "banner": None,
        "accent_color": None,
        "bot": person.is_bot,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }


def myself(world: World) -> Json:
    return user(world.bot) | {"mfa_enabled": True, "locale": "en-US", "verified": True, "email": None}


def member_part(member: Member) -> Json:
    """A member without its user, as messages and resolved data carry it."""
    return {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": iso(member.joined_ms),
        "nick": None,
        "pending": False,
        "premium_since": None,
        "roles": [str(role_id) for role_id in member.role_ids],
        "mute": False,
        "deaf": False,
    }


def member(one: Member) -> Json:
    return member_part(one) | {"user": user(one.person)}


def role(one: Role) -> Json:
    shown: Json = {
        "id": str(one.id),
        "name": one.name,
        "permissions": str(int(one.permissions)),
        "position": one.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": one.bot_id is not None,
        "mentionable": one.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    return shown if one.bot_id is None else shown | {"tags": {"bot_id": str(one.bot_id)}}


def channel(world: World, one: Channel) -> Json:
    last = max(world.messages.get(one.id, {}), default=None)
    shown: Json = {
        "id": str(one.id),
        "type": int(one.type),
        "flags": 0,
        "last_message_id": None if last is None else str(last),
    }
    if one.type is ChannelType.DIRECT:
        return shown | {"recipients": [user(world.people[one.recipient_id or 0])]}
    shown |= {"guild_id": str(one.guild_id), "name": one.name, "rate_limit_per_user": 0}
    if one.is_thread:
        return shown | _thread(world, one)
    overwrites = [
        {
            "id": str(target_id),
            "type": int(target_id in world.people),
            "allow": str(int(overwrite.allow)),
            "deny": str(int(overwrite.deny)),
        }
        for target_id, overwrite in one.overwrites.items()
    ]
    return shown | {
        "position": one.position,
        "nsfw": one.nsfw,
        "topic": None,
        "parent_id": None,
        "permission_overwrites": overwrites,
    }


def _thread(world: World, one: Channel) -> Json:
    count = len(world.messages.get(one.id, {}))
    return {
        "parent_id": str(one.parent_id),
        "owner_id": str(one.owner_id),
        "message_count": count,
        "member_count": 1,
        "total_message_sent": count,
        "thread_metadata": {
            "archived": one.locked,
            "archive_timestamp": iso(created_ms(one.id)),
            "auto_archive_duration": 10080,
            "locked": one.locked,
            "create_timestamp": iso(created_ms(one.id)),
        },
    }


def guild(one: Guild) -> Json:
    """What GET /guilds/{id} answers; GUILD_CREATE adds channels, threads and members."""
    nothing = (
        "icon", "description", "home_header", "splash", "discovery_splash", "banner", "application_id",
        "afk_channel_id", "system_channel_id", "widget_channel_id", "max_presences", "vanity_url_code",
        "rules_channel_id", "safety_alerts_channel_id", "public_updates_channel_id", "incidents_data",
    )  # fmt: skip
    zero = (
        "system_channel_flags", "verification_level", "default_message_notifications", "mfa_level",
        "explicit_content_filter", "max_stage_video_channel_users", "max_video_channel_users",
        "premium_subscription_count", "nsfw_level",
    )  # fmt: skip
    no = ("widget_enabled", "premium_progress_bar_enabled", "nsfw")
    return {
        **dict.fromkeys(nothing),
        **dict.fromkeys(zero, 0),
        **dict.fromkeys(no, False),
        "id": str(one.id),
        "name": one.name,
        "owner_id": str(one.owner_id),
        "region": "deprecated",
        "afk_timeout": 300,
        "max_members": 500_000,
        "premium_tier": one.boost_tier,
        "preferred_locale": "en-US",
        "features": [],
        "emojis": [],
        "stickers": [],
        "roles": [role(each) for each in one.roles.values()],
    }


def partial_guild(one: Guild, person_id: int) -> Json:
    """A server in the list of somebody's servers."""
    return {
        "id": str(one.id),
        "name": one.name,
        "icon": None,
        "banner": None,
        "owner": one.owner_id == person_id,
        "permissions": str(int(in_guild(one, person_id))),
        "features": [],
    }


def guild_create(world: World, one: Guild, *, all_members: bool) -> Json:
    """Without the members intent a server names only the bot itself among its members."""
    shown = one.members.values() if all_members else [one.members[world.bot.id]]
    return guild(one) | {
        "joined_at": iso(one.members[world.bot.id].joined_ms),
        "large": False,
        "unavailable": False,
        "member_count": len(one.members),
        "members": [member(each) for each in shown],
        "channels": [channel(world, each) for each in one.channels.values() if not each.is_thread],
        "threads": [channel(world, each) for each in one.channels.values() if each.is_thread],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def partial_channel(world: World, one: Channel, permissions: Permission) -> Json:
    """A channel as interactions and resolved options carry it: with the invoking person's permissions."""
    return channel(world, one) | {"permissions": str(int(permissions))}


def application(world: World) -> Json:
    return {
        "id": str(world.application_id),
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": user(world.bot),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": INTENT_MESSAGE_CONTENT_LIMITED if world.message_content_intent else 0,
        "flags_new": str(INTENT_MESSAGE_CONTENT_LIMITED if world.message_content_intent else 0),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user(world.owner),
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
        "integration_types_config": {"0": {}},
    }
