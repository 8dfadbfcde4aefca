"""The marking pages: `mark`, `serve`, and `account` for who may sign in."""
