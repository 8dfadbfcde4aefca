"""What is shown under each address, by what a person wants to do there."""
