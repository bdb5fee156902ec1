"""Who has opened what concerns somebody (promise 12)."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from privacy.own.asked import MOST_READS, rows_of
from privacy.own.sections import Row, Section, Subject, legal_basis, row
from privacy.policy.kinds import EVIDENCE
from sessions.reading.views import what_of


def collect(subject: Subject) -> Iterator[Section]:
    """One query."""
    yield Section(
        "reads",
        _("Who has opened"),
        [read_of(each) for each in rows_of("own_reads", MOST_READS)],
        purpose=_("so that you can see who has read what concerns you"),
        basis=legal_basis(),
        period=EVIDENCE,
        seen_by=_("you and the supervisors; nobody can change or delete these lines"),
        note=_("Supervisors stand here by name. Of others who were entitled to read, it says only in which part."),
    )


def read_of(each: dict[str, Any]) -> Row:
    part = {"client": _("The client"), "supervisor": each["name"]}.get(each["part"], _("Somebody in the process"))
    return row(
        each["process"],
        ("what", _("What"), what_of(each["event"], each["about"], each["version"])),
        ("who", _("Who"), part),
        ("at", _("When"), each["at"]),
    )
