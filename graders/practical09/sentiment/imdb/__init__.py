"""How well models learn from the real film reviews."""
