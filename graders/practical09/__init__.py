"""Grader modules of Practical 9: one module a question."""
