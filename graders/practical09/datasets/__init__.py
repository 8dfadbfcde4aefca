"""The data sets of Practical 9."""
