"""A stand-in for an OpenAI-compatible image service: real rules, real pictures, no account."""
