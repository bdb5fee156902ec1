"""What waits for a supervisor (*Odottaa sinua*): said shortly, each with the page where it is done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from audit.built_once import BuiltOnce
from engagements.models import Contract, Proposal, SignatureRequest, State
from engagements.models.contract import TODAY
from evaluations.models import QuestionnaireKind, Round, RoundState
from evaluations.rounds import panel as rounds
from formats.clock import HELSINKI, write_moment
from formats.days import write_day
from privacy import panel as data
from reports import panel as reports
from sessions.busy.taken import old_of
from sessions.closing import missing
from sessions.models import Session, SessionState
from sessions.offers import panel as offers
from sessions.tasks import panel
from sessions.tasks.reading import Line

#: How many of each kind are shown; what is behind them comes up as they are done.
SHOWN: Final = 4
#: Of a contract that is being written, where one on offer says how it stands.
WRITTEN: Final = 3
#: Kinds of rows that are asked for together.
SIGN, CHOOSE, READ, ASKED, CLOCK = range(5)


@dataclass(frozen=True)
class Task:
    """One thing to do: a link, a note in small print, and whether it is only an example of one."""

    url: str
    label: str
    note: str = ""
    example: bool = False


def waiting_for(user: User, *, day_began: datetime, now: datetime) -> list[Task]:
    """Return what waits for `user`: what they are to sign, sessions before today that nobody marked, offers without an
    answer, new answers to tasks, times to choose from, reports to move, evaluations to answer, read and plan, drafts,
    processes whose agreed sessions are held, other calendars that are not read, memos and own notes. What is made up
    comes last. Eight queries.
    """
    on_offer, drafts = being_agreed(user)
    signatures, choices, calendars = signing_choosing_reading(user, now)
    contracts = in_force(user)
    return [
        *signatures,
        *unmarked(user, day_began),
        *on_offer,
        *new_answers(user),
        *choices,
        *reports_to_move(user, now),
        *evaluations(user, contracts, now),
        *used_up(contracts),
        *calendars,
        *drafts,
        *to_write(user, day_began),
    ]


def to_do(user: User, *, most: int) -> list[Task]:
    """Return what a supervisee is asked for, at most `most` things: to sign, to answer, tasks by when they are due."""
    found = list(to_sign(user, most=most))
    if len(found) < most:
        found += times_to_choose(user, most=most - len(found))
    if len(found) < most:
        found += evaluations_to_answer(user, most=most - len(found))
    if len(found) < most:
        found += reports_to_approve(user, most=most - len(found))
    if len(found) < most:
        found += [task_to_do(line) for line in panel.to_do(user, most=most - len(found))]
    return found


def task_to_do(line: Line) -> Task:
    title = line.title or _("A task that cannot be opened")
    note = _("Late") if line.late else line.due
    return Task(reverse("tasks:detail", args=[line.task.pk]), title, note)


def evaluations_to_answer(user: User, *, most: int = SHOWN) -> Iterator[Task]:
    """What `user` is asked and has not answered, in whatever part. One query."""
    for asked in rounds.to_answer(user, most=most):
        own = asked.kind == QuestionnaireKind.SELF
        label = _("Answer your self-evaluation: %(title)s") if own else _("Answer the evaluation: %(title)s")
        note = _("By %(day)s") % {"day": write_day(asked.closes_on)}
        yield Task(reverse("answer:own", args=[asked.round]), label % {"title": asked.title}, note)


def times_to_choose(user: User, *, most: int = SHOWN) -> Iterator[Task]:
    """Times that `user` is offered and has neither picked nor answered to. One query."""
    for offer in offers.to_answer(user, timezone.now(), most=most):
        label = _("Choose a time: %(title)s") % {"title": offer.engagement.title}
        yield Task(
            reverse("offers:offer", args=[offer.pk]), label, _("By %(day)s") % {"day": write_day(offer.answer_by)}
        )


def reports_to_approve(user: User, *, most: int = SHOWN) -> Iterator[Task]:
    """Reports about which `user` is asked, and has not answered: the nearest last day first. One query."""
    for asked in reports.to_approve(user, most=most):
        note = _("By %(day)s") % {"day": write_day(asked.answer_by)}
        label = _("Read a report and approve it: %(title)s") % {"title": asked.report.engagement.title}
        yield Task(reverse("draft:read", args=[asked.report_id]), label, note)


def reports_to_move(user: User, now: datetime) -> Iterator[Task]:
    """Reports that somebody objects to, and those that everybody has settled. One query."""
    for one, stand in reports.to_move(user, now, most=SHOWN):
        said = (
            _("Somebody does not approve a report: %(title)s") if stand.objects else _("Hand a report over: %(title)s")
        )
        page = "reports:report" if stand.objects else "reports:release"
        yield Task(reverse(page, args=[one.pk]), said % {"title": one.engagement.title}, one.get_kind_display())


def reports_to_read(user: User, *, most: int = SHOWN) -> Iterator[Task]:
    """Reports that `user` has received for the client and not acknowledged. One query."""
    for one in reports.to_acknowledge(user, most=most):
        label = _("Read a report: %(title)s") % {"title": one.engagement.title}
        yield Task(reverse("received:report", args=[one.pk]), label, "")


def evaluations(user: User, contracts: Sequence[Any], now: datetime) -> Iterator[Task]:
    """Evaluations to answer oneself, results that have just come, and what is to be planned or given other days. One
    query beside that of `contracts`.
    """
    yield from map(round_to_move, rounds.to_move(user, now, most=2 * SHOWN))
    for engagement, point in islice(rounds.to_plan(contracts, now), SHOWN):
        label = _("Plan the %(kind)s: %(title)s") % {"kind": point.kind.label, "title": engagement.title}
        note = _("Due on %(day)s") % {"day": write_day(point.due_on)} if point.due_on else ""
        yield Task(reverse("rounds:list", args=[engagement.pk]), label, note)


def round_to_move(each: Round) -> Task:
    values = {"kind": each.get_kind_display(), "title": each.engagement.title}
    if each.state == RoundState.OPEN:
        note = _("By %(day)s") % {"day": write_day(each.closes_on)}
        return Task(reverse("answer:own", args=[each.pk]), _("Answer your self-evaluation: %(title)s") % values, note)
    if each.state == RoundState.CLOSED:
        label = _("Results of an evaluation: %(title)s") % values
        return Task(reverse("results:round", args=[each.pk]), label, each.get_kind_display())
    note = _("Its last day has passed before it was opened.")
    return Task(reverse("rounds:detail", args=[each.pk]), _("Plan the %(kind)s: %(title)s") % values, note)


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


def signing_choosing_reading(user: User, now: datetime) -> tuple[list[Task], list[Task], list[Task]]:
    """Return what `user` is asked to sign, offers of times that wait for them, and other calendars of theirs that have
    not been read for hours; before what they are to sign, breaches whose hours run, and requests about data. One query.
    """
    found = ASKING.rows(user=user.pk, now=now, today=local(now).date())
    rows = sorted(found, key=lambda row: (row[0], row[4] or date.max, row[1]))
    urgent = data_tasks(
        [(pk, day) for which, pk, _title, _left, day, _at in rows if which == ASKED],
        [(pk, at) for which, pk, _title, _left, _day, at in rows if which == CLOCK],
        now,
    )
    signatures = [sign_task(pk, title, deadline) for which, pk, title, _left, deadline, _at in rows if which == SIGN]
    return (
        [*urgent, *signatures],
        [choice_task(pk, title, left) for which, pk, title, left, _day, _at in rows if which == CHOOSE],
        [calendar_task(name, at) for which, _pk, name, _left, _day, at in rows if which == READ],
    )


def asking(user: User, now: datetime, today: date) -> Any:
    """What is asked of `user` in small things of many kinds, as one query."""
    never, no_day = Value(None, DateTimeField()), Value(None, DateField())
    asked = asked_to_sign(user, most=SHOWN).values_list(
        Value(SIGN), "pk", "contract__engagement__title", Value(0), "deadline", "asked_at"
    )
    choices = offers.to_choose(user, now, today, most=SHOWN).values_list(
        Value(CHOOSE), "pk", "engagement__title", "left", "answer_by", never
    )
    unread = old_of(user).values_list(Value(READ), "pk", "name", Value(0), no_day, "read_at")
    no_name = Value("", CharField())
    requests = data.open_requests(user).values_list(Value(ASKED), "pk", no_name, Value(0), "answer", never)
    clocks = data.running_clocks(user).values_list(Value(CLOCK), "pk", no_name, Value(0), no_day, "discovered_at")
    return asked.union(choices, unread, requests, clocks, all=True)


ASKING: Final = BuiltOnce(
    asking,
    {"user": User(pk=UUID(int=1)), "now": datetime(2001, 1, 1, tzinfo=HELSINKI), "today": date(2001, 1, 1)},
    {"user": User(pk=UUID(int=2)), "now": datetime(2002, 2, 2, tzinfo=HELSINKI), "today": date(2002, 2, 2)},
)


def data_tasks(requests: list[tuple[UUID, date]], clocks: list[tuple[UUID, datetime]], now: datetime) -> list[Task]:
    """Breaches of which the authority is to be told, and, in one line, requests about data to be answered."""
    found = [Task(reverse("incidents:incident", args=[pk]), data.clock_line(at, now)) for pk, at in clocks]
    if requests:
        alone = reverse("own:handle", args=[requests[0][0]])
        url = alone if len(requests) == 1 else reverse("own:received")
        found.append(Task(url, *data.request_line(requests, now.astimezone(HELSINKI).date())))
    return found


def data_for(user: User, now: datetime) -> list[Task]:
    """What waits for a practice's administrator in matters of data protection. One query."""
    rows = list(data.both(user))
    requests = sorted(((pk, day) for pk, day, _at in rows if day), key=lambda row: row[1])
    clocks = sorted(((pk, at) for pk, _day, at in rows if at), key=lambda row: row[1])
    return data_tasks(requests, clocks, now)


def asked_to_sign(user: User, *, most: int) -> Any:
    requests = SignatureRequest.objects.of(user).open()
    return requests.order_by(F("deadline").asc(nulls_last=True), "asked_at", "pk")[:most]


def to_sign(user: User, *, most: int = SHOWN) -> Iterator[Task]:
    """What `user`, in whatever part, is asked to sign now; the most urgent first. One query."""
    for request in asked_to_sign(user, most=most).select_related("contract__engagement"):
        yield sign_task(request.pk, request.contract.engagement.title, request.deadline)


def sign_task(pk: UUID, title: str, deadline: date | None) -> Task:
    note = _("By %(day)s") % {"day": write_day(deadline)} if deadline else ""
    return Task(reverse("sign:read", args=[pk]), _("Read and sign: %(title)s") % {"title": title}, note)


def choice_task(pk: UUID, title: str, left: int) -> Task:
    """Times offered of which the supervisor has to choose one, or to offer others."""
    said = _("Choose a time: %(title)s") if left else _("None of the times offered is left: %(title)s")
    return Task(reverse("offers:offer", args=[pk]), said % {"title": title})


def calendar_task(name: str, at: datetime | None) -> Task:
    """What is taken in another calendar is not known."""
    note = _("Last read %(when)s") % {"when": write_moment(at)} if at else _("Not read yet")
    return Task(reverse("busy:own"), _("Your other calendar cannot be read: %(name)s") % {"name": name}, note)


def being_agreed(user: User) -> tuple[list[Task], list[Task]]:
    """Return contracts on offer, where what was declined or proposed needs the supervisor and the others need a yes;
    and drafts, of a process with its first contract or of a change of what was agreed. One query.
    """
    rows = BEING_AGREED.rows(user=user.pk)
    on_offer = sorted((row for row in rows if row[0] != WRITTEN), key=lambda row: (row[0], row[1], row[2]))
    drafts = sorted((row for row in rows if row[0] == WRITTEN), key=lambda row: row[1], reverse=True)
    return [on_offer_task(*row) for row in on_offer], [draft_task(*row) for row in drafts]


def offered_and_written(user: User) -> Any:
    """The first contracts on offer, and the newest drafts, as one query."""
    contracts = Contract.objects.led_by(user).exclude(engagement__state=State.CLOSED)
    declined = SignatureRequest.objects.filter(state=SignatureRequest.State.DECLINED, contract=OuterRef("pk"))
    proposed = Proposal.objects.filter(request__contract=OuterRef("pk"), answered_at=None)
    says = Case(When(Exists(declined), then=Value(0)), When(Exists(proposed), then=Value(1)), default=Value(2))
    columns = ("says", "at", "pk", "version", "engagement", "engagement__title")
    offered = contracts.filter(state=Contract.State.OFFERED).annotate(says=says, at=F("offered_at"))
    written = contracts.filter(state=Contract.State.DRAFT).annotate(says=Value(WRITTEN), at=F("created_at"))
    first = offered.order_by("says", "offered_at", "pk").values_list(*columns)[:SHOWN]
    newest = written.order_by("-created_at", "pk").values_list(*columns)[:SHOWN]
    return first.union(newest, all=True)


BEING_AGREED: Final = BuiltOnce(offered_and_written, {"user": User(pk=UUID(int=1))}, {"user": User(pk=UUID(int=2))})


def on_offer_task(says: int, at: datetime, _pk: UUID, _version: int, engagement: UUID, title: str) -> Task:
    said = (
        _("Somebody declined to sign: %(title)s"),
        _("Somebody proposes a change: %(title)s"),
        _("The contract waits for a yes: %(title)s"),
    )[says]
    note = _("Offered on %(day)s") % {"day": write_day(local(at))}
    return Task(reverse("engagements:signing", args=[engagement]), said % {"title": title}, note)


def draft_task(_says: int, at: datetime, _pk: UUID, version: int, engagement: UUID, title: str) -> Task:
    amends = version > 1
    said = _("Finish the change of the contract: %(title)s") if amends else _("Finish the draft: %(title)s")
    note = _("Begun on %(day)s") % {"day": write_day(local(at))}
    page = "engagements:review" if amends else "engagements:detail"
    return Task(reverse(page, args=[engagement]), said % {"title": title}, note)


def in_force(user: User) -> list[Any]:
    """Return the contracts that `user`'s processes go by and of which there may be something to say: those that name
    evaluations, and those whose agreed sessions are held. In the order of their names, what is made up last. One query.
    """
    held = Session.objects.filter(engagement=OuterRef("engagement"), state=SessionState.HELD, trial=False)
    count = held.order_by().values("engagement").annotate(count=Count("*")).values("count")
    contracts = Contract.objects.led_by(user).in_force(TODAY)
    counted = contracts.annotate(held=Coalesce(Subquery(count), 0, output_field=IntegerField()))
    over = Q(engagement__state=State.ACTIVE, sessions_agreed__lte=F("held"))
    return list(rounds.with_points(counted, also=over).order_by("engagement__example", "engagement__title", "pk"))


def used_up(contracts: Sequence[Any]) -> Iterator[Task]:
    """Processes whose agreed number of sessions is held; trial sessions come before those and do not count."""
    active = (each for each in contracts if each.engagement.state == State.ACTIVE)
    over = (each for each in active if each.sessions_agreed is not None and each.held >= each.sessions_agreed)
    for contract in islice(over, SHOWN):
        number = contract.sessions_agreed or 0
        note = ngettext("The agreed session is held.", "All %(number)d agreed sessions are held.", number)
        title = _("Agree to go on, or close: %(title)s") % {"title": contract.engagement.title}
        url = reverse("engagements:detail", args=[contract.engagement_id])
        yield Task(url, title, note % {"number": number}, contract.engagement.example)


def local(moment: datetime) -> datetime:
    return moment.astimezone(HELSINKI)
