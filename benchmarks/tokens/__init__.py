"""The token estimate against a real vocabulary."""
