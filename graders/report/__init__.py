"""Reports rendered: pure functions of a Report."""
