"""What a supervisor keeps of their own profession: portfolio, log, cases for ToTo, duties they reported."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import Sector
from law.aids import Authority
from law.register import entries
from portfolio.models import Kind as Done
from portfolio.models import LogEntry, Part, Spoken, Standing, Training, Unit
from privacy.own.sections import Fields, Row, Section, Subject, contract_basis, day, interest_basis, moment, row
from privacy.policy.kinds import DUTY, PORTFOLIO


def collect(subject: Subject) -> Iterator[Section]:
    """No query of its own: `Subject.more`. Only of who has something of it."""
    more = subject.more
    portfolio = [told(each, subject) for what, told in PORTFOLIO_OF.items() for each in more.get(what, ())]
    if portfolio:
        yield Section(
            "portfolio",
            _("Your portfolio"),
            portfolio,
            purpose=_("to show and to develop your competence"),
            basis=contract_basis(),
            period=PORTFOLIO,
            seen_by=_("you alone, and whom you give the summary"),
            note=_("Files are named here; you take them along from the portfolio."),
            change_url=reverse("portfolio:overview"),
        )
    if more.get("case"):
        yield Section(
            "cases",
            _("Cases for ToTo"),
            [case_of(each) for each in more["case"]],
            purpose=_("to talk them over in your own supervision"),
            basis=contract_basis(),
            period=PORTFOLIO,
            seen_by=_("you alone"),
            note=_(
                "They are sealed with the key of your notes: you read them in the portfolio, once your notes are open."
            ),
            change_url=reverse("cases:list"),
        )
    if more.get("duty"):
        yield Section(
            "duties",
            _("Duties to report that you fulfilled"),
            [duty_of(each) for each in more["duty"]],
            purpose=_("so that you can show it"),
            basis=interest_basis(),
            period=DUTY,
            seen_by=_("you alone"),
            change_url=reverse("duties:log"),
        )


def training_of(each: Mapping[str, Any], subject: Subject) -> Row:
    said = each["said"]
    return row(
        said["programme"],
        ("kind", _("What it was"), Training.Kind(said["kind"]).label),
        ("provider", _("Provider"), said["provider"]),
        ("points", _("Study points"), said["points"] and str(said["points"])),
        ("finished", _("Year finished"), said["finished"]),
        ("verified_by", _("Certificate seen by"), said["verified_by"]),
        ("verified_on", _("Seen on"), day(said["verified_on"])),
        ("file", _("File"), subject.words(each)),
    )


def standing_of(each: Mapping[str, Any], subject: Subject) -> Row:
    said = each["said"]
    return row(
        capfirst(str(Standing.Kind(said["kind"]).label)),
        ("since", _("From"), day(said["since"])),
        ("until", _("Until"), day(said["until"])),
    )


def experience_of(each: Mapping[str, Any], subject: Subject) -> Row:
    said = each["said"]
    return row(
        capfirst(str(Sector(said["sector"]).label)),
        ("what", _("What you did"), said["what"]),
        ("first", _("First year"), said["first"]),
        ("last", _("Last year"), said["last"]),
    )


def spoken_of(each: Mapping[str, Any], subject: Subject) -> Row:
    said = each["said"]
    name = said["name"] or str(Spoken.Which(said["language"]).label)
    return row(capfirst(name), ("level", _("How well"), Spoken.Level(said["level"]).label))


def guideline_of(each: Mapping[str, Any], subject: Subject) -> Row:
    return row(each["said"]["title"], *dated(each))


def commitment_of(each: Mapping[str, Any], subject: Subject) -> Row:
    return row(
        _("You committed yourself to: %(title)s") % {"title": each["said"]["title"]},
        *dated(each),
        ("at", _("When"), each["at"]),
    )


def dated(each: Mapping[str, Any]) -> Fields:
    return [("dated", _("Date of this version"), day(each["said"]["dated"])), ("link", _("Link"), each["said"]["link"])]


def choice_of(each: Mapping[str, Any], subject: Subject) -> Row:
    parts = ", ".join(str(Part(part).label) for part in each["said"]["parts"])
    return row(
        _("What you have chosen"),
        ("toto_least", _("Sessions in half a year"), each["said"]["toto_least"]),
        ("parts", _("In the summary"), parts),
    )


def entry_of(each: Mapping[str, Any], subject: Subject) -> Row:
    said = each["said"]
    branch = LogEntry.Branch(said["branch"]).label if said["branch"] else ""
    return row(
        said["title"],
        ("kind", _("What it was"), Done(said["kind"]).label),
        ("branch", _("Branch"), branch),
        ("day", _("Day"), day(said["day"])),
        ("minutes", _("Minutes"), said["minutes"]),
        ("unit", _("Counted in"), Unit(said["unit"]).label),
        ("whom", _("With whom, or who arranged it"), said["whom"]),
        ("note", _("Note"), subject.words(each)),
    )


def certificate_of(each: Mapping[str, Any], subject: Subject) -> Row:
    return row(
        _("A file with an entry of the log"),
        ("file", _("File"), subject.words(each)),
        ("type", _("Type of file"), each["said"]["type"]),
        ("at", _("When"), each["at"]),
    )


PORTFOLIO_OF: Final[Mapping[str, Callable[[Mapping[str, Any], Subject], Row]]] = {
    "training": training_of,
    "standing": standing_of,
    "experience": experience_of,
    "spoken": spoken_of,
    "guideline": guideline_of,
    "commitment": commitment_of,
    "choice": choice_of,
    "entry": entry_of,
    "certificate": certificate_of,
}


def case_of(each: Mapping[str, Any]) -> Row:
    return row(
        _("A case"),
        ("at", _("Written"), each["at"]),
        ("taken_on", _("Taken to ToTo on"), day(each["said"]["taken_on"])),
    )


def duty_of(each: Mapping[str, Any]) -> Row:
    said = each["said"]
    ground = str(entries()[said["ground"]].name) if said["ground"] in entries() else said["ground"]
    return row(
        ground,
        ("authority", _("To whom"), Authority(said["authority"]).label),
        ("at", _("When"), each["at"]),
        ("reference", _("Reference number of the authority"), said["reference"]),
        ("process", _("Process"), each["process"]),
        ("written_at", _("Written down"), moment(said["written_at"])),
        ("corrects", _("In place of an earlier line"), said["corrects"] or None),
    )
