"""What somebody has asked about their data, and what was answered."""

from collections.abc import Iterator

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from privacy.models import DataRequest
from privacy.own.reading import words
from privacy.own.sections import Row, Section, Subject, legal_basis, row
from privacy.policy.kinds import REQUEST


def collect(subject: Subject) -> Iterator[Section]:
    """One query."""
    asked = DataRequest.objects.of(subject.user)
    yield Section(
        "requests",
        _("Requests about your data"),
        [request_of(each) for each in asked],
        purpose=_("to answer you in time, and to be able to show that it was done"),
        basis=legal_basis(),
        period=REQUEST,
        seen_by=_("you and whoever handles the request"),
    )


def request_of(each: DataRequest) -> Row:
    return row(
        capfirst(each.get_kind_display()),
        ("text", _("What you asked"), words(each, "text")),
        ("received_at", _("Received"), each.received_at),
        ("answer_by", _("To be answered by"), each.answer_by),
        ("outcome", _("Decision"), each.get_outcome_display() if each.outcome else ""),
        ("grounds", _("Grounds"), words(each, "grounds")),
        ("decided_at", _("Answered"), each.decided_at),
    )
