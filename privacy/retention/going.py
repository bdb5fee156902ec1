"""What goes in the coming weeks, for those whose it is: by name to who leads, by kind and frame to who administers."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from engagements.models import Form
from formats.clock import HELSINKI

#: So far ahead is looked.
AHEAD: Final = timedelta(days=31)
WHAT: Final = {
    "notes": _("Supervisors’ own notes"),
    "content": _("Memos, tasks, answers and everything else that was written in it"),
    "contract": _("The whole process, with its contract and its sessions"),
    "abandoned": _("The whole process: it never began"),
    "books": _("Bases of invoices"),
    "trips": _("Travel that was noted"),
    "people": _("Persons who are in no process any more"),
    "contacts": _("Former contacts of clients"),
    "messages": _("Messages that were sent"),
    "invitations": _("Invitations into the practice"),
    "signing_links": _("Personal links for signing"),
    "answer_links": _("Personal links to evaluations"),
    "holds": _("Legal holds that have ended"),
    "requests": _("Requests about data, and their answers"),
    "incidents": _("Log of personal data breaches"),
    "imports": _("That a spreadsheet was brought in"),
}


@dataclass(frozen=True)
class Going:
    """Something that goes on a day, or is held: of a process with its name, or with its frame alone."""

    rule: str
    engagement: UUID | None
    title: str
    form: str
    lead: str
    on: date
    held: bool
    amount: int

    @property
    def what(self) -> Promise | str:
        return WHAT[self.rule]

    @property
    def may_be_held(self) -> bool:
        """What never began is thrown away by who made it as well."""
        return self.rule != "abandoned"

    @property
    def frame(self) -> str:
        return f"{capfirst(str(Form(self.form).label))}, {self.lead}"


@dataclass(frozen=True)
class Ahead:
    """What goes: of own processes, of others’ in the practice, and how much of everything else."""

    own: list[Going]
    others: list[Going]
    counts: list[Going]


def ahead(now: datetime) -> Ahead:
    last = (now + AHEAD).astimezone(HELSINKI).date()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rule, engagement, title, form, lead, goes_on, held, amount FROM sec.going_next(%s)", [last]
        )
        rows = sorted(
            (Going(rule, pk, title or "", form or "", lead or "", day, held, amount)
             for rule, pk, title, form, lead, day, held, amount in cursor.fetchall()),
            key=lambda row: (row.on, row.title, row.rule, str(row.engagement)),
        )  # fmt: skip
    own = [row for row in rows if row.title]
    others = [row for row in rows if row.engagement and not row.title]
    return Ahead(own, others, _by_rule(row for row in rows if not row.title))


def _by_rule(rows: Iterable[Going]) -> list[Going]:
    found: dict[str, list[Going]] = defaultdict(list)
    for row in rows:
        found[row.rule].append(row)
    return [
        Going(rule, None, "", "", "", min(row.on for row in each), all(row.held for row in each),
              sum(row.amount for row in each))
        for rule, each in sorted(found.items(), key=lambda pair: list(WHAT).index(pair[0]))
    ]  # fmt: skip
