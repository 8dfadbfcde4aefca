"""What those who write an assignment do with it: audit, calibrate, release."""
