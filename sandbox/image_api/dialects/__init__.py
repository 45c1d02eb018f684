"""How the services that are played differ from OpenAI, quirks included: one file each."""
