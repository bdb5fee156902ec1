"""Rounds of evaluation, from the points that the contract names to their closing."""
