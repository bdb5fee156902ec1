"""What begins in a hurry: a running process from one page, on a light contract that was agreed orally."""
