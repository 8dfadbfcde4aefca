"""The database: its tables, its migrations, and what each part of graders reads and writes there."""
