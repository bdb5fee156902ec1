"""In which parts somebody is here, what they signed and approved, and what was noted of them by name."""

from collections.abc import Iterator
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from accounts.models import Membership
from engagements.models import ContractParty, SignatureRequest
from privacy.own.asked import rows_of
from privacy.own.sections import Row, Section, Subject, contract_basis, interest_basis, row
from privacy.policy.kinds import CONTRACT, FRAME
from reports.models.approval import Verdict
from sessions.models import Attendance


def collect(subject: Subject) -> Iterator[Section]:
    """Two queries."""
    yield Section(
        "roles",
        _("Processes and roles"),
        [role_of(each) for each in rows_of("own_roles")],
        purpose=_("to arrange the supervision that was agreed, and to let each see what is theirs"),
        basis=contract_basis(),
        period=FRAME,
        seen_by=_("the supervisors of the process and the practice; the client only if the contract says so"),
    )
    deeds = rows_of("own_deeds")
    yield Section(
        "attendance",
        _("Attendance"),
        [attendance_of(each) for each in deeds if each["what"] in ("attendance", "cannot_come")],
        purpose=_("to know which sessions were held, for whom"),
        basis=contract_basis(),
        period=FRAME,
        seen_by=_("you and the supervisors; the client at most sees how many took part, if the contract says so"),
    )
    yield Section(
        "signatures",
        _("Signatures and approvals"),
        [
            *(agreement_of(each) for each in deeds if each["what"] in ("signature", "approval")),
            *(proposal_of(each) for each in subject.more.get("proposal", ())),
            *(acknowledged_of(each) for each in subject.more.get("acknowledged", ())),
        ],
        purpose=_("evidence of what you agreed to, and of what you approved to be told to the client"),
        basis=interest_basis(),
        period=CONTRACT,
        seen_by=_("you and the supervisors; the parties of a contract see who has signed it"),
    )


def role_of(each: dict[str, Any]) -> Row:
    title = each["title"] or _("A process that is being prepared")
    facts = [
        ("practice", _("Practice"), each["practice"]),
        ("lead", _("Supervisor"), each["lead"]),
        ("since", _("From"), each["since"]),
        ("until", _("Until"), each["until"]),
    ]
    if each["what"] == "contact":
        told = [("title", _("Title"), each["detail"]), ("phone", _("Telephone"), each["lead"])]
        named = _("Contact of %(client)s") % {"client": each["title"]}
        return row(named, facts[0], *told, facts[3])
    if each["what"] == "member":
        kind = Membership.Kind(each["detail"]).label
        return row(_("Works in %(practice)s") % {"practice": each["practice"]}, ("kind", _("As"), kind), *facts[2:])
    if each["what"] == "party":
        kind = ContractParty.Kind(each["detail"]).label
        return row(
            title, ("part", _("Part"), kind), ("version", _("Version of the contract"), int(each["more"])), *facts
        )
    part = _("supervisee and line manager") if each["more"] else _("supervisee")
    return row(title, ("part", _("Part"), part), *facts)


def attendance_of(each: dict[str, Any]) -> Row:
    if each["what"] == "cannot_come":
        said = _("You said beforehand that you cannot come")
        return row(
            each["process"],
            ("said", _("What is kept"), said),
            ("session", _("Session"), parse_datetime(each["more"])),
            ("at", _("Said"), each["at"]),
        )
    how = Attendance.How(each["how"]).label if each["how"] else ""
    presence = Attendance.Presence(each["value"]).label
    return row(
        each["process"], ("session", _("Session"), each["at"]), ("presence", _("Presence"), presence),
        ("how", _("How"), how),
    )  # fmt: skip


def agreement_of(each: dict[str, Any]) -> Row:
    if each["what"] == "approval":
        return row(
            each["process"],
            ("what", _("What"), _("a report to the client")),
            ("answer", _("Answer"), Verdict(each["value"]).label),
            ("recorded", _("Written down by a supervisor"), bool(each["how"]) or None),
            ("at", _("When"), each["at"]),
        )
    return row(
        each["process"],
        ("what", _("What"), SignatureRequest.What(each["how"]).label),
        ("state", _("State"), SignatureRequest.State(each["value"]).label),
        ("at", _("When"), each["at"]),
        ("address", _("Network address, shortened"), each["more"]),
    )


def proposal_of(each: dict[str, Any]) -> Row:
    said = each["said"]
    return row(
        each["process"],
        ("what", _("What"), _("a change to the contract that you proposed")),
        ("text", _("Text"), said["text"]),
        ("reply", _("Answer"), said["answer"]),
        ("at", _("When"), each["at"]),
    )


def acknowledged_of(each: dict[str, Any]) -> Row:
    what = _("that you have received a report")
    return row(each["process"], ("what", _("What"), what), ("at", _("When"), each["at"]))
