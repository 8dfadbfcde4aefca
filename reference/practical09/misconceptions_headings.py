"""Headings of the notebook under which the ideas behind several questions are explained."""

UNFOLDED = "Part A. Pen and paper"
EQUATIONS = "1. Model equations"
NAMES_MODEL = "A model of names"
REVIEWS = "Part C. Film reviews"
