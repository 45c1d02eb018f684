"""What the bot may do in a channel, by the names that Discord's settings show."""

import discord

NAMES = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
}
"""Every permission the bot uses."""


def missing_rights(channel: object) -> tuple[str, ...]:
    """What we lack now to post a result, by name; nothing where that cannot be seen."""
    if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return ()
    return missing_among(channel, channel.permissions_for(channel.guild.me))


def missing_among(channel: object, held: discord.Permissions) -> tuple[str, ...]:
    """What these permissions lack to post a result, by name."""
    needed = ("view_channel", sending_in(channel), "attach_files")
    return tuple(NAMES[flag] for flag in needed if not getattr(held, flag))


def sending_in(channel: object) -> str:
    """The flag without which one cannot write there."""
    return "send_messages_in_threads" if isinstance(channel, discord.Thread) else "send_messages"
