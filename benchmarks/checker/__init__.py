"""How well answers are found and compared, how fast, and what hostile ones can do."""
