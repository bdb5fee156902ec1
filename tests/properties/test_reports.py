"""Whatever is written, approved, changed and handed over, in any order: the client sees no byte that the signed clause
does not allow and that not everybody has approved who had to.

The machine changes the clause, writes, asks, answers, records, lets people join and leave, hands over, takes back, lets
the worker work and time pass, withdraws, and lets the contact come and go. It judges by a model of its own. Faults are
planted in the rules of the database, one after another, and it finds each.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib import import_module
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

import documents.actions
import reports.paper
from accounts.models import Contact
from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from documents.models import SealedFile
from engagements.models import Participation, Told
from reports.actions import approving, releasing, writing
from reports.models import Asked, Report, ReportState, Revision, Verdict
from reports.reading import current, current_body
from reports.text import Section, canonical
from tests.conftest import make_engagement, make_next_version, make_person, make_user
from tests.report_story import FIRST, LATER

Cast = Any
DEEP: Final = os.environ.get("TYONOHJAUS_DEEP") == "1"
RULES: Final = import_module("reports.migrations.0002_rules")
SECTIONS: Final = (Told.DATES, Told.THEMES, Told.TEXT)
#: Of each section: not named; told without approval (a fact alone); with everybody's; silence counting after a week.
LINES: Final = {
    Told.DATES: [None, ("none", None), ("everyone", None), ("everyone", 7)],
    Told.THEMES: [None, ("everyone", None), ("everyone", 7)],
    Told.TEXT: [None, ("everyone", None), ("everyone", 7)],
}
clauses = st.fixed_dictionaries({what: st.sampled_from(lines) for what, lines in LINES.items()})
some = st.integers(min_value=0, max_value=3)


@dataclass
class Model:
    """What the machine knows: the clause, what which person answered to which text, and what the client is to see.

    Whoever leaves and comes back is the same person: their word counts whenever they said it.
    """

    clause: dict[str, tuple[str, int | None] | None] = field(default_factory=dict)
    said: dict[tuple[UUID, str], dict[UUID, str]] = field(default_factory=dict)
    own: set[tuple[UUID, str, UUID]] = field(default_factory=set)
    files: dict[UUID, bytes] = field(default_factory=dict)
    withdrawn: set[UUID] = field(default_factory=set)
    known_out: set[UUID] = field(default_factory=set)


@pytest.fixture
def world(settled: Cast, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """The cast with four people who all have an account; a file is its text, so that its bytes can be judged."""
    with transaction.atomic():
        users = [make_user(f"osa{number}@otso.example", f"Osa {number}") for number in range(4)]
        asking.become(settled.lead)
        settled.four = [
            make_person(settled.practice, "Osa", f"Ottaja {number}", user) for number, user in enumerate(users)
        ]
    monkeypatch.setattr(
        reports.paper, "render", lambda _template, context, *_more, **_named: as_bytes(context["paper"])
    )
    monkeypatch.setattr(documents.actions, "seal", lambda pdf, **_named: pdf + b"|sealed")
    monkeypatch.setattr(documents.actions, "pages_of", lambda _pdf: 1)
    monkeypatch.setattr(documents.actions, "fingerprint", lambda: "0" * 64)
    return settled


def as_bytes(paper: Any) -> bytes:
    return f"%PDF {paper.report.pk} {canonical(paper.report, paper.body)}".encode()


def machine_for(cast: Cast, left: list[UUID]) -> type[RuleBasedStateMachine]:
    """The machine over the cast; it puts into `left` every report that leaves."""

    class Reports(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.model, self.now = Model(), LATER

        # --- what people do ---------------------------------------------------------------------------------------

        @initialize(clause=clauses)
        def begin_process(self, clause: dict[str, Any]) -> None:
            with transaction.atomic():
                asking.become(cast.lead)
                Contact.objects.filter(pk=cast.client_contact.pk).update(left_on=None)
                self.process = make_engagement(
                    cast.practice, cast.lead, cast.organisation, cast.four[:3], cast.client_contact, title="Kone"
                )
            self.change_clause(clause)
            for what in SECTIONS:
                self.begin([what])

        @rule(clause=clauses)
        def change_clause(self, clause: dict[str, Any]) -> None:
            told = [
                {"what": what, "when": "request", "approval": line[0], "silence_days": line[1]}
                for what, line in clause.items()
                if line
            ]
            with transaction.atomic():
                asking.become(cast.lead)
                make_next_version(self.process, told=told)
            self.model.clause = clause

        def tried(self, verb: Callable[[], Any], who: Any = None) -> bool:
            """Do something as `who`, the lead by default; what is refused leaves everything as it was."""
            try:
                with transaction.atomic():
                    asking.become(who or cast.lead)
                    verb()
            except ValidationError:
                return False
            return True

        def report(self, which: int) -> Report | None:
            with transaction.atomic():
                asking.become(cast.lead)
                found = list(Report.objects.filter(engagement=self.process).select_related("engagement"))
                found.sort(key=lambda each: (each.created_at, each.pk))
                return found[which % len(found)] if found else None

        @rule(names=st.lists(st.sampled_from(SECTIONS), unique=True, min_size=1))
        def begin(self, names: list[str]) -> None:
            self.now += timedelta(seconds=1)
            frame: Any = {"kind": "interim", "since": FIRST, "until": LATER.date(), "language": "fi"}
            self.tried(
                lambda: writing.begin(self.process, sections=names, by=cast.lead, now=self.now, **frame),
            )

        @rule(which=some, words=st.text(alphabet="abä .", max_size=6))
        def write(self, which: int, words: str) -> None:
            report = self.report(which)

            def verb() -> None:
                assert report
                body = current_body(report)
                for what in (Told.TEXT, Told.THEMES):
                    if section := body.section(what):
                        body = body.having(Section(what, section.rows, words))
                writing.write(report, body, upon=report.revision, by=cast.lead, now=self.now)

            if report:
                self.tried(verb)

        @rule(which=some, days=st.sampled_from([2, 7, 9]))
        def ask(self, which: int, days: int) -> None:
            if report := self.report(which):
                until = local(self.now) + timedelta(days=days)
                self.tried(lambda: approving.ask(report, answer_by=until, by=cast.lead, now=self.now))

        @rule(which=some, who=some, approves=st.booleans())
        def answer(self, which: int, who: int, approves: bool) -> None:
            """By themselves, upon the text as it stands."""
            report, person = self.report(which), cast.four[who]
            if report is None:
                return
            with transaction.atomic():
                asking.become(cast.lead)
                seen = current(report).hash
                one = Participation.objects.filter(engagement=self.process, person=person).last()
            if one is None:
                return
            verdict = Verdict.APPROVES if approves else Verdict.OBJECTS
            self.now += timedelta(seconds=1)
            reason = "" if approves else "Ei näin."

            def verb() -> None:
                found = Report.objects.get(pk=report.pk)
                approving.give(found, one, verdict, reason=reason, seen=seen, by=person.user, now=self.now)

            try:
                given = self.tried(verb, person.user)
            except Report.DoesNotExist:  # nobody has shown it to them
                return
            if given:
                self.model.said.setdefault((report.pk, seen), {})[person.pk] = verdict
                self.model.own.add((report.pk, seen, person.pk))

        @rule(which=some)
        def everybody_approves(self, which: int) -> None:
            for who in range(len(cast.four)):
                self.answer(which, who, True)

        @rule(which=some, far=st.integers(min_value=1, max_value=4))
        def on_its_way(self, which: int, far: int) -> None:
            """Some of the steps that a report takes when nothing comes between."""
            steps: list[Callable[[], None]] = [
                lambda: self.ask(which, 9),
                lambda: self.everybody_approves(which),
                lambda: self.hand_over(which),
                lambda: self.time_passes(11),
            ]
            for step in steps[:far]:
                step()

        @rule(which=some, words=st.text(alphabet="abä .", max_size=6))
        def write_late(self, which: int, words: str) -> None:
            """After everybody has approved, and then hand over at once."""
            self.on_its_way(which, 2)
            self.write(which, words)
            self.hand_over(which)
            self.time_passes(11)

        @rule(which=some, clause=clauses)
        def amend_late(self, which: int, clause: dict[str, Any]) -> None:
            """After everybody has approved the clause is changed, and then it is handed over at once."""
            self.on_its_way(which, 2)
            self.change_clause(clause)
            self.hand_over(which)
            self.time_passes(11)

        @rule(which=some, who=some)
        def record(self, which: int, who: int) -> None:
            report, person = self.report(which), cast.four[who]
            if report is None:
                return
            with transaction.atomic():
                asking.become(cast.lead)
                seen = current(report).hash
                one = Participation.objects.filter(engagement=self.process, person=person).last()
            if one is None:
                return
            self.now += timedelta(seconds=1)
            if self.tried(lambda: approving.record_in_session(report, one, seen=seen, by=cast.lead, now=self.now)):
                assert (report.pk, seen, person.pk) not in self.model.own, "recorded over somebody's own answer"
                self.model.said.setdefault((report.pk, seen), {})[person.pk] = Verdict.APPROVES

        @rule(who=some)
        def join_or_leave(self, who: int) -> None:
            with transaction.atomic():
                asking.become(cast.lead)
                current_one = self.process.participations.current().filter(person=cast.four[who])
                if not current_one.update(left_on=self.now.date()):
                    self.process.participations.create(person=cast.four[who], joined_on=self.now.date())

        @rule(which=some)
        def hand_over(self, which: int) -> None:
            report = self.report(which)

            def verb() -> None:
                assert report
                revision = current(report)
                reports.paper.rendered(report, revision, now=self.now)
                revision.refresh_from_db()
                releasing.hand_over(report, seen=revision.pdf_sha256, by=cast.lead, now=self.now)

            if report and report.open:
                self.tried(verb)

        @rule(which=some)
        def take_back(self, which: int) -> None:
            if report := self.report(which):
                self.tried(lambda: releasing.take_back(report, by=cast.lead, now=self.now))

        @rule(which=some)
        def withdraw(self, which: int) -> None:
            report = self.report(which)
            if report and self.tried(lambda: releasing.withdraw(report, "error", by=cast.lead, now=self.now)):
                self.model.withdrawn.add(report.pk)

        @rule(minutes=st.sampled_from([1, 11, 60 * 24, 60 * 24 * 10]))
        def time_passes(self, minutes: int) -> None:
            self.now += timedelta(minutes=minutes)
            with as_role(Role.WORKER):
                releasing.move(self.now)
            self.judge_what_left()

        @rule()
        def contact_comes_or_goes(self) -> None:
            with transaction.atomic():
                asking.become(cast.lead)
                if not Contact.objects.filter(pk=cast.client_contact.pk, left_on=None).update(left_on=FIRST):
                    Contact.objects.filter(pk=cast.client_contact.pk).update(left_on=None)

        # --- what is judged ---------------------------------------------------------------------------------------

        def judge_what_left(self) -> None:
            """Judge every report that has just left, by the model alone."""
            with transaction.atomic():
                asking.become(cast.lead)
                out = Report.objects.filter(engagement=self.process, state=ReportState.RELEASED)
                for report in out.select_related("engagement").exclude(pk__in=self.model.known_out):
                    self.judge(report, current_body(report), current(report).hash)

        def judge(self, report: Report, body: Any, seen: str) -> None:
            self.model.known_out.add(report.pk)
            left.append(report.pk)
            lines = {what: self.model.clause[what] for what in body.names}
            assert all(lines.values()), f"{body.names} left, and the clause names {self.model.clause}"
            asked = [line for line in lines.values() if line and line[0] == "everyone"]
            said = self.model.said.get((report.pk, seen), {})
            assert Verdict.OBJECTS not in said.values(), "somebody objects to this very text"
            if asked:
                silence = None if any(line[1] is None for line in asked) else max(line[1] or 0 for line in asked)
                for one in self.process.participations.current():
                    has_said = one.person_id in said or self.was_silent(report, one, seen, silence)
                    assert has_said, f"{one.pk} has not approved"
            self.model.files[report.pk] = f"%PDF {report.pk} {canonical(report, body)}|sealed".encode()

        def was_silent(self, report: Report, one: Participation, seen: str, silence: int | None) -> bool:
            row = Asked.objects.filter(report=report, participation=one, revision__hash=seen).last()
            if row is None or silence is None:
                return False
            given: int = (row.answer_by - row.asked_on).days
            return given >= silence and local(self.now) > row.answer_by

        @invariant()
        def the_client_sees_what_was_approved_and_nothing_else(self) -> None:
            if not hasattr(self, "process"):
                return
            with transaction.atomic():
                asking.become(cast.lead)
                pks = list(Report.objects.filter(engagement=self.process).values_list("pk", flat=True))
                there = Contact.objects.filter(pk=cast.client_contact.pk, left_on=None).exists()
            with transaction.atomic():
                asking.become(cast.contact)
                files = {each.obj: bytes(each.content) for each in SealedFile.objects.filter(obj__in=pks)}
                listed = set(Report.objects.filter(pk__in=pks).values_list("pk", flat=True))
                assert not Revision.objects.filter(report__in=pks).exists()
            standing = {pk: file for pk, file in self.model.files.items() if pk not in self.model.withdrawn}
            assert files == (standing if there else {})
            assert listed == (set(self.model.files) if there else set())

    return Reports


def local(now: datetime) -> date:
    from formats.clock import HELSINKI

    return now.astimezone(HELSINKI).date()


def budget(examples: int) -> settings:
    return settings(
        max_examples=300 if DEEP else examples,
        stateful_step_count=60 if DEEP else 25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        derandomize=not DEEP,
        database=None,
    )


def test_no_byte_reaches_the_client_that_was_not_allowed_and_approved(world: Cast) -> None:
    left: list[UUID] = []
    run_state_machine_as_test(machine_for(world, left), settings=budget(30))
    assert len(left) > 5, "too few reports left for this to say anything"


# --- planted faults -------------------------------------------------------------------------------------------------


def skipped(rules: Any) -> list[tuple[str, str]]:
    """An approval is skipped: who has not answered is not waited for."""
    weak = rules.STOPS.replace("IN ('unasked', 'waiting', 'objects')", "IN ('objects')")
    return [("report_stops(asked uuid, moment timestamptz) RETURNS TABLE (code text, about text)", weak)]


def edited(rules: Any) -> list[tuple[str, str]]:
    """What was approved of an earlier wording counts for the one that is there now."""
    weak = rules.STANDING.replace("n.revision_id = r.wording AND", "n.report_id = r.id AND").replace(
        "AND n.hash = r.hash", ""
    )
    weak = weak.replace("q.revision_id = r.wording", "q.report_id = r.id")
    return [(f"report_people(asked uuid, moment timestamptz) RETURNS {rules.STANDING_RETURNS}", weak)]


def ignored(rules: Any) -> list[tuple[str, str]]:
    """The clause in force is not asked: every version that there ever was counts."""
    weak = rules.LINES.replace("ORDER BY version DESC LIMIT 1", "")
    return [(f"report_lines(of_process uuid, of_kind text, moment timestamptz) RETURNS {rules.LINES_RETURN}", weak)]


@pytest.fixture
def weakened(request: pytest.FixtureRequest, superuser_address: str) -> None:
    """The rules of this test's database with one fault in them."""
    with psycopg.connect(superuser_address, autocommit=True) as superuser:
        for signature, body in request.param(RULES):
            assert body not in vars(RULES).values(), "the fault is not planted"
            superuser.execute(
                f"CREATE OR REPLACE FUNCTION sec.{signature} LANGUAGE sql STABLE SECURITY DEFINER"
                f" SET search_path = pg_catalog, public, pg_temp AS $fn$ {body} $fn$"
            )


@pytest.mark.parametrize("weakened", [skipped, edited, ignored], indirect=True)
def test_a_planted_fault_is_found(world: Cast, weakened: None) -> None:
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine_for(world, []), settings=budget(300))
