"""How image services differ from OpenAI: one record each, told from the base URL or named by the owner."""
