"""The tables behind /privacy and behind a server that the bot was removed from: what has still to be erased."""

# A member who asked to be erased, while some of his requests are still there. Its ledger rows are renamed already.
ERASURES = """
CREATE TABLE erasures (
    user_id      INTEGER PRIMARY KEY,
    delete_posts INTEGER NOT NULL CHECK (delete_posts IN (0, 1)),
    asked_ms     INTEGER NOT NULL
) STRICT
"""

# Their requests from before: those that the books have under another name. A member who came back has new ones.
GOING = """
CREATE VIEW going AS SELECT jobs.* FROM erasures JOIN jobs ON jobs.user_id = erasures.user_id
WHERE NOT EXISTS (SELECT 1 FROM entries WHERE cause_id = jobs.id AND kind = 'reserve' AND entries.user_id > 0)
"""

# The buttons under «Erase everything?», each row for 15 minutes. An answered one stays: two processes may hear it.
CONFIRMATIONS = """
CREATE TABLE confirmations (
    key        TEXT    PRIMARY KEY,         -- random 128 bits in hex, stands in the ids of its buttons
    user_id    INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    answer     TEXT    CHECK (answer IN ('erase', 'keep')),
    asked_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""

# What a member used today under a name that was erased, so that erasing brings no second allowance. Until midnight.
GUARDS = """
CREATE TABLE guards (
    day       INTEGER NOT NULL,
    digest    BLOB    NOT NULL,             -- of the member's id, under the day's key
    guild_id  INTEGER NOT NULL,
    pseudonym INTEGER NOT NULL,             -- stands in the ledger instead of the member's id
    PRIMARY KEY (day, digest, guild_id, pseudonym)
) STRICT, WITHOUT ROWID
"""
GUARD_KEYS = """
CREATE TABLE guard_keys (
    day INTEGER PRIMARY KEY,
    key BLOB    NOT NULL
) STRICT
"""

# Messages that their member wants deleted; nothing here says whose they were.
UNPOSTING = """
CREATE TABLE unposting (
    channel_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    asked_ms   INTEGER NOT NULL,
    next_ms    INTEGER NOT NULL,            -- not to be tried before
    PRIMARY KEY (channel_id, message_id)
) STRICT, WITHOUT ROWID
"""

# Servers that the bot is not in any more, and when their data were erased.
DEPARTURES = """
CREATE TABLE departures (
    guild_id  INTEGER PRIMARY KEY,
    left_ms   INTEGER NOT NULL,
    erased_ms INTEGER
) STRICT
"""

INDEXES = (
    "CREATE INDEX entries_of_member ON entries (user_id)",
    "CREATE INDEX balances_of_member ON balances (user_id) WHERE scope = 'member'",
    "CREATE INDEX extras_of_member ON extras (user_id)",
    "CREATE INDEX jobs_of_server ON jobs (guild_id, id) WHERE guild_id IS NOT NULL",
    "CREATE INDEX jobs_from_a_job ON jobs (source_job) WHERE source_job IS NOT NULL",
    "CREATE INDEX jobs_with_token ON jobs (token_ms) WHERE token IS NOT NULL",
    "CREATE INDEX jobs_with_failure ON jobs (ended_ms) WHERE failure IS NOT NULL",
    "CREATE INDEX jobs_to_renumber ON jobs (ended_ms) WHERE user_id < 0 AND id > 0",
)

TABLES = (ERASURES, GOING, CONFIRMATIONS, GUARDS, GUARD_KEYS, UNPOSTING, DEPARTURES, *INDEXES)
