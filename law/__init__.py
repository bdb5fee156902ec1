"""What the law asks of supervisors, supervisees and clients: a register of versioned entries with their sources."""
