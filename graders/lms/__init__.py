"""Learning platforms' own files, in both directions: pure functions over text, bytes and plain data."""
