"""Beat, which may run on several machines: one speaks, the others wait for it to fall silent.

Who speaks holds a lease in the database and renews it every other second. Killed, it is followed when the lease runs
out; stopped properly, at once. When each task was last said stands beside the lease, so that no machine keeps a file:
whoever follows goes on in the same rhythm. A beat that was held up and speaks once too often does no harm, since what
is due stands in PostgreSQL and every task may run twice.
"""

import json
import logging
from contextlib import closing
from datetime import datetime
from typing import Any, Final, cast
from uuid import uuid4

from celery import beat
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections

from tyonohjaus.alive import say

log = logging.getLogger(__name__)

LEASE_SECONDS: Final = 6.0
RENEW_SECONDS: Final = 2.0


class Scheduler(beat.Scheduler):
    """Celery's own, which looks only while it holds the lease, and says after each look that it has looked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.holder = str(uuid4())
        self.speaks = False
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        seconds: float = super().tick(*args, **kwargs) if self.takes_the_lease() else RENEW_SECONDS
        say("beat")
        return min(seconds, RENEW_SECONDS)

    def takes_the_lease(self) -> bool:
        """Take the lease or renew it; whoever gets it anew goes on where the last one stopped.

        Without a database nobody speaks: there nothing could be done anyway.
        """
        spoke = self.speaks
        try:
            said = self.ask(connection, LEASE_SECONDS)
        except DatabaseError as error:
            connection.close()
            said = None
            log.warning("The database does not answer beat: %s.", type(error).__name__)
        self.speaks = said is not None
        if self.speaks and not spoke:
            self.go_on_from(cast(dict[str, str], said))
        if self.speaks != spoke:
            log.info("This beat speaks." if self.speaks else "This beat waits.")
        return self.speaks

    def ask(self, database: Any, seconds: float) -> dict[str, str] | None:
        """Ask for the lease, and hand over what was said; None when another beat holds it."""
        runs = {name: entry.last_run_at.isoformat() for name, entry in self.schedule.items()} if self.speaks else {}
        with database.cursor() as cursor:
            cursor.execute("SELECT sec.beat_lease(%s, %s, %s)", [self.holder, seconds, json.dumps(runs)])
            (said,) = cursor.fetchone()
        return cast(dict[str, str], json.loads(said)) if said is not None else None

    def go_on_from(self, said: dict[str, str]) -> None:
        for name, entry in self.schedule.items():
            if name in said:
                entry.last_run_at = datetime.fromisoformat(said[name]).astimezone(self.app.timezone)
        self._heap = None  # it was filled with the former times

    def close(self) -> None:
        """Let go of the lease.

        This may be called from a signal, in the middle of a question over the usual connection: hence one of its own.
        """
        super().close()
        if self.speaks:
            try:
                with closing(connections.create_connection(DEFAULT_DB_ALIAS)) as own:
                    self.ask(own, 0.0)
            except DatabaseError:
                log.warning("The lease of beat was not given back: it runs out in %d seconds.", LEASE_SECONDS)
            self.speaks = False
