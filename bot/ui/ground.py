"""What owners are told of the ground that the bot stands on: disk and database."""


def disk_low(free_bytes: int, min_free_bytes: int) -> str:
    return (
        f"The disk is nearly full: {free_bytes // 10**6} MB are free where DATA_DIR is, fewer than MIN_FREE_MB "
        f"({min_free_bytes // 10**6}). New requests are refused until there is room; those under way go on."
    )


def database_damaged() -> str:
    return (
        "The database is damaged: requests are refused, and nothing is written to it any more. Stop the bot, put a "
        "backup in its place with `easel restore FILE`, and start it again."
    )
