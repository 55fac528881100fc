"""Statistics of conversations: estimates with their uncertainty, the conversation as the unit."""
