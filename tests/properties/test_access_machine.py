"""Whatever happens in a process, in any order: who reads its rows and opens its pages is who a small model says.

The machine opens processes, lets co-supervisors, supervisees and the contact come and go, offers, agrees, amends,
meets, writes notes, sets goals, shares reports, pauses, closes and discards. After every step each of the cast reads
every table through the scoped querysets and past them (then the policies of the database alone decide), and knocks at
the pages of what has just been touched. A fault planted in a scope is found;
those in policies are for tests/attack/test_policies.py.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import reports.paper
from accounts.models import Contact, User
from audit import asking
from engagements import actions
from engagements.models import Contract, Engagement, Goal, Participation, State, Told
from engagements.models.engagement import EngagementQuerySet
from reports.actions import writing
from reports.models import Report
from sessions import actions as meetings
from sessions.models import Note, Session, SessionState
from sessions.notes import actions as notes
from tests.conftest import make_engagement, make_person, make_session, make_user
from tests.report_story import FIRST, LATER
from vault import opening

Cast = Any
DEEP: Final = os.environ.get("TYONOHJAUS_DEEP") == "1"
WHO: Final = (
    "lead", "co_supervisor", "practice_admin", "administrator", "contact", "osa0", "osa1", "osa2", "stranger",
    "stranger_supervisee",
)  # fmt: skip
SUPERVISEES: Final = ("osa0", "osa1", "osa2")
one_of_three = st.integers(min_value=0, max_value=2)


@dataclass
class Model:
    """What the machine knows of one process."""

    state: str = State.DRAFT
    co: bool = False
    inside: set[str] = field(default_factory=set)
    contact: bool = True
    versions: list[str] = field(default_factory=lambda: ["draft"])
    sessions: int = 0
    notes: dict[Any, str] = field(default_factory=dict)
    #: By report: whether the supervisees read along.
    reports: dict[Any, bool] = field(default_factory=dict)
    #: By goal: whose own it is, "" when it is shared.
    goals: dict[Any, str] = field(default_factory=dict)
    gone: bool = False

    @property
    def leading(self) -> set[str]:
        return {"lead", "co_supervisor"} if self.co else {"lead"}

    @property
    def attending(self) -> set[str]:
        return set() if self.state == State.DRAFT else self.inside

    @property
    def party(self) -> set[str]:
        return {"contact"} if self.contact and self.state != State.DRAFT else set()

    def open_process(self) -> set[str]:
        return self.leading | self.attending | self.party

    def see_version(self, state: str) -> set[str]:
        shown = self.attending | self.party | {"lead", "practice_admin"}
        return self.leading | (shown if state != "draft" else set())

    def see_session(self) -> set[str]:
        return self.leading | self.attending

    def see_report(self, pk: Any) -> set[str]:
        return self.leading | (self.attending if self.reports[pk] else set())

    def see_goal(self, pk: Any) -> set[str]:
        shown = self.attending & {self.goals[pk]} if self.goals[pk] else self.attending | self.party
        return self.leading | shown


@dataclass
class Figures:
    steps: int = 0
    readings: int = 0
    requests: int = 0


@pytest.fixture
def world(settled: Cast, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """The cast with three supervisees who have an account; a file of a report is a few bytes."""
    with transaction.atomic():
        users = [make_user(f"osa{number}@otso.example", f"Osa {number}") for number in range(3)]
        asking.become(settled.lead)
        settled.three = [
            make_person(settled.practice, "Osa", f"Ottaja {number}", user) for number, user in enumerate(users)
        ]
        for supervisor in (settled.lead, settled.co_supervisor):
            asking.become(supervisor)
            opening.create(supervisor.pk, "kettu lampi siilo varis honka", now=LATER)
    settled.who = settled.members | {f"osa{number}": user for number, user in enumerate(users)}
    settled.browsers = {}
    for name in WHO:
        settled.browsers[name] = Client()
        settled.browsers[name].force_login(settled.who[name])
    monkeypatch.setattr(reports.paper, "render", lambda *_any, **_named: b"%PDF")
    return settled


def machine_for(cast: Cast, figures: Figures) -> type[RuleBasedStateMachine]:
    class Access(RuleBasedStateMachine):
        @initialize(co=st.booleans(), running=st.sampled_from([True, True, False]))
        def open_one(self, co: bool, running: bool) -> None:
            self.model, self.now, self.touched = Model(), LATER, list[tuple[str, str]]()
            with transaction.atomic():
                asking.become(cast.lead)
                Contact.objects.filter(pk=cast.client_contact.pk).update(left_on=None)
                self.process = make_engagement(
                    cast.practice, cast.lead, cast.organisation, cast.three, cast.client_contact, title="Kone",
                    state=State.DRAFT,
                )  # fmt: skip
                contract = self.process.contracts.get()
                contract.reporting.create(what=Told.TEXT, approval="everyone", when="request")
            self.model.inside = set(SUPERVISEES)
            if co:
                self.co_supervisor_comes_or_goes()
            if running:
                self.agree()
                assert self.model.state == State.ACTIVE
            self.touch("process")

        def tried(self, verb: Callable[[], Any], who: User | None = None) -> bool:
            """Do something as `who`, the lead by default; what is refused leaves everything as it was."""
            self.now += timedelta(minutes=1)
            figures.steps += 1
            try:
                with transaction.atomic():
                    asking.become(who or cast.lead)
                    self.process.refresh_from_db()
                    verb()
            except ValidationError:
                return False
            return True

        def touch(self, kind: str, pk: Any = None) -> None:
            self.touched.append((kind, str(pk or self.process.pk)))

        # --- what people do ---------------------------------------------------------------------------------------

        @precondition(lambda self: not self.model.gone)
        @rule()
        def co_supervisor_comes_or_goes(self) -> None:
            wanted = [] if self.model.co else [cast.co_supervisor]
            if self.tried(lambda: actions.set_co_supervisors(self.process, wanted, by=cast.lead, now=self.now)):
                self.model.co = not self.model.co
                self.touch("process")

        @precondition(lambda self: not self.model.gone)
        @rule(which=one_of_three)
        def supervisee_comes_or_goes(self, which: int) -> None:
            name, person = SUPERVISEES[which], cast.three[which]

            def verb() -> None:
                found = self.process.participations.current().filter(person=person).first()
                if found:
                    actions.leave(found, on=FIRST, by=cast.lead, now=self.now)
                else:
                    actions.join(self.process, person, by=cast.lead, now=self.now, on=FIRST)

            if self.tried(verb):
                self.model.inside ^= {name}
                self.touch("process")

        @rule()
        def contact_comes_or_goes(self) -> None:
            with transaction.atomic():
                asking.become(cast.lead)
                left = None if not self.model.contact else FIRST
                Contact.objects.filter(pk=cast.client_contact.pk).update(left_on=left)
            self.model.contact = not self.model.contact
            self.touch("process")

        @precondition(lambda self: not self.model.gone)
        @rule()
        def offer_or_take_back(self) -> None:
            offering = self.model.versions[-1] == "draft"

            def verb() -> None:
                step = actions.offer if offering else actions.withdraw_offer
                step(self.process, by=cast.lead, now=self.now)

            if self.tried(verb):
                self.model.versions[-1] = "offered" if offering else "draft"
                if len(self.model.versions) == 1:
                    self.model.state = State.OFFERED if offering else State.DRAFT
                self.touch("process")

        @precondition(lambda self: not self.model.gone)
        @rule()
        def agree(self) -> None:
            def verb() -> None:
                actions.agree(self.process, how="paper", agreed_on=FIRST, by=cast.lead, now=self.now)

            if self.tried(verb):
                self.model.versions[-1] = "agreed"
                if len(self.model.versions) == 1:
                    self.model.state = State.ACTIVE
                self.touch("process")

        @precondition(lambda self: not self.model.gone)
        @rule()
        def amend(self) -> None:
            if self.tried(lambda: actions.amend(self.process, by=cast.lead, now=self.now)):
                self.model.versions.append("draft")
                self.touch("process")

        @precondition(lambda self: not self.model.gone)
        @rule(step=st.sampled_from(["pause", "resume", "close"]))
        def move_on(self, step: str) -> None:
            def verb() -> None:
                if step == "pause":
                    actions.pause(self.process, by=cast.lead, now=self.now)
                elif step == "resume":
                    actions.resume(self.process, by=cast.lead, now=self.now)
                else:
                    for one in Session.objects.filter(engagement=self.process, state=SessionState.PLANNED):
                        meetings.cancel(one, reason="", by=cast.lead, now=self.now)
                    actions.close(self.process, ending="completed", by=cast.lead, now=self.now)

            if self.tried(verb):
                self.model.state = {"pause": State.PAUSED, "resume": State.ACTIVE, "close": State.CLOSED}[step]
                if step == "close" and self.model.versions[-1] == "draft":
                    self.model.versions.pop()
                self.touch("process")

        @precondition(lambda self: not self.model.gone)
        @rule()
        def discard(self) -> None:
            if self.tried(lambda: actions.discard(self.process, by=cast.lead)):
                self.model.gone = True
                self.touch("process")

        @precondition(lambda self: self.model.state == State.ACTIVE and self.model.sessions < 3)
        @rule()
        def meet(self) -> None:
            made: list[Session] = []
            at = self.now + timedelta(days=10, hours=3 * self.model.sessions)
            if self.tried(lambda: made.append(make_session(self.process, at))):
                self.model.sessions += 1
                self.touch("session", made[0].pk)

        @precondition(lambda self: self.model.state == State.ACTIVE)
        @rule(co=st.booleans())
        def write_a_note(self, co: bool) -> None:
            author = "co_supervisor" if co and self.model.co else "lead"
            who, made = cast.who[author], list[Note]()
            if self.tried(lambda: made.append(notes.write(self.process, None, "Salaista", by=who, now=self.now)), who):
                self.model.notes[made[0].pk] = author
                self.touch("note", made[0].pk)

        @precondition(lambda self: not self.model.gone)
        @rule(which=st.integers(min_value=-1, max_value=2))
        def set_a_goal(self, which: int) -> None:
            """Shared, or of one supervisee alone."""
            made: list[Goal] = []

            def verb() -> None:
                of = None
                if which >= 0:
                    of = Participation.objects.current().get(engagement=self.process, person=cast.three[which])
                made.append(Goal.objects.create(engagement=self.process, theme="meaning", text="X", owner=of))

            if (which < 0 or SUPERVISEES[which] in self.model.inside) and self.tried(verb):
                self.model.goals[made[0].pk] = SUPERVISEES[which] if which >= 0 else ""

        @precondition(lambda self: self.model.state == State.ACTIVE and len(self.model.reports) < 3)
        @rule()
        def begin_report(self) -> None:
            made: list[Report] = []
            frame: Any = {"kind": "interim", "since": FIRST, "until": LATER.date(), "language": "fi"}

            def verb() -> None:
                made.append(writing.begin(self.process, sections=[Told.DATES], by=cast.lead, now=self.now, **frame))

            if self.tried(verb):
                self.model.reports[made[0].pk] = False
                self.touch("report", made[0].pk)

        @precondition(lambda self: self.model.reports)
        @rule(which=one_of_three)
        def share_report(self, which: int) -> None:
            pk = list(self.model.reports)[which % len(self.model.reports)]
            if self.tried(lambda: writing.share(Report.objects.get(pk=pk), by=cast.lead, now=self.now)):
                self.model.reports[pk] = True
                self.touch("report", pk)

        @precondition(lambda self: self.model.reports)
        @rule(which=one_of_three)
        def discard_report(self, which: int) -> None:
            pk = list(self.model.reports)[which % len(self.model.reports)]
            if self.tried(lambda: writing.discard(Report.objects.get(pk=pk), by=cast.lead, now=self.now)):
                del self.model.reports[pk]

        # --- what is judged ---------------------------------------------------------------------------------------

        def expected(self, who: str) -> dict[str, Any]:
            """Return by table what `who` reads through the scoped querysets."""
            model = self.model
            if model.gone:
                return {"process": set(), "versions": set(), "sessions": 0, "notes": set(), "reports": set(),
                        "goals": set()}  # fmt: skip
            return {
                "process": {self.process.pk} if who in model.open_process() else set(),
                "versions": {
                    number for number, state in enumerate(model.versions, 1) if who in model.see_version(state)
                },
                "sessions": model.sessions if who in model.see_session() else 0,
                "notes": {pk for pk, author in model.notes.items() if who == author},
                "reports": {pk for pk in model.reports if who in model.see_report(pk)},
                "goals": {pk for pk in model.goals if who in model.see_goal(pk)},
            }

        @invariant()
        def everybody_reads_what_the_model_says(self) -> None:
            if not hasattr(self, "process"):
                return
            for who in WHO:
                user, figures.readings = cast.who[who], figures.readings + 12
                with transaction.atomic():
                    asking.become(user)
                    here, expected = {"engagement": self.process.pk}, self.expected(who)
                    reports_of = Report.objects.filter(**here)
                    found: dict[str, Any] = {
                        "process": keys(Engagement.objects.visible_to(user).filter(pk=self.process.pk)),
                        "versions": keys(Contract.objects.visible_to(user).filter(**here), "version"),
                        "sessions": Session.objects.visible_to(user).filter(**here).count(),
                        "notes": keys(Note.objects.readable_by(user).filter(**here)),
                        "reports": keys(reports_of.led_by(user)) | keys(reports_of.attended_by(user))
                        | keys(reports_of.received_by(user)),
                        "goals": keys(Goal.objects.visible_to(user).filter(**here)),
                    }  # fmt: skip
                    assert found == expected, (who, self.model)
                    # Past the scopes the policies alone decide: no more than the same, but the frame for the practice.
                    admin = who in ("lead", "practice_admin")
                    past = {
                        "process": keys(Engagement.objects.filter(pk=self.process.pk)),
                        "sessions": Session.objects.filter(**here).count(),
                        "notes": keys(Note.objects.filter(**here)),
                        "reports": keys(reports_of),
                        "goals": keys(Goal.objects.filter(**here)),
                    }
                    if admin:
                        expected["process"] = past["process"]
                    for table, rows in past.items():
                        assert rows == expected[table], (who, table, self.model)

        @invariant()
        def everybody_opens_what_the_model_says(self) -> None:
            """What was touched in this step: by everybody in the long run, else by some, in turns."""
            if not hasattr(self, "process"):
                return
            for kind, pk in self.touched:
                first = figures.steps % len(WHO)
                for who in WHO if DEEP else (WHO + WHO)[first : first + 2]:
                    figures.requests += 1
                    name, open_to = self.page(kind, pk)
                    status = cast.browsers[who].get(reverse(name, kwargs={"pk": pk})).status_code
                    assert (status != 404) == (who in open_to), (name, who, status, self.model)
                    assert status in (200, 302, 404), (name, who, status)
            self.touched = []

        def page(self, kind: str, pk: str) -> tuple[str, set[str]]:
            key = next((each for each in (*self.model.notes, *self.model.reports) if str(each) == pk), None)
            if kind == "process":
                return "engagements:detail", set() if self.model.gone else self.model.open_process()
            if kind == "session":
                return "sessions:detail", self.model.see_session()
            if kind == "note":
                return "notes:note", {self.model.notes[key]}
            return "draft:read", (self.model.see_report(key) & {*SUPERVISEES})

    return Access


def keys(rows: Any, name: str = "pk") -> set[Any]:
    return set(rows.values_list(name, flat=True))


def budget(examples: int) -> settings:
    return settings(
        max_examples=200 if DEEP else examples,
        stateful_step_count=50 if DEEP else 12,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        derandomize=not DEEP,
        database=None,
    )


def test_who_reads_what_follows_from_what_has_happened(world: Cast) -> None:
    figures = Figures()
    run_state_machine_as_test(machine_for(world, figures), settings=budget(5))
    print(figures)
    assert figures.steps > 20


# --- a planted fault -------------------------------------------------------------------------------------------------


def test_a_scope_that_lets_the_practice_in_is_found(world: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The policies show the practice's administrators that a process is there: the scope alone keeps its page shut."""
    scope = EngagementQuerySet.visible_to
    monkeypatch.setattr(
        EngagementQuerySet, "visible_to", lambda all_, user: scope(all_, user) | all_.administered_by(user)
    )
    with pytest.raises(AssertionError, match="practice_admin"):
        run_state_machine_as_test(machine_for(world, Figures()), settings=budget(30))
