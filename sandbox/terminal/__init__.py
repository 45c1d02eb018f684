"""A person at a terminal in front of the stand-in Discord: what they type, and what they see."""
