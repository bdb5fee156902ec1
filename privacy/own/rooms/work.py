"""How somebody works here: hours, calendars, the key of their notes, spreadsheets they brought in; and holds."""

from collections.abc import Iterator, Mapping
from datetime import time
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from formats.clock import write_clock
from formats.days import write_weekday
from privacy.own.sections import Row, Section, Subject, contract_basis, day, interest_basis, moment, row
from privacy.policy.kinds import HOLD, IMPORT, SETTING
from sessions.models import Feed


def collect(subject: Subject) -> Iterator[Section]:
    """No query of its own: `Subject.more`. Only of who has something of it."""
    more = subject.more
    if settings := [*settings_of(more)]:
        yield Section(
            "work",
            _("How you work"),
            settings,
            purpose=_("so that times offered fit, and that you find your sessions in your own calendar"),
            basis=contract_basis(),
            period=SETTING,
            seen_by=_("you alone; who books with you sees only which times are free"),
            note=_(
                "Addresses of calendars elsewhere are sealed; what stands in them is kept as times without a title."
            ),
            change_url=reverse("calendar:working_time"),
        )
    if more.get("import"):
        yield Section(
            "imports",
            _("Spreadsheets you brought in"),
            [import_of(each) for each in more["import"]],
            purpose=_("to bring in what was kept elsewhere, and to take it back"),
            basis=contract_basis(),
            period=IMPORT,
            seen_by=_("you alone"),
            change_url=reverse("transfer:imports"),
        )
    if more.get("hold"):
        yield Section(
            "holds",
            _("What keeps your data beyond its day"),
            [hold_of(each) for each in more["hold"]],
            purpose=_("to keep what a claim needs"),
            basis=interest_basis(),
            period=HOLD,
            seen_by=_("you, and who may lift it"),
            note=_("Ask the practice for the grounds: they may tell of others too."),
        )


def settings_of(more: Mapping[str, list[dict[str, Any]]]) -> Iterator[Row]:
    for each in sorted(more.get("hours", ()), key=lambda each: (each["said"]["weekday"], each["said"]["begins"])):
        said = each["said"]
        span = f"{clock(said['begins'])}–{clock(said['ends'])}"
        yield row(_("Working hours"), ("day", _("Day"), write_weekday(said["weekday"])), ("time", _("Time"), span))
    for each in more.get("travel", ()):
        yield row(_("Time to travel"), ("minutes", _("Minutes"), each["said"]["minutes"]))
    for each in more.get("calendar", ()):
        yield row(
            _("A calendar elsewhere"),
            ("name", _("Name"), each["said"]["name"]),
            ("at", _("Since"), each["at"]),
            ("read_at", _("Last read"), moment(each["said"]["read_at"])),
        )
    for each in more.get("feed", ()):
        yield row(
            _("Your sessions as a calendar"),
            ("shows", _("It shows"), Feed.Shows(each["said"]["shows"]).label),
            ("at", _("Since"), each["at"]),
            ("fetched_at", _("Last fetched"), moment(each["said"]["fetched_at"])),
        )
    for each in more.get("by_mail", ()):
        yield row(_("Sessions as invitations by e-mail"), ("at", _("Since"), each["at"]))
    for each in more.get("notes_key", ()):
        yield row(
            _("The key of your notes"),
            ("at", _("Made"), each["at"]),
            ("retired_at", _("Replaced"), moment(each["said"]["retired_at"])),
        )


def clock(minutes: int) -> str:
    return write_clock(time(minutes // 60 % 24, minutes % 60), bare=True)


def import_of(each: Mapping[str, Any]) -> Row:
    said = each["said"]
    return row(
        said["name"],
        ("practice", _("Practice"), each["process"]),
        ("at", _("Brought"), each["at"]),
        ("imported_at", _("Imported"), moment(said["imported_at"])),
        ("undone_at", _("Taken back"), moment(said["undone_at"])),
    )


def hold_of(each: Mapping[str, Any]) -> Row:
    said = each["said"]
    return row(
        _("A legal hold"),
        ("process", _("Process"), each["process"]),
        ("at", _("From"), each["at"]),
        ("until", _("Last day"), day(said["until"])),
        ("lifted_at", _("Lifted"), moment(said["lifted_at"])),
    )
