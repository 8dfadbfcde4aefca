"""What students upload: `work`, `forget`, and what `serve` does for it."""
