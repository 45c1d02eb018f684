"""The bot's line to Discord's gateway: how it survives what it hears, and how often it begins anew."""
