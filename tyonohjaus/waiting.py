"""What waits for a supervisor (*Odottaa sinua*): said shortly, each with the page where it is done."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Final

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from engagements.models import Contract, Proposal, SignatureRequest, State
from engagements.models.contract import TODAY
from evaluations.models import QuestionnaireKind
from evaluations.rounds import panel as rounds
from formats.clock import HELSINKI, write_moment
from formats.days import write_day
from sessions.closing import missing
from sessions.models import Session, SessionState
from sessions.tasks import panel
from sessions.tasks.reading import Line

#: How many of each kind are shown; what is behind them comes up as they are done.
SHOWN: Final = 4


@dataclass(frozen=True)
class Task:
    """One thing to do: a link, a note in small print, and whether it is only an example of one."""

    url: str
    label: str
    note: str = ""
    example: bool = False


def waiting_for(user: User, *, day_began: datetime, now: datetime) -> list[Task]:
    """Return what waits for `user`: what they are to sign, sessions before today that nobody marked, offers without an
    answer, new answers to tasks, evaluations to answer, read and plan, drafts, processes whose agreed sessions are
    held, memos and own notes. What is made up comes last. Eleven queries.
    """
    return [
        *to_sign(user),
        *unmarked(user, day_began),
        *offered(user),
        *new_answers(user),
        *evaluations_to_answer(user),
        *evaluations(user, now),
        *used_up(user),
        *drafts(user),
        *to_write(user, day_began),
    ]


def to_do(user: User, *, most: int) -> list[Task]:
    """Return what a supervisee is asked for, at most `most` things: to sign, to answer, tasks by when they are due."""
    found = list(to_sign(user, most=most))
    if len(found) < most:
        found += evaluations_to_answer(user, most=most - len(found))
    if len(found) < most:
        found += [task_to_do(line) for line in panel.to_do(user, most=most - len(found))]
    return found


def evaluations_to_answer(user: User, *, most: int = SHOWN) -> Iterator[Task]:
    """What `user` is asked and has not answered, in whatever part. One query."""
    for asked in rounds.to_answer(user, most=most):
        own = asked.kind == QuestionnaireKind.SELF
        label = _("Answer your self-evaluation: %(title)s") if own else _("Answer the evaluation: %(title)s")
        note = _("By %(day)s") % {"day": write_day(asked.closes_on)}
        yield Task(reverse("answer:own", args=[asked.round]), label % {"title": asked.title}, note)


def evaluations(user: User, now: datetime) -> Iterator[Task]:
    """Results that have just come, and evaluations to plan or to give other days. Three queries."""
    for each in rounds.to_read(user, now)[:SHOWN]:
        label = _("Results of an evaluation: %(title)s") % {"title": each.engagement.title}
        yield Task(reverse("results:round", args=[each.pk]), label, each.get_kind_display())
    late = (
        (each.engagement, each.get_kind_display(), _("Its last day has passed before it was opened."))
        for each in rounds.to_open(user, now)[:SHOWN]
    )
    due = (
        (engagement, point.kind.label, _("Due on %(day)s") % {"day": write_day(point.due_on)} if point.due_on else "")
        for engagement, point in rounds.to_plan(user, now)
    )
    for engagement, kind, note in islice(chain(late, due), SHOWN):
        label = _("Plan the %(kind)s: %(title)s") % {"kind": kind, "title": engagement.title}
        yield Task(reverse("rounds:list", args=[engagement.pk]), label, note)


def task_to_do(line: Line) -> Task:
    title = line.title or _("A task that cannot be opened")
    note = _("Late") if line.late else line.due
    return Task(reverse("tasks:detail", args=[line.task.pk]), title, note)


def new_answers(user: User) -> Iterator[Task]:
    """Processes with answers that `user` has not read since they were given or changed."""
    for row in panel.to_read(user, most=SHOWN):
        label = ngettext(
            "%(count)d new answer to read: %(title)s", "%(count)d new answers to read: %(title)s", row["count"]
        )
        one = row["tasks"][0] if len(row["tasks"]) == 1 else None
        url = reverse("tasks:detail", args=[one]) if one else reverse("tasks:list", args=[row["engagement"]])
        yield Task(url, label % row)


def unmarked(user: User, day_began: datetime) -> Iterator[Task]:
    """Each of the first sessions that nobody marked; when there are more, the list of them all."""
    sessions = Session.objects.led_by(user).ended_unmarked(day_began).order_by("engagement__example", "starts_at", "pk")
    found = list(sessions.select_related("engagement")[: SHOWN + 1])
    for session in found[:SHOWN]:
        title = _("Mark how it went: %(title)s") % {"title": session.engagement.title}
        url, note = reverse("sessions:close", args=[session.pk]), write_moment(session.starts_at)
        yield Task(url, title, note, session.engagement.example)
    if len(found) > SHOWN:
        yield Task(reverse("sessions:unmarked"), _("All the sessions that are not marked"))


def to_write(user: User, day_began: datetime) -> Iterator[Task]:
    """Sessions held before today without a memo, all in one line, and those without an own note. One query."""
    counts = missing.to_write(user, day_began)
    titles = {
        "memo": ngettext(
            "%(number)d session is without a memo", "%(number)d sessions are without a memo", counts["memo"]
        ),
        "note": ngettext(
            "%(number)d session is without your note", "%(number)d sessions are without your note", counts["note"]
        ),
    }
    for kind, count in counts.items():
        if count:
            yield Task(f"{reverse('sessions:unmarked')}?missing={kind}", titles[kind] % {"number": count})


def to_sign(user: User, *, most: int = SHOWN) -> Iterator[Task]:
    """What `user`, in whatever part, is asked to sign now; the most urgent first. One query."""
    requests = SignatureRequest.objects.of(user).open().select_related("contract__engagement")
    for request in requests.order_by(F("deadline").asc(nulls_last=True), "asked_at", "pk")[:most]:
        title = _("Read and sign: %(title)s") % {"title": request.contract.engagement.title}
        note = _("By %(day)s") % {"day": write_day(request.deadline)} if request.deadline else ""
        yield Task(reverse("sign:read", args=[request.pk]), title, note)


def offered(user: User) -> Iterator[Task]:
    """Contracts on offer: what was declined or proposed needs the supervisor, the others need a yes."""
    offers = Contract.objects.led_by(user).filter(state=Contract.State.OFFERED).exclude(engagement__state=State.CLOSED)
    declined = SignatureRequest.objects.filter(state=SignatureRequest.State.DECLINED, contract=OuterRef("pk"))
    proposed = Proposal.objects.filter(request__contract=OuterRef("pk"), answered_at=None)
    says = Case(When(Exists(declined), then=Value(0)), When(Exists(proposed), then=Value(1)), default=Value(2))
    titles = (
        _("Somebody declined to sign: %(title)s"),
        _("Somebody proposes a change: %(title)s"),
        _("The contract waits for a yes: %(title)s"),
    )
    rows = offers.annotate(says=says).order_by("says", "offered_at", "pk")
    for engagement, name, at, which in rows.values_list("engagement", "engagement__title", "offered_at", "says")[
        :SHOWN
    ]:
        note = _("Offered on %(day)s") % {"day": write_day(local(at))} if at else ""
        yield Task(reverse("engagements:signing", args=[engagement]), titles[which] % {"title": name}, note)


def used_up(user: User) -> Iterator[Task]:
    """Processes whose agreed number of sessions is held; trial sessions come before those and do not count."""
    held = Session.objects.filter(engagement=OuterRef("engagement"), state=SessionState.HELD, trial=False)
    count = held.order_by().values("engagement").annotate(count=Count("pk")).values("count")
    contracts = (
        Contract.objects.led_by(user)
        .in_force(TODAY)
        .filter(engagement__state=State.ACTIVE, sessions_agreed__isnull=False)
        .annotate(held=Coalesce(Subquery(count), 0, output_field=IntegerField()))
        .filter(held__gte=F("sessions_agreed"))
        .select_related("engagement")
        .order_by("engagement__example", "engagement__title", "pk")
    )
    for contract in contracts[:SHOWN]:
        number = contract.sessions_agreed or 0
        note = ngettext("The agreed session is held.", "All %(number)d agreed sessions are held.", number)
        title = _("Agree to go on, or close: %(title)s") % {"title": contract.engagement.title}
        url = reverse("engagements:detail", args=[contract.engagement_id])
        yield Task(url, title, note % {"number": number}, contract.engagement.example)


def drafts(user: User) -> Iterator[Task]:
    """Drafts: of a process with its first contract, and of a change of what was agreed."""
    contracts = Contract.objects.led_by(user).filter(state=Contract.State.DRAFT).exclude(engagement__state=State.CLOSED)
    for contract in contracts.select_related("engagement").order_by("-created_at", "pk")[:SHOWN]:
        said = (
            _("Finish the change of the contract: %(title)s") if contract.amends else _("Finish the draft: %(title)s")
        )
        page = "engagements:review" if contract.amends else "engagements:detail"
        note = _("Begun on %(day)s") % {"day": write_day(local(contract.created_at))}
        yield Task(reverse(page, args=[contract.engagement_id]), said % {"title": contract.engagement.title}, note)


def local(moment: datetime) -> datetime:
    return moment.astimezone(HELSINKI)
