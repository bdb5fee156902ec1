"""How it went: questionnaires, rounds, answers that cannot be joined to a person, and what of them may be shown."""
