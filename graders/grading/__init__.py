"""From a submission and an assignment to a report."""
