"""Notebooks as data: from bytes, in any format that people hand in, to cells."""
