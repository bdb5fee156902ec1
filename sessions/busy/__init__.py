"""When a supervisor is taken elsewhere: times from another calendar of theirs, and nothing else of it."""
