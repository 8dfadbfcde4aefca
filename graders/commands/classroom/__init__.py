"""About a class that has been graded: `status`, `extend`, `export`."""
