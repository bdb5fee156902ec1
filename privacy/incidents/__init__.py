"""Personal data breaches, and the 72 hours in which the authority is told."""
