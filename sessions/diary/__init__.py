"""The diary of a supervisee: for their own eyes alone."""
