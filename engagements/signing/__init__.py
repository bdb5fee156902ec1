"""Signing: who is asked, by which link, what they see, and what they answer."""
