"""What lies where in DATA_DIR."""

DATABASE, OWNERS, SPOOL = "easel.sqlite3", "owners", "spool"
