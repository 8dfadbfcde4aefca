"""Model answer: why the largest score is subtracted."""

ANSWER = r"""
Subtracting a constant from all scores of a row multiplies numerator and denominator by the same factor, so nothing
changes. With the largest score subtracted no exponent is above zero, so nothing overflows.
"""
