"""Who has opened what concerns the one who asks."""
