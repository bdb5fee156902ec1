"""The timeline in words: one sentence for each event, in the reader's language, made from its kind and data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from engagements.models import Contract, ContractParty, Ending, Event
from formats.clock import HELSINKI, write_moment
from formats.days import write_day, write_days

_PLAIN: Final[Mapping[str, Promise]] = {
    Event.Kind.CREATED: _("The process was opened as a draft"),
    Event.Kind.COPIED: _("The process was opened as a draft, copied from an earlier one"),
    Event.Kind.OFFERED: _("The contract was offered to its parties"),
    Event.Kind.WITHDRAWN: _("The offer was withdrawn"),
    Event.Kind.STARTED: _("The process started"),
    Event.Kind.PAUSED: _("The process was paused"),
    Event.Kind.RESUMED: _("The process continued"),
    Event.Kind.IMPORTED: _("The process was brought in from a list"),
    Event.Kind.SCAN_WITHDRAWN: _("A scanned agreement was withdrawn"),
    Event.Kind.AMENDED: _("A change of the contract was begun"),
    Event.Kind.DROPPED: _("A change of the contract was given up"),
    Event.Kind.TASK: _("A task was given"),
    Event.Kind.LEVELS: _("The levels of a goal were described"),
    Event.Kind.PROGRESS: _("Progress towards a goal was noted"),
    Event.Kind.STATUTORY: _("It was said whether the process is statutory"),
}
_OF_A_VERSION: Final[Mapping[str, Promise]] = {
    Event.Kind.OFFERED: _("Version %(version)d of the contract was offered to its parties"),
    Event.Kind.WITHDRAWN: _("The offer of version %(version)d was withdrawn"),
    Event.Kind.AMENDED: _("A change of the contract was begun: version %(version)d"),
    Event.Kind.DROPPED: _("The draft of version %(version)d was thrown away"),
}
_ABOUT_A_SESSION: Final[Mapping[str, tuple[Promise, Promise]]] = {
    # with the time of the session, and without
    Event.Kind.BOOKED: (_("A session was booked: %(when)s"), _("A session was booked")),
    Event.Kind.MOVED: (_("A session was moved to %(when)s"), _("A session was moved")),
    Event.Kind.RELOCATED: (_("The place of the session %(when)s changed"), _("The place of a session changed")),
    Event.Kind.CANCELLED: (_("The session %(when)s was cancelled"), _("A session was cancelled")),
    Event.Kind.HELD: (_("The session %(when)s was held"), _("A session was held")),
    Event.Kind.NO_SHOW: (_("Nobody came to the session %(when)s"), _("Nobody came to a session")),
    Event.Kind.MEMO: (_("A memo was written of the session %(when)s"), _("A memo was written")),
    Event.Kind.WAIVED: (_("The fee of the session %(when)s was waived"), _("The fee of a session was waived")),
}
_ABOUT_A_ROUND: Final[Mapping[str, Promise]] = {
    Event.Kind.ROUND_OPENED: _("Open to be answered: %(what)s"),
    Event.Kind.ROUND_CLOSED: _("Answering has ended: %(what)s"),
    Event.Kind.ROUND_OFF: _("Called off: %(what)s"),
}
_ABOUT_A_REPORT: Final[Mapping[str, Promise]] = {
    Event.Kind.REPORT_SHARED: _("The supervisees may read the draft: %(what)s"),
    Event.Kind.REPORT_ASKED: _("Approval was asked for: %(what)s"),
    Event.Kind.REPORT_STOPPED: _("Handing over was stopped, something had come up: %(what)s"),
    Event.Kind.REPORT_OUT: _("Handed over to the client: %(what)s"),
    Event.Kind.REPORT_WITHDRAWN: _("Withdrawn after it had been handed over: %(what)s"),
}
#: What kind of report, in the words that the room of reports has for it.
_REPORTS: Final[Mapping[str, Promise]] = {
    "attendance": _("attendance summary"),
    "interim": _("interim report"),
    "final": _("final report"),
}
#: Of what occasion a round of evaluation is, in the words that the room of evaluations has for it.
_OCCASIONS: Final[Mapping[str, Promise]] = {
    "baseline": _("baseline evaluation"),
    "interim": _("interim evaluation"),
    "final": _("final evaluation"),
    "session": _("session feedback"),
    "orderer": _("the client's view"),
}
_CALLED_OFF: Final[Mapping[str, Promise]] = {
    "nobody": _("There was nobody left to ask."),
    "ended": _("The process had ended."),
}
_CHANGES: Final = {
    Event.Kind.ROUND_OFF: "problem",
    Event.Kind.SERIES_CANCELLED: "problem",
    Event.Kind.CANCELLED: "problem",
    Event.Kind.NO_SHOW: "problem",
    Event.Kind.WITHDRAWN: "problem",
    Event.Kind.DECLINED: "problem",
    Event.Kind.SCAN_WITHDRAWN: "problem",
    Event.Kind.REPORT_STOPPED: "problem",
    Event.Kind.REPORT_WITHDRAWN: "problem",
}


@dataclass(frozen=True)
class Line:
    """One line, ready to be shown. `who` is its audience, `state` how its mark looks, `url` where it leads or ""."""

    at: datetime
    title: str
    more: str
    who: str
    actor: str
    state: str
    url: str


def lines(events: Iterable[Event], *, links: bool) -> list[Line]:
    """Return the lines of `events` (with `actor` selected). `links`: whether the reader may open sessions.

    One query, for the names of those who joined and left.
    """
    events = list(events)
    ids = [person for event in events if (person := _uuid(event.data.get("person")))]
    names = {person.pk: person.name for person in Person.objects.filter(pk__in=ids)} if ids else {}
    return [
        Line(
            at=event.at,
            title=sentence(event, names),
            more=_more(event),
            who=event.audience,
            actor=event.actor.name if event.actor else "",
            state=_CHANGES.get(Event.Kind(event.kind), "done"),
            url=_url(event) if links else "",
        )
        for event in events
    ]


def sentence(event: Event, names: Mapping[UUID, str]) -> str:
    """Return the sentence of `event`. A person whose name the reader may not see is "a supervisee"."""
    data = event.data
    version = data.get("version")
    if event.kind in _OF_A_VERSION and isinstance(version, int) and version > 1:
        return str(_OF_A_VERSION[event.kind]) % {"version": version}
    if event.kind in _PLAIN:
        return str(_PLAIN[event.kind])
    if event.kind in _ABOUT_A_SESSION:
        timed, untimed = _ABOUT_A_SESSION[event.kind]
        at = _moment(data.get("starts_at"))
        return str(timed) % {"when": write_moment(at)} if at else str(untimed)
    if event.kind in _ABOUT_A_SERIES:
        return _about_several(event)
    if event.kind in _ABOUT_A_ROUND:
        what = _OCCASIONS.get(str(data.get("occasion")), gettext("evaluation"))
        return str(_ABOUT_A_ROUND[event.kind]) % {"what": what}
    if event.kind in _ABOUT_A_REPORT:
        return str(_ABOUT_A_REPORT[event.kind]) % {"what": _REPORTS.get(str(data.get("what")), gettext("report"))}
    if event.kind == Event.Kind.AGREED:
        day = _day(data.get("on"))
        how = dict(Contract.How.choices).get(data.get("how", ""))
        if day is None or how is None:
            return gettext("The contract was agreed")
        if isinstance(version, int) and version > 1:
            text = gettext("Version %(version)d of the contract was agreed %(how)s on %(day)s")
            return text % {"version": version, "how": how, "day": write_day(day)}
        return gettext("The contract was agreed %(how)s on %(day)s") % {"how": how, "day": write_day(day)}
    if event.kind == Event.Kind.SCAN_ADDED:
        count = data.get("count")
        number = count if isinstance(count, int) else 1
        return ngettext(
            "%(count)d scan was added to the contract", "%(count)d scans were added to the contract", number
        ) % {"count": number}
    if event.kind == Event.Kind.CLOSED:
        if data.get("ending") == Ending.EARLY:
            return gettext("The process ended early")
        return gettext("The process was completed")
    if event.kind in (Event.Kind.SIGNED, Event.Kind.DECLINED):
        return _about_a_signature(event, names)
    who = names.get(_uuid(data.get("person")) or UUID(int=0), gettext("A supervisee"))
    if event.kind == Event.Kind.LEFT:
        return gettext("%(who)s left the process") % {"who": who}
    return gettext("%(who)s joined the process") % {"who": who}


def _about_a_signature(event: Event, names: Mapping[UUID, str]) -> str:
    """Who signed, by name where the reader may know it, else by their part in the contract."""
    part = dict(ContractParty.Kind.choices).get(event.data.get("part", ""), gettext("somebody"))
    who = names.get(_uuid(event.data.get("person")) or UUID(int=0), "") or f"{str(part)[:1].upper()}{str(part)[1:]}"
    if event.kind == Event.Kind.DECLINED:
        return gettext("%(who)s declined to sign") % {"who": who}
    return gettext("%(who)s signed") % {"who": who}


_ABOUT_A_SERIES: Final = {
    Event.Kind.SERIES_BOOKED, Event.Kind.SERIES_MOVED, Event.Kind.SERIES_RELOCATED, Event.Kind.SERIES_CANCELLED,
}  # fmt: skip


def _about_several(event: Event) -> str:
    count = event.data.get("count")
    number = count if isinstance(count, int) else 0
    sentence = {
        Event.Kind.SERIES_BOOKED: ngettext(
            "A series of %(count)d session was booked", "A series of %(count)d sessions was booked", number
        ),
        Event.Kind.SERIES_MOVED: ngettext("%(count)d session was moved", "%(count)d sessions were moved", number),
        Event.Kind.SERIES_RELOCATED: ngettext(
            "The place of %(count)d session changed", "The place of %(count)d sessions changed", number
        ),
        Event.Kind.SERIES_CANCELLED: ngettext(
            "%(count)d session was cancelled", "%(count)d sessions were cancelled", number
        ),
    }[Event.Kind(event.kind)]
    first, last = _moment(event.data.get("first")), _moment(event.data.get("last"))
    days = f": {write_days(_local(first), _local(last))}" if first and last else ""
    return sentence % {"count": number} + days


def _more(event: Event) -> str:
    data = event.data
    if event.kind == Event.Kind.SERIES_CANCELLED and (late := data.get("late")):
        return ngettext("%(late)d of them late.", "%(late)d of them late.", late) % {"late": late}
    if event.kind == Event.Kind.MOVED and (before := _moment(data.get("from"))):
        return gettext("It had been %(when)s.") % {"when": write_moment(before)}
    if event.kind == Event.Kind.CANCELLED and data.get("late"):
        return gettext("The cancellation came late.")
    if event.kind == Event.Kind.AGREED and (begins := _day(data.get("begins"))):
        return gettext("In force from %(day)s.") % {"day": write_day(begins)}
    if event.kind == Event.Kind.ROUND_OFF:
        return str(_CALLED_OFF.get(str(data.get("why")), ""))
    day = _day(data.get("on")) if event.kind in (Event.Kind.JOINED, Event.Kind.LEFT) else None
    if day and day != event.at.date():
        return gettext("From %(day)s.") % {"day": write_day(day)}
    return ""


def _url(event: Event) -> str:
    if task := _uuid(event.data.get("task")):
        return reverse("tasks:detail", args=[task])
    if (round_ := _uuid(event.data.get("round"))) and event.kind != Event.Kind.ROUND_OFF:
        return reverse("rounds:detail", args=[round_])
    session = _uuid(event.data.get("session"))
    return reverse("sessions:detail", args=[session]) if session else ""


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _local(moment: datetime) -> date:
    return moment.astimezone(HELSINKI).date()


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
