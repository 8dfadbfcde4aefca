"""Runs a submission and answers calls into it, under limits: `host` is the trusted side, `inside` is copied in."""
