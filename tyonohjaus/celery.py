"""The queue. Tasks are thin and stand in each room's tasks.py; the schedule stands in settings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tyonohjaus.settings")

app = Celery("tyonohjaus")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
