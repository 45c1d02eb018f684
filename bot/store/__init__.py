"""SQLite: the only SQL of the project."""
