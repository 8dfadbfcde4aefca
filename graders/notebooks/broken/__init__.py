"""Files that are not whole: what of them can be read with certainty, and what is left for a person to look at."""
