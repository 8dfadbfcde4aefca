"""What the student typed: the mathematics of a Markdown cell, its tokens, and what signs and words stand for."""
