"""Which machine answers makes no difference: what one process knows and another does not is never asked of it."""

from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from django.db import models
from django.urls import reverse

from environment.processes import wait_until
from tests.production.test_restart import answers
from tests.production.visitors import Visitor, signed_in

pytestmark = pytest.mark.xdist_group("production")


def test_what_is_cached_and_who_is_logged_in_stands_in_valkey_and_postgresql() -> None:
    assert [type(cache) for cache in caches.all(initialized_only=False)] == [RedisCache]
    assert settings.SESSION_ENGINE == "django.contrib.sessions.backends.db"


def test_no_file_is_kept_on_the_disk_of_a_machine() -> None:
    fields = [field for model in apps.get_models() for field in model._meta.get_fields()]
    assert [field for field in fields if isinstance(field, models.FileField)] == []


def test_one_machine_goes_on_where_the_other_stopped(settled: Any, processes: Any, free_port: int) -> None:
    """Each request of somebody who logs in, writes and logs out goes to the other of two web servers."""
    other = free_port + 1
    for name, port in (("one", free_port), ("other", other)):
        processes.web(name, port, "--workers", "1")
        assert wait_until(partial(answers, Visitor(port, {})), 60)
    lead = signed_in(settled.lead, free_port)
    path = reverse("sessions:memo_keep", args=[settled.session.pk])
    for number in range(6):
        lead.port = (free_port, other)[number % 2]
        saved = lead.post(path, memo=f"Text {number}", rev=number)
        assert (saved.status, saved.json()["rev"]) == (200, number + 1)
    lead.post(reverse("account_logout"))
    lead.port = free_port
    assert lead.get(reverse("engagements:list")).status == 302, "logged out at one, logged out at all"
