"""Behind the scenes: what becomes of each request, from the stand-ins' records, the bot's log and its database."""
