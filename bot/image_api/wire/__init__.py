"""Requests out and failures in: HTTP, limits, retries, and what a refusal means."""
