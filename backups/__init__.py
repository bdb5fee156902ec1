"""Backups: the whole database, sealed to a key that is not on the machine, and proven before it counts."""
