"""Private notes: written without unlocking anything, read by their author's open vault alone."""
