"""The queue. Tasks are thin and stand in each room's tasks.py; the schedule stands in settings."""

import os
from typing import Any

from celery import Celery
from celery.signals import task_failure, worker_init
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tyonohjaus.settings")

app = Celery("tyonohjaus")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def nobody_works_without_a_seal(**_: Any) -> None:
    """A worker that cannot seal says so when it starts, and not when the first contract has been signed."""
    from documents.certificate import identity  # settings have to be there first

    try:
        identity()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from error


worker_init.connect(nobody_works_without_a_seal, weak=False)


def count_failure(**_: Any) -> None:
    from audit.counting import add  # settings have to be there first

    add("failed task")


task_failure.connect(count_failure, weak=False)
