"""A member's data handed out or erased; servers that removed the bot; requests nobody waits for any more."""
