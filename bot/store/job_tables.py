"""The tables of jobs: one row a request, and rows for its calls, its pictures and its messages."""

JOBS = """
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,                 -- snowflake of the interaction or message that asked
    key TEXT NOT NULL UNIQUE,               -- random 128 bits in hex, stands in the ids of buttons
    state TEXT NOT NULL CHECK (state IN
        ('queued', 'painting', 'painted', 'delivered', 'refused', 'failed', 'cancelled')),
    owner TEXT NOT NULL,                    -- boot id of the process that runs it
    lease_ms INTEGER NOT NULL,              -- until when the owner is believed to live
    way TEXT NOT NULL,
    operation TEXT NOT NULL,
    user_id INTEGER NOT NULL,
    role_ids TEXT NOT NULL,                 -- the member's roles when asking, comma-separated
    guild_id INTEGER,                       -- null in direct messages
    channel_id INTEGER NOT NULL,
    application_id INTEGER NOT NULL,
    prompt TEXT NOT NULL,                   -- erased after KEEP_PROMPTS_DAYS
    model TEXT,                             -- null: the bot chooses
    size TEXT,
    quality TEXT,
    count INTEGER NOT NULL CHECK (count > 0),
    private INTEGER NOT NULL CHECK (private IN (0, 1)),
    source_url TEXT,                        -- signed link to the picture to vary
    source_job INTEGER,                     -- or the job that keeps it on the spool
    source_sha256 TEXT,                     -- of the picture to vary, once it is on the spool
    missing TEXT NOT NULL,                  -- permissions the bot lacked to post there
    member_may_write INTEGER NOT NULL CHECK (member_may_write IN (0, 1)),
    file_limit_bytes INTEGER NOT NULL,
    token TEXT,                             -- answers the member's last click; null once useless
    token_ms INTEGER,
    card_message_id INTEGER,
    accepted_ms INTEGER NOT NULL,
    started_ms INTEGER,
    painted_ms INTEGER,
    ended_ms INTEGER,
    painted_model TEXT,
    endpoint TEXT,
    failure TEXT,                           -- the sentence that the member read
    told INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1)),  -- of the end, or there is nobody to tell
    waiting INTEGER NOT NULL DEFAULT 0 CHECK (waiting IN (0, 1)),
    words_kept INTEGER NOT NULL DEFAULT 1 CHECK (words_kept IN (0, 1)),
    pictures_kept INTEGER NOT NULL DEFAULT 1 CHECK (pictures_kept IN (0, 1))
) STRICT
"""

CALLS = """
CREATE TABLE calls (
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    number INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    model TEXT NOT NULL,
    count INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('sent', 'answered', 'failed')), -- sent: outcome unknown, perhaps paid for
    sent_ms INTEGER NOT NULL,
    PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID
"""

PICTURES = """
CREATE TABLE pictures (
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    number INTEGER NOT NULL,                -- from 0, over all calls of the job
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    width_px INTEGER,                       -- null where the file's head does not tell
    height_px INTEGER,
    PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID
"""

POSTS = """
CREATE TABLE posts (
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    part TEXT NOT NULL,                     -- 'c' the card of a reply, '0', '1', … the result's messages
    channel_id INTEGER NOT NULL,
    message_id INTEGER,                     -- null while it is being sent
    numbers TEXT NOT NULL,                  -- its pictures, comma-separated
    PRIMARY KEY (job_id, part)
) STRICT, WITHOUT ROWID
"""

INDEXES = (
    "CREATE INDEX jobs_unfinished ON jobs (owner) WHERE ended_ms IS NULL",
    "CREATE INDEX jobs_untold ON jobs (owner) WHERE told = 0 AND ended_ms IS NOT NULL",
    "CREATE INDEX jobs_of_member ON jobs (user_id, id)",
    "CREATE INDEX jobs_of_channel ON jobs (channel_id, id) WHERE private = 0 AND state = 'delivered'",
    "CREATE INDEX jobs_with_words ON jobs (ended_ms) WHERE words_kept = 1",
    "CREATE INDEX jobs_with_pictures ON jobs (ended_ms) WHERE pictures_kept = 1",
)

TABLES = (JOBS, *INDEXES, CALLS, PICTURES, POSTS)
