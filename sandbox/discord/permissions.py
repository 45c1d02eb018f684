"""Who may do what where (Discord: Permissions; bits, overwrites, implicit denials, threads)."""

from enum import IntFlag

from sandbox.discord.world import Channel, Guild


class Permission(IntFlag):
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    CHANGE_NICKNAME = 1 << 26
    USE_APPLICATION_COMMANDS = 1 << 31
    CREATE_PUBLIC_THREADS = 1 << 35
    SEND_MESSAGES_IN_THREADS = 1 << 38


def in_words(permissions: Permission) -> str:
    """As Discord's own settings name them: «Manage Server», «Send Messages»."""
    known = [each for each in Permission if each in permissions]
    return ", ".join(f"«{CALLED.get(each, each.name.replace('_', ' ').title())}»" for each in known if each.name)


CALLED = {
    Permission.MANAGE_GUILD: "Manage Server",
    Permission.SEND_TTS_MESSAGES: "Send Text-to-Speech Messages",
    Permission.MENTION_EVERYONE: "Mention Everyone",
    Permission.USE_EXTERNAL_EMOJIS: "Use External Emoji",
    Permission.SEND_MESSAGES_IN_THREADS: "Send Messages in Threads",
}
EVERYTHING = Permission((1 << 53) - 1)
# What an app reads in `app_permissions` in a direct message with its bot (Discord: Interaction Object).
IN_DIRECT_MESSAGES = (
    Permission.ATTACH_FILES | Permission.EMBED_LINKS | Permission.MENTION_EVERYONE | Permission.USE_EXTERNAL_EMOJIS
)
NEED_SENDING = (
    Permission.MENTION_EVERYONE | Permission.SEND_TTS_MESSAGES | Permission.ATTACH_FILES | Permission.EMBED_LINKS
)


def in_guild(guild: Guild, person_id: int) -> Permission:
    """What the member's roles give in the whole server, before any channel's overwrites."""
    member = guild.members.get(person_id)
    if member is None:
        return Permission(0)
    if guild.owner_id == person_id:
        return EVERYTHING
    held = Permission(guild.roles[guild.id].permissions)
    for role_id in member.role_ids:
        held |= guild.roles[role_id].permissions
    return EVERYTHING if Permission.ADMINISTRATOR in held else held


def in_channel(guild: Guild, channel: Channel, person_id: int) -> Permission:
    """What the member may do in a channel of this server; a thread follows its parent channel."""
    held = in_guild(guild, person_id)
    member = guild.members.get(person_id)
    if member is None or held == EVERYTHING:
        return held
    ruling = guild.channels[channel.parent_id] if channel.is_thread and channel.parent_id else channel
    layers = [[guild.id], list(member.role_ids), [person_id]]
    for targets in layers:
        rules = [ruling.overwrites[target] for target in targets if target in ruling.overwrites]
        for rule in rules:
            held &= ~Permission(rule.deny)
        for rule in rules:
            held |= Permission(rule.allow)
    return _without_what_is_implied(held, channel)


def _without_what_is_implied(held: Permission, channel: Channel) -> Permission:
    """Who cannot see a channel can do nothing in it; who cannot write there cannot attach, embed or mention all."""
    if Permission.VIEW_CHANNEL not in held:
        return Permission(0)
    return held if sending_permission(channel) in held else held & ~NEED_SENDING


def sending_permission(channel: Channel) -> Permission:
    return Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
