"""What models can do and cost, and which of them the service has now."""
