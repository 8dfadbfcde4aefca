"""Runs a submission and answers calls into it, under limits."""
