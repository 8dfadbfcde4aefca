"""Reference solutions of ASSIGNMENT, one module a question; nothing of this folder is ever shown to student code."""
