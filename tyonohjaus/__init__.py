"""Wiring only: settings, addresses, the queue, the home page of each role, shared template tags."""

from tyonohjaus.celery import app as celery_app

__all__ = ["celery_app"]
