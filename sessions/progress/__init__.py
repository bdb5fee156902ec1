"""Progress towards goals: noted at a session or on a day, by level, in words, or both."""
