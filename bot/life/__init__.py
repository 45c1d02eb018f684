"""The life of the process: what it lives by, what tells it to stop, and how it says that it is well."""
