"""How learning platforms call what they give out: a module a platform, each with `named` and `read`."""
