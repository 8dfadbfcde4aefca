"""What runs where somebody else starts it: Gradescope's container, PrairieLearn's, Coursera's, GitHub Classroom."""
