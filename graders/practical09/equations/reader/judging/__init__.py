"""The findings: what the recurrence, the output, the loss, the initial state and the dimensions say."""
