"""Answering: by a personal link, one question a page, without an account."""
