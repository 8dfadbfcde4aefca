"""What both questions on the sentiment of film reviews share."""
