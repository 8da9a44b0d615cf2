"""How fast exact neighbours are found."""
