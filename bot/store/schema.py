"""The tables, as numbered steps from an empty file.

A step that has been released is never edited: a change is a new step at the end. Each step is a tuple of single
statements. Times are milliseconds since 1970 UTC, days are UTC days since 1970-01-01, ids are Discord's snowflakes
or made by us, and `guild_id` 0 stands for direct messages.
"""

from bot.store.job_tables import TABLES as JOBS
from bot.store.privacy_tables import TABLES as PRIVACY

Migration = tuple[str, ...]

ALLOWANCES = """
CREATE TABLE allowances (
    guild_id   INTEGER NOT NULL,
    kind       TEXT    NOT NULL CHECK (kind IN ('member', 'role', 'default')),
    subject_id INTEGER NOT NULL,
    images     INTEGER NOT NULL CHECK (images BETWEEN 0 AND 100000),
    PRIMARY KEY (guild_id, kind, subject_id)
) STRICT, WITHOUT ROWID
"""

# One row a scope and day: what is promised and what was charged. A member's `reserved` and `charged` count the day's
# allowance and `extra_…` count extra pictures; a server's and the bot's count every picture and leave `extra_…` at 0.
# Money is the owner's, counted in every scope and limited for the bot alone.
BALANCES = """
CREATE TABLE balances (
    scope             TEXT    NOT NULL CHECK (scope IN ('member', 'server', 'bot')),
    guild_id          INTEGER NOT NULL,
    day               INTEGER NOT NULL,
    user_id           INTEGER NOT NULL,
    reserved          INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    charged           INTEGER NOT NULL DEFAULT 0 CHECK (charged >= 0),
    extra_reserved    INTEGER NOT NULL DEFAULT 0 CHECK (extra_reserved >= 0),
    extra_charged     INTEGER NOT NULL DEFAULT 0 CHECK (extra_charged >= 0),
    reserved_microusd INTEGER NOT NULL DEFAULT 0 CHECK (reserved_microusd >= 0),
    charged_microusd  INTEGER NOT NULL DEFAULT 0 CHECK (charged_microusd >= 0),
    PRIMARY KEY (scope, guild_id, day, user_id)
) STRICT, WITHOUT ROWID
"""

# Extra pictures that a member has left in a server, those promised to unfinished jobs not among them.
EXTRAS = """
CREATE TABLE extras (
    guild_id INTEGER NOT NULL,
    user_id  INTEGER NOT NULL,
    pictures INTEGER NOT NULL CHECK (pictures >= 0),
    PRIMARY KEY (guild_id, user_id)
) STRICT, WITHOUT ROWID
"""

# The history of balances and extras, in differences; rows are only added. `cause_id` is the job or the admin's
# interaction, so the key is what makes every change happen once. 'reserve' and 'settle' count in every scope.
ENTRIES = """
CREATE TABLE entries (
    cause_id          INTEGER NOT NULL,
    kind              TEXT    NOT NULL CHECK (kind IN ('reserve', 'settle', 'grant', 'reset')),
    guild_id          INTEGER NOT NULL,
    user_id           INTEGER NOT NULL,
    day               INTEGER NOT NULL,
    reserved          INTEGER NOT NULL DEFAULT 0,
    charged           INTEGER NOT NULL DEFAULT 0,
    extra_reserved    INTEGER NOT NULL DEFAULT 0,
    extra_charged     INTEGER NOT NULL DEFAULT 0,
    extra_left        INTEGER NOT NULL DEFAULT 0,
    reserved_microusd INTEGER NOT NULL DEFAULT 0,
    charged_microusd  INTEGER NOT NULL DEFAULT 0,
    at_ms             INTEGER NOT NULL,
    PRIMARY KEY (cause_id, kind)
) STRICT, WITHOUT ROWID
"""

AUDIT = """
CREATE TABLE audit (
    interaction_id INTEGER PRIMARY KEY,
    guild_id       INTEGER NOT NULL,
    admin_id       INTEGER NOT NULL,
    action         TEXT    NOT NULL CHECK (action IN ('set_member', 'set_role', 'set_default', 'grant', 'reset')),
    subject_id     INTEGER NOT NULL,
    before         INTEGER,
    after          INTEGER,
    at_ms          INTEGER NOT NULL
) STRICT
"""
AUDIT_BY_SUBJECT = "CREATE INDEX audit_by_subject ON audit (guild_id, subject_id)"

QUOTAS: Migration = (ALLOWANCES, BALANCES, EXTRAS, ENTRIES, AUDIT, AUDIT_BY_SUBJECT)

# Millionths of a dollar; null is not known. `most` before anything is sent, `cost` when it has been answered.
COSTS: Migration = tuple(
    f"ALTER TABLE {table} ADD COLUMN {column} INTEGER CHECK ({column} >= 0)"
    for table in ("jobs", "calls")
    for column in ("most_microusd", "cost_microusd")
)

# Fields of the request that the model did not take, comma-separated; its member is told with the pictures.
LEFT_OUT: Migration = ("ALTER TABLE jobs ADD COLUMN left_out TEXT NOT NULL DEFAULT ''",)

# When the owners were last told of something that is not to be repeated too often, also across restarts.
REMINDERS = """
CREATE TABLE reminders (
    subject TEXT    PRIMARY KEY,
    told_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""

# Public notes that refuse a reply, until they are taken away.
NOTES = """
CREATE TABLE refusal_notes (
    asked_id   INTEGER PRIMARY KEY,         -- the reply that is refused
    channel_id INTEGER NOT NULL,
    message_id INTEGER,                     -- null while it is being posted, or where its fate is unknown
    posted_ms  INTEGER NOT NULL
) STRICT
"""

# How long calls took, so that an estimate survives a restart; and what a queue has to count and to look through.
LINE: Migration = (
    "ALTER TABLE calls ADD COLUMN quality TEXT",
    "ALTER TABLE calls ADD COLUMN took_ms INTEGER CHECK (took_ms >= 0)",
    "CREATE INDEX calls_answered ON calls (sent_ms) WHERE took_ms IS NOT NULL",
    "CREATE INDEX jobs_queued ON jobs (id) WHERE state = 'queued'",
    "CREATE INDEX jobs_waiting ON jobs (painted_ms) WHERE waiting = 1",
)

MIGRATIONS: tuple[Migration, ...] = (QUOTAS, JOBS, COSTS, LEFT_OUT, (REMINDERS,), (NOTES,), LINE, PRIVACY)
