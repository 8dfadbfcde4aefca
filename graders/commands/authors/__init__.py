"""For those who write assignments: `new`, `audit`, `release`, `calibrate`."""
