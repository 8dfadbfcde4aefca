"""What Practical 9 puts in beside student code."""
