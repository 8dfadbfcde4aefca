"""What the trusted side knows of GPUs."""
