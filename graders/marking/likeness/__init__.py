"""Which submissions share most of their code: a hint for a person, and never a mark."""
