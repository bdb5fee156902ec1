"""What a practice holds on somebody, shown to them; and what they ask about it."""
