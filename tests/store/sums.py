"""Balances and extra pictures as stored, and as their entries add up to: the two must be equal."""

SUMS_OF_ENTRIES = """
SELECT 'member', guild_id, user_id, day, sum(reserved), sum(charged), sum(extra_reserved), sum(extra_charged),
    sum(reserved_microusd), sum(charged_microusd)
FROM entries WHERE kind <> 'grant' GROUP BY guild_id, user_id, day
UNION ALL
SELECT 'server', guild_id, 0, day, sum(reserved + extra_reserved), sum(charged + extra_charged), 0, 0,
    sum(reserved_microusd), sum(charged_microusd)
FROM entries WHERE kind IN ('reserve', 'settle') AND guild_id <> 0 GROUP BY guild_id, day
UNION ALL
SELECT 'bot', 0, 0, day, sum(reserved + extra_reserved), sum(charged + extra_charged), 0, 0,
    sum(reserved_microusd), sum(charged_microusd)
FROM entries WHERE kind IN ('reserve', 'settle') GROUP BY day
"""
BALANCES = """
SELECT scope, guild_id, user_id, day, reserved, charged, extra_reserved, extra_charged, reserved_microusd,
    charged_microusd
FROM balances
"""
SUMS_OF_EXTRAS = """
SELECT guild_id, user_id, sum(extra_left) FROM entries GROUP BY guild_id, user_id HAVING sum(extra_left) <> 0
"""
EXTRAS = "SELECT guild_id, user_id, pictures FROM extras WHERE pictures <> 0"
