"""Telling the totals of a year, and putting them in order for pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actions import stream
from accounts.models import ClientOrganisation, User
from audit import trail
from evaluations.models import YearTotals
from evaluations.models.totals import FEWEST_EMPLOYEES, open_to
from formats.clock import HELSINKI
from formats.fields import check_length

LONGEST_NOTE: Final = 1000
#: How many years back totals are told of.
YEARS: Final = 15


def years(now: datetime) -> list[int]:
    """Return the years that totals can be told of, the newest first."""
    this = now.astimezone(HELSINKI).year
    return list(range(this, this - YEARS, -1))


@transaction.atomic
def tell(
    organisation: ClientOrganisation, year: int, values: dict[str, Any], *, seen: int, by: User, now: datetime
) -> YearTotals:
    """Tell the totals of `year` anew; what was told before stays as an earlier version.

    `seen` is the number of the version that is corrected, 0 for none. Without any figure the year is taken back. Raises
    ValidationError: a year or organisation that is not theirs to tell, too few employees, nothing said, a text that is
    too long, or somebody has told other figures since.
    """
    if year not in years(now) or not open_to(by).filter(pk=organisation.pk).exists():
        raise ValidationError(_("Totals are told of past years and this one, by who may."))
    if values["employees"] < FEWEST_EMPLOYEES:
        raise ValidationError({"employees": too_few()})
    check_length(values["note"], LONGEST_NOTE, "note")
    told = YearTotals(organisation=organisation, year=year, version=seen + 1, entered_by=by, entered_at=now, **values)
    told.on_behalf = not ClientOrganisation.objects.represented_by(by).filter(pk=organisation.pk).exists()
    if not seen and not told.says_something:
        raise ValidationError(_("Tell at least one: absences, customer satisfaction or costs."))
    standing = latest(organisation, year)
    if (standing.version if standing else 0) != seen:
        raise ValidationError(other_figures() if seen else told_already())
    try:
        with transaction.atomic():
            told.save(force_insert=True)
    except IntegrityError:
        raise ValidationError(other_figures()) from None
    trail.record(
        stream(organisation.practice_id), "year_totals_told", actor=by, obj=organisation,
        data={"year": year, "version": told.version, "on_behalf": told.on_behalf},
    )  # fmt: skip
    return told


def too_few() -> str:
    return ngettext(
        "Totals of fewer than %(number)d employee would point at persons.",
        "Totals of fewer than %(number)d employees would point at persons.",
        FEWEST_EMPLOYEES,
    ) % {"number": FEWEST_EMPLOYEES}


def told_already() -> str:
    return _("This year has been told already. Correct it where it stands.")


def other_figures() -> str:
    return _("Somebody has told other figures of this year meanwhile. Look at them, and then correct what is wrong.")


def latest(organisation: ClientOrganisation, year: int) -> YearTotals | None:
    return YearTotals.objects.filter(organisation=organisation, year=year).order_by("version").last()


@dataclass(frozen=True)
class Year:
    """What stands of one year, and what was told before, the newest first."""

    standing: YearTotals
    earlier: Sequence[YearTotals]


def by_year(organisation: ClientOrganisation) -> list[Year]:
    """Return what the organisation has told, the newest year first; years taken back with their history. One query."""
    rows = YearTotals.objects.filter(organisation=organisation).order_by("-year", "-version")
    found: dict[int, list[YearTotals]] = {}
    for row in rows.select_related("entered_by"):
        found.setdefault(row.year, []).append(row)
    return [Year(versions[0], versions[1:]) for versions in found.values()]


@dataclass(frozen=True)
class Client:
    organisation: ClientOrganisation
    years: Sequence[YearTotals]


def by_client(totals: Iterable[YearTotals]) -> list[Client]:
    """Return what stands, by organisation in the order of their names; without years that were taken back."""
    found: dict[ClientOrganisation, list[YearTotals]] = {}
    for row in totals:
        if row.says_something:
            found.setdefault(row.organisation, []).append(row)
    return [Client(organisation, found[organisation]) for organisation in sorted(found, key=lambda each: each.sort_key)]
