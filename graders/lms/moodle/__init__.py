"""Moodle: its offline grading worksheet, and its archive of feedback files."""
