"""The board of a process: what the group has learnt, for those who are in it."""
