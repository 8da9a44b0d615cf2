"""Choosing whole chains under a budget of tokens."""
