"""The demo: stand-ins, the real bot between them, a tour, and a prompt."""
