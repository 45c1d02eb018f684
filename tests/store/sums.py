"""Balances and extra pictures as stored, and as their entries add up to: the two must be equal."""

SUMS_OF_ENTRIES = """
SELECT 'member', guild_id, user_id, day, sum(reserved), sum(charged), sum(extra_reserved), sum(extra_charged)
FROM entries WHERE kind <> 'grant' GROUP BY guild_id, user_id, day
UNION ALL
SELECT 'server', guild_id, 0, day, sum(reserved + extra_reserved), sum(charged + extra_charged), 0, 0
FROM entries WHERE kind IN ('reserve', 'settle') AND guild_id <> 0 GROUP BY guild_id, day
UNION ALL
SELECT 'bot', 0, 0, day, sum(reserved + extra_reserved), sum(charged + extra_charged), 0, 0
FROM entries WHERE kind IN ('reserve', 'settle') GROUP BY day
"""
BALANCES = """
SELECT scope, guild_id, user_id, day, reserved, charged, extra_reserved, extra_charged FROM balances
"""
SUMS_OF_EXTRAS = """
SELECT guild_id, user_id, sum(extra_left) FROM entries GROUP BY guild_id, user_id HAVING sum(extra_left) <> 0
"""
EXTRAS = "SELECT guild_id, user_id, pictures FROM extras WHERE pictures <> 0"
