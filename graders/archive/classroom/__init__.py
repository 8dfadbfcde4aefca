"""What the class's page shows, as the database keeps it."""
