"""This process's connection as another role of the database: the demonstration and the tests play the worker."""

from collections.abc import Iterator
from contextlib import contextmanager

import dj_database_url
from django.conf import settings
from django.db import connections

from audit.roles import Role, role_url


@contextmanager
def as_role(role: Role) -> Iterator[None]:
    """Let this process connect as another role, by that role's own log-in."""
    connection = connections["default"]
    config = dj_database_url.parse(role_url(settings.DATABASE_URL, role, settings.DATABASE_ROLE_NAMES.prefix))
    before = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update(USER=config["USER"], PASSWORD=config["PASSWORD"])
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)
