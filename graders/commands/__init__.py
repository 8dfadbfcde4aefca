"""What the commands do; `cli` only parses their arguments. Each command gives back its exit status."""
