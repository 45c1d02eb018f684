"""A call before it leaves: planned, checked, priced, and in the words of its service."""
