"""Tries the sandbox by attacking it: one harness for `graders doctor`, the refusal to start, and the tests."""
