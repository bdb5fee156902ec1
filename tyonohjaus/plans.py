"""Processes that are made rather than lived: by the same verbs as real ones, each at its own time.

The demonstration practice and a supervisor's own example are both made of plans.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.utils import translation

from accounts.models import Contact, Person, Practice, User
from engagements.actions import agree, describe_levels, offer, open_engagement, set_parties
from engagements.actions.parties import PartyLine
from engagements.blockers import current_contract
from engagements.models import (
    LEVELS,
    Approval,
    Contract,
    ContractParty,
    Engagement,
    Focus,
    Goal,
    Participation,
    Process,
    ReportingClause,
    Signature,
    Told,
)
from engagements.models.contract import ToldWhen
from engagements.models.terms import Mode, Rhythm, Travel
from engagements.signing.answers import Evidence, sign
from engagements.signing.visit import consent_to
from formats.clock import HELSINKI
from sessions.actions import book, cancel, mark_held
from sessions.closing.actions import save_memo
from sessions.closing.words import pick
from sessions.models import Word
from sessions.series.actions import book_series
from sessions.series.rule import Rule

Name = tuple[str, str]
Kept = tuple[Sequence[str], Sequence[str], str]


@dataclass(frozen=True)
class Plan:
    """One engagement to be made. `first` is its first session, in days from today; None: no sessions yet."""

    title: str
    form: str
    people: Sequence[Name]
    client: str = ""
    focus: str = Focus.GENERAL
    process: str = Process.LONG
    language: str = "fi"
    mode: str = Mode.IN_PERSON
    place: str = ""
    minutes: int = 90
    sessions: int = 10
    every: int = 3
    at: time = time(9)
    first: int | None = None
    price: str = "190.00"
    goals: Sequence[tuple[str, str]] = ()
    #: By the words of a goal its five levels, the best first.
    levels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    signed: bool = False
    #: What stays of each held session, in their order: methods, themes, memo.
    kept: Sequence[Kept] = ()


def carry_out(
    plan: Plan,
    practice: Practice,
    lead: User,
    *,
    people: Sequence[Person],
    contact: Contact | None,
    opened: datetime,
    times: Sequence[datetime],
    marked_until: datetime,
    example: bool = False,
) -> Engagement:
    """Open the engagement of `plan`; if it has `times`, agree its contract on the same day and book its sessions.

    Sessions that began before `marked_until` are marked, the others are one series. `opened` lies before the first.
    """
    made = open_engagement(
        lead, practice, by=lead, now=opened, title=plan.title, form=plan.form, focus=plan.focus, process=plan.process,
        language=plan.language, client=contact.organisation if contact else None, example=example,
    )  # fmt: skip
    begins = opened.astimezone(HELSINKI).date()
    Participation.objects.bulk_create(Participation(engagement=made, person=one, joined_on=begins) for one in people)
    contract = current_contract(made)
    terms(contract, plan)
    parties(contract, contact, people[0], lead)
    for position, (theme, text) in enumerate(plan.goals):
        goal = Goal.objects.create(engagement=made, theme=theme, text=text, position=position)
        if text in plan.levels:
            describe_levels(goal, dict(zip(LEVELS, plan.levels[text], strict=True)), by=lead, now=opened)
    if times:
        if plan.signed:
            sign_all(made, lead, opened + timedelta(hours=2))
        else:
            agree(made, how=Contract.How.PAPER, agreed_on=begins, by=lead, now=opened + timedelta(hours=2))
    for number, starts_at in enumerate((each for each in times if each < marked_until), start=1):
        meeting(made, plan, number, starts_at, opened + timedelta(hours=3, minutes=number), lead)
    if coming := [each for each in times if each >= marked_until]:
        series(made, plan, coming, opened + timedelta(hours=4), lead)
    return made


def sign_all(engagement: Engagement, lead: User, now: datetime) -> None:
    """Offer the contract and sign it as everybody who is asked, each in the way that is theirs."""
    contract = offer(engagement, by=lead, now=now)
    for request in contract.requests.select_related("contract"):
        method = Signature.Method.FACTOR if request.user_id else Signature.Method.LINK
        with translation.override(engagement.language):
            evidence = Evidence(method, consent_to(request), str(engagement.language))
        sign(request, name=request.name, evidence=evidence, by=lead if request.user_id else None, now=now)
    engagement.refresh_from_db()


def terms(contract: Contract, plan: Plan) -> None:
    Contract.objects.filter(pk=contract.pk).update(
        minutes=plan.minutes, sessions_agreed=plan.sessions, rhythm=Rhythm.WEEKS, rhythm_every=plan.every, time=plan.at,
        mode=plan.mode, place=plan.place, link=link(plan), price=plan.price, payment_days=14, cancel_notice_hours=48,
        cancel_fee_percent=100, no_show_fee_percent=100, evaluation_baseline=True, evaluation_final=True,
        notes_months=6, memo_months=12, notice_days=30, **travel(plan),
    )  # fmt: skip


def travel(plan: Plan) -> dict[str, str]:
    """The terms of travel: to people one travels by the kilometre (0,55 € are free of tax in 2026)."""
    return {"travel": Travel.KILOMETRES, "kilometre_rate": "0.55"} if plan.mode == Mode.IN_PERSON else {}


def link(plan: Plan) -> str:
    return "https://meet.example/tyonohjaus" if plan.mode in (Mode.REMOTE, Mode.HYBRID) else ""


def parties(contract: Contract, contact: Contact | None, first: Person, lead: User) -> None:
    supervisees = PartyLine(ContractParty.Kind.SUPERVISEE, sets_goals=True, signs=True)
    if contact is None:
        payer = PartyLine(ContractParty.Kind.PAYER, person=first, orders=True, signs=True)
        set_parties(contract, [payer, supervisees], by=lead)
        return
    orderer = PartyLine(
        ContractParty.Kind.CONTACT, person=contact.person, contact=contact, orders=True, signs=True, reads_reports=True
    )
    set_parties(contract, [orderer, supervisees], by=lead)
    ReportingClause.objects.bulk_create(
        ReportingClause(contract=contract, what=what, when=when, approval=approval)
        for what, when, approval in (
            (Told.DATES, ToldWhen.HALF_YEARLY, Approval.NONE),
            (Told.COUNTS, ToldWhen.HALF_YEARLY, Approval.NONE),
            (Told.COSTS, ToldWhen.MONTHLY, Approval.NONE),
            (Told.GOALS, ToldWhen.END, Approval.EVERYONE),
            (Told.THEMES, ToldWhen.REQUEST, Approval.EVERYONE),
            (Told.AGGREGATES, ToldWhen.REQUEST, Approval.EVERYONE),
            (Told.TEXT, ToldWhen.REQUEST, Approval.EVERYONE),
        )
    )


def meeting(made: Engagement, plan: Plan, number: int, starts_at: datetime, booked: datetime, lead: User) -> None:
    """Book one session and mark it held. One has somebody away, one was cancelled in time."""
    session = book(
        made, starts_at=starts_at, minutes=plan.minutes, mode=plan.mode, place=plan.place, link=link(plan), by=lead,
        now=booked,
    )  # fmt: skip
    if number == 3 and plan.sessions > 5:
        cancel(session, by=lead, now=starts_at - timedelta(days=4))
        return
    here = list(made.participations.values_list("pk", flat=True))
    away = 1 if number == 2 and len(here) > 2 else 0
    held = mark_held(session, present=dict.fromkeys(here[away:], ""), by=lead, now=session.ends_at)
    if number <= len(plan.kept):
        methods, themes, memo = plan.kept[number - 1]
        pick(held, {Word.Kind.METHOD: methods, Word.Kind.THEME: themes}, by=lead)
        if memo:
            save_memo(held, memo, 0, by=lead, now=session.ends_at + timedelta(minutes=10))


def series(made: Engagement, plan: Plan, times: Sequence[datetime], booked: datetime, lead: User) -> None:
    """Book what is to come as a series, so that it can be moved and cancelled as one."""
    first = times[0].astimezone(HELSINKI).date()
    rule = Rule(plan.every, Rhythm.WEEKS, first.isoweekday(), plan.at, plan.minutes, count=len(times), starting=first)
    book_series(made, rule, times, mode=plan.mode, place=plan.place, link=link(plan), by=lead, now=booked)
