"""The student's own check: the public checks on their own machine."""
