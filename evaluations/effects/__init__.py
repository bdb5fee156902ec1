"""Effects over the years: what many processes show together, and yearly totals of clients beside it."""
