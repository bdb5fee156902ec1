"""Back through the versions of the schema and forth again: nothing is lost, nor what is older than the rules about it.

One way for all, since each step renders every model: it stops where a rule came that speaks of what was there before.
"""

from collections.abc import Callable
from typing import Any, Final

import psycopg
from django.db import connection, connections, transaction

from audit import asking
from engagements.models import Contract, ContractParty, Engagement, Event, ReportingClause
from engagements.terms import digest, thaw
from sessions.models import Fee, Session
from tests.conftest import NOW

Cast = Any
KEPT: Final = [Contract, ContractParty, ReportingClause, Engagement, Event]
MARKED: Final = "2026-11-24 12:00:00+02"


def test_nothing_is_lost_on_the_way_back_and_forth(
    settled: Cast, own_database: str, superuser_address: str, migrate: Callable[..., None]
) -> None:
    before = rows(settled)
    connections.close_all()

    # Sessions that were marked before there were fees.
    migrate(own_database, "supervision", "0012")
    with psycopg.connect(superuser_address, autocommit=True) as superuser:
        for session, state in ((settled.session, "held"), (settled.foreign_session, "no_show")):
            superuser.execute(
                "UPDATE supervision_session SET state = %s, marked_at = %s WHERE id = %s", [state, MARKED, session.pk]
            )

    # Contracts that were agreed before there were signatures and amendments.
    migrate(own_database, "supervision", "0011")
    migrate(own_database, "engagements", "0012")
    migrate(own_database, "documents", "zero")

    # Before there were examples, agreed contracts were kept as well.
    migrate(own_database, "accounts", "0004")
    with psycopg.connect(superuser_address, autocommit=True) as superuser:
        (sources,) = superuser.execute(
            "SELECT string_agg(prosrc, '') FROM pg_proc WHERE pronamespace = 'sec'::regnamespace"
        ).fetchone() or ("",)
    assert "example" not in sources
    assert "an agreed contract never changes" in sources

    # Before there were policies and bookings.
    migrate(own_database, "supervision", "0001")

    migrate(own_database)
    connection.close()
    assert rows(settled) == before
    with asking.acting_as(settled.lead):
        assert Session.objects.get(engagement=settled.engagement).state == "held"
        assert list(Fee.objects.values_list("session", "percent")) == [(settled.session.pk, 100)]
        contract = Contract.objects.in_force(NOW.date()).get(engagement=settled.engagement)
        assert (contract.version, contract.valid_from, contract.begins) == (1, None, NOW.date())
        assert contract.terms_hash == digest(thaw(contract.terms))
    with asking.acting_as(settled.stranger):
        assert list(Fee.objects.values_list("percent", flat=True)) == [0]


def rows(cast: Cast) -> list[list[Any]]:
    """Every row that its lead may read, of what was there from the first version on."""
    with transaction.atomic():
        asking.become(cast.lead)
        return [list(model._base_manager.order_by("pk").values()) for model in KEPT]
