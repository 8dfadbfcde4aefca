"""Scores for gradebooks: what is on its way, in the database, and who delivers it."""
