"""What somebody says and is where several meet: sub-groups, themes and what they support of them, times that fit."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from privacy.own.sections import Row, Section, Subject, contract_basis, day, moment, row
from privacy.policy.kinds import FRAME, OWN_SHARED
from sessions.models import TimeAnswer


def collect(subject: Subject) -> Iterator[Section]:
    """No query of its own: `Subject.more`."""
    more = subject.more
    yield Section(
        "sub_groups",
        _("Sub-groups of a work community"),
        [sub_group_of(each) for each in more.get("sub_group", ())],
        purpose=_("to know for whom a session is"),
        basis=contract_basis(),
        period=FRAME,
        seen_by=_("everybody in the process, never the client"),
    )
    yield Section(
        "themes",
        _("Themes"),
        [
            *(theme_of(each, _("A theme you proposed"), subject) for each in more.get("theme", ())),
            *(theme_of(each, _("A theme you support"), subject) for each in more.get("support", ())),
        ],
        purpose=_("to agree on what is worked on together"),
        basis=contract_basis(),
        period=OWN_SHARED,
        seen_by=_("what you proposed, everybody in the process; that you support a theme, you alone")
        if more.get("support")
        else _("everybody in the process, never the client"),
    )
    yield Section(
        "times",
        _("Times that you said fit or do not"),
        [time_of(each) for each in more.get("time", ())],
        purpose=_("to find a time for a session"),
        basis=contract_basis(),
        period=OWN_SHARED,
        seen_by=_("the supervisors"),
    )


def sub_group_of(each: Mapping[str, Any]) -> Row:
    said = each["said"]
    return row(
        said["name"],
        ("process", _("Process"), each["process"]),
        ("since", _("From"), day(said["since"])),
        ("until", _("Until"), day(said["until"])),
    )


def theme_of(each: Mapping[str, Any], name: str, subject: Subject) -> Row:
    return row(
        name,
        ("process", _("Process"), each["process"]),
        ("text", _("Text"), subject.words(each)),
        ("at", _("When"), each["at"]),
        ("recorded", _("Written down by a supervisor"), each["said"].get("recorded") or None),
    )


def time_of(each: Mapping[str, Any]) -> Row:
    said = each["said"]
    return row(
        each["process"],
        ("time", _("Time"), moment(said["starts_at"])),
        ("answer", _("Answer"), TimeAnswer.Fits(said["answer"]).label),
        ("recorded", _("Written down by a supervisor"), said["recorded"] or None),
        ("at", _("When"), each["at"]),
    )
