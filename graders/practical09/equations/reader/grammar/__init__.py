"""From tokens to statements: expressions, scripts, names with their times and indices, and the meaning of letters."""
