"""The kernel's own walls, put up from inside."""
