"""What the authors of grader packages write checks with."""
