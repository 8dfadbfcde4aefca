"""Statements on random shapes and numbers: unification of dimensions, evaluation, and the maps that come out."""
