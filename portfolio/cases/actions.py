"""Verbs of cases: kept, taken to ToTo, deleted for good."""

from datetime import date, datetime
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from audit import trail
from formats.clock import HELSINKI
from portfolio.cases.written import Written, seal
from portfolio.models import Case
from vault import texts


@transaction.atomic
def keep(written: Written, *, by: User, now: datetime) -> Case:
    """Keep a case as it reads without the names. Raises NoVault when its author has no key yet."""
    pk = uuid4()
    case = Case.objects.create(pk=pk, author=by, created_at=now, sealed=seal(written, pk, by, now))
    trail.record(stream(by), "case.kept", actor=by, obj=case)
    return case


@transaction.atomic
def take(case: Case, day: date | None, *, by: User, now: datetime) -> None:
    """Say on which day a case was talked about in ToTo; without a day it has not been. Raises ValidationError."""
    if day is not None and day > now.astimezone(HELSINKI).date():
        raise ValidationError({"day": gettext("That day is still ahead.")})
    Case.objects.of(by).filter(pk=case.pk).update(taken_on=day)
    trail.record(stream(by), "case.taken", actor=by, obj=case)


@transaction.atomic
def delete(case: Case, *, by: User, now: datetime) -> None:
    """Delete a case for good: its key is destroyed."""
    trail.record(stream(by), "case.deleted", actor=by, obj=case)
    texts.erase([bytes(case.sealed)], by.pk, now=now)
    case.delete()


def stream(user: User) -> str:
    return f"portfolio {user.pk}"
