"""Questionnaires of a practice: ours as they are, and its own versions of them."""
