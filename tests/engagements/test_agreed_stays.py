"""Promise 5: an agreed contract never changes, whatever path is tried and whoever tries."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from audit import asking
from engagements.models import Contract
from tests.conftest import NOW

Cast = Any

CHANGES = [
    "UPDATE engagements_contract SET price = 1 WHERE state = 'agreed'",
    "UPDATE engagements_contract SET terms = '{}' WHERE state = 'agreed'",
    "UPDATE engagements_contract SET terms_hash = repeat('1', 64) WHERE state = 'agreed'",
    "UPDATE engagements_contract SET state = 'superseded' WHERE state = 'agreed'",
    "UPDATE engagements_contract SET valid_from = agreed_on WHERE state = 'agreed'",
    "UPDATE engagements_contract SET state = 'draft', agreed_on = NULL, agreed_how = '' WHERE state = 'agreed'",
    "DELETE FROM engagements_contractparty",
    "UPDATE engagements_contractparty SET reads_reports = true",
    "UPDATE engagements_reportingclause SET what = 'minutes'",
    "DELETE FROM engagements_reportingclause",
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_application_is_refused(cast: Cast, change: str) -> None:
    asking.become(cast.lead)
    with pytest.raises(DatabaseError, match="agreed contract"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


@pytest.mark.parametrize(
    "change", [*CHANGES, "DELETE FROM engagements_contract", "TRUNCATE engagements_contract CASCADE"]
)
def test_the_owner_is_refused_too(settled: Cast, superuser_address: str, change: str) -> None:
    with psycopg.connect(superuser_address, autocommit=True) as owner:
        owner.execute(f"SET ROLE {settings.DATABASE_ROLE_NAMES.prefix}_owner")
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(change)


def test_a_new_version_takes_its_place_and_changes_nothing(cast: Cast, agree_anew: Callable[..., Contract]) -> None:
    asking.become(cast.lead)
    [before] = Contract.objects.filter(engagement=cast.engagement).values()
    agree_anew(cast.engagement, price="250.00")
    assert Contract.objects.filter(pk=before["id"]).values().get() == before
    assert Contract.objects.in_force(NOW.date()).get(engagement=cast.engagement).version == 2


def test_a_draft_may_still_change(cast: Cast) -> None:
    asking.become(cast.lead)
    draft = Contract.objects.create(engagement=cast.engagement, version=2, minutes=60)
    assert Contract.objects.filter(pk=draft.pk).update(minutes=75) == 1
