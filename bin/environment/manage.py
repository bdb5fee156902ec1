"""bin/manage: manage.py in the environment of bin/run, whether that runs or not."""

from collections.abc import Iterator
from contextlib import contextmanager

from environment import packages, prepare, system
from environment.place import ROOT, VAR, Refusal, only_one, try_lock
from environment.processes import in_foreground, wait_until
from environment.servers import Servers

SERVER_SECONDS = 60
# These look after the tables themselves, or need none.
ABOUT_TABLES = {"migrate", "makemigrations", "showmigrations", "sqlmigrate", "roles", "check", "help"}


def manage(arguments: list[str]) -> int:
    """Use the servers of a bin/run that runs, or start them for as long as the command takes."""
    system.ensure({})
    packages.ensure("base")
    environment = prepare.development()
    with _served() as servers:
        environment |= servers.environment()
        # A database of somebody's own is migrated when they say so.
        if servers.postgres and not ABOUT_TABLES & set(arguments[:1]):
            prepare.tables(servers, environment)
        elif servers.postgres and arguments[0] != "roles":
            prepare.manage(["roles"], environment)
        return in_foreground([str(packages.PYTHON), "manage.py", *arguments], environment, ROOT)


@contextmanager
def _served() -> Iterator[Servers]:
    servers = prepare.embedded()
    users = VAR / "locks" / "manage"
    ours = try_lock(VAR / "locks" / "run")
    if ours is None:
        with only_one(users, shared=True):
            if not wait_until(servers.running, SERVER_SECONDS):
                raise Refusal("The servers that another bin/run or bin/manage is starting or stopping do not answer.")
            yield servers
        return
    try:
        servers.start(tied=True)
        yield servers
    finally:
        # Another bin/manage may have come along meanwhile and still be at work.
        with only_one(users):
            servers.stop()
