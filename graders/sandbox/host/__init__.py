"""The trusted side of the sandbox: it starts processes behind walls, watches them, and talks to them."""
