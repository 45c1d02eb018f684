"""The commands: each reads what was typed, calls the studio or the store, and shows the answer."""
