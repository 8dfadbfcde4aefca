"""What is drawn in a report: from evidence to curves, bars, tables and networks as plain coordinates and cells."""
