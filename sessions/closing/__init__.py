"""A session closed in a minute, and what all in the process keep of it: agenda before, memo after, words, next time."""
