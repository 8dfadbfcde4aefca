"""All that runs alongside student code: copied whole into the sandbox, and nothing of it is secret."""
