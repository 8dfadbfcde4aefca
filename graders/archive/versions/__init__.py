"""The migrations, one module each; each is as it was when it was made, whatever the tables have become since."""
