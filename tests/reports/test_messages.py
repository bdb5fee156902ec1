"""What is said by mail of reports: once, to whom it concerns, and nothing of what a report says."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from accounts.models import Person
from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from engagements.models import Participation, Told
from notifications import outbox
from notifications.dispatch import Dispatcher
from reports.actions import approving, releasing
from reports.models import Report, Verdict
from reports.reading import current
from tests.conftest import make_person
from tests.report_story import ANSWER_BY, LATER, approve, ask, begin, clause, hand_over, leave, people, rewrite

Cast = Any
SANNA, ASA, VILLE = "sanna@otso.example", "asa@otso.example", "ville@otso.example"
LIISA, TIINA = "liisa@kaari.example", "tiina@otso.example"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Desk:
    """The process of the cast with a clause, and what the worker says of its reports."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast

    def work(self, now: datetime) -> list[tuple[str, str]]:
        """Let the worker plan and send; return whom it told, and under which headline."""
        mail.outbox.clear()
        with as_role(Role.WORKER):
            releasing.move(now)
            outbox.plan(now)
            Dispatcher(clock=lambda: now).run()
        return sorted((sent.to[0], str(sent.body).strip().splitlines()[0]) for sent in mail.outbox)

    def told(self, now: datetime, headline: str) -> list[str]:
        return [who for who, what in self.work(now) if what == headline]

    def answer(self, report: Report, address: str, verdict: str, now: datetime = LATER) -> None:
        with transaction.atomic():
            [one] = [each for each in people(self.cast) if each.person.email == address]
            asking.become(self.cast.lead)
            report.refresh_from_db()
            seen = current(report).hash
            asking.become(one.person.user)
            reason = "Ei näin." if verdict == Verdict.OBJECTS else ""
            approving.give(report, one, verdict, reason=reason, seen=seen, by=self.cast.supervisee, now=now)


@pytest.fixture
def desk(settled: Cast, settings: Any) -> Desk:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    with transaction.atomic():
        clause(settled)
        Person.objects.filter(given_name="Ville").update(email=VILLE)
    return Desk(settled)


def asked(desk: Desk, **values: Any) -> Report:
    with transaction.atomic():
        return ask(desk.cast, begin(desk.cast), **values)


def test_everybody_is_asked_once_and_anew_when_the_text_has_changed(desk: Desk) -> None:
    report = asked(desk)
    headline = "A report waits for your approval"
    assert desk.told(LATER, headline) == [ASA, SANNA, VILLE]
    assert desk.work(LATER + MINUTE) == []
    with transaction.atomic():
        rewrite(desk.cast, report, "Jotain muuta.")
    assert desk.work(LATER + 2 * MINUTE) == [], "nobody is asked about it yet"
    with transaction.atomic():
        ask(desk.cast, report)
    assert desk.told(LATER + 3 * MINUTE, headline) == [ASA, SANNA, VILLE]


def test_no_mail_carries_a_word_of_a_report_or_the_name_of_anybody(desk: Desk) -> None:
    report = asked(desk)
    desk.work(LATER)
    bodies = [str(sent.message()) + str(sent.body) for sent in mail.outbox]
    desk.answer(report, SANNA, Verdict.OBJECTS)
    desk.work(LATER + MINUTE)
    bodies += [str(sent.message()) + str(sent.body) for sent in mail.outbox]
    assert bodies
    for whole in bodies:
        assert not any(
            word in whole for word in ("työnjaosta", "Ei näin", "Sanna", "Liisa", "Tamm", "Päiväkoti", "Kaari")
        )
        assert "Subject: =?utf-8?" in whole or "Työnohjaus" in whole


def test_who_has_not_answered_is_reminded_once_two_days_before(desk: Desk) -> None:
    report = asked(desk)
    desk.work(LATER)
    desk.answer(report, SANNA, Verdict.APPROVES)
    headline = "A report still waits for your approval"
    morning = datetime.combine(ANSWER_BY - 2 * DAY, LATER.timetz().replace(hour=9, minute=5))
    assert desk.told(morning - DAY, headline) == []
    assert desk.told(morning, headline) == [ASA, VILLE]
    assert "Silence never counts as a yes." in str(mail.outbox[0].body)
    assert desk.told(morning + DAY, headline) == []


def test_the_mail_says_that_silence_counts_where_the_signed_clause_says_so(desk: Desk) -> None:
    with transaction.atomic():
        clause(desk.cast, [(Told.TEXT, "request", "everyone", 14)])
        ask(desk.cast, begin(desk.cast, Told.TEXT), answer_by=ANSWER_BY + 5 * DAY)
    desk.work(LATER)
    assert "silence counts as a yes after 14 days" in str(mail.outbox[0].body)


def test_an_approval_that_was_recorded_is_told_to_whose_it_is(desk: Desk) -> None:
    report = asked(desk)
    desk.work(LATER)
    with transaction.atomic():
        [asa] = [each for each in people(desk.cast) if each.person.email == ASA]
        approving.record_in_session(report, asa, seen=current(report).hash, by=desk.cast.lead, now=LATER)
    assert desk.work(LATER + MINUTE) == [(ASA, "Your approval was written down")]
    assert desk.work(LATER + 2 * MINUTE) == []


def test_the_supervisor_is_told_of_an_objection_and_when_nobody_is_waited_for(desk: Desk) -> None:
    report = asked(desk)
    desk.work(LATER)
    desk.answer(report, SANNA, Verdict.OBJECTS)
    assert desk.work(LATER + MINUTE) == [(LIISA, "A report is not approved as it stands")]
    desk.answer(report, SANNA, Verdict.APPROVES, LATER + 2 * MINUTE)
    with transaction.atomic():
        for one in people(desk.cast):
            if one.person.email != SANNA:
                now = LATER + 3 * MINUTE
                approving.record_in_session(report, one, seen=current(report).hash, by=desk.cast.lead, now=now)
    assert desk.told(LATER + 4 * MINUTE, "A report can be handed over") == [LIISA]
    assert desk.told(LATER + 5 * MINUTE, "A report can be handed over") == []


def test_an_objection_that_was_taken_back_meanwhile_is_not_spoken_of(desk: Desk) -> None:
    report = asked(desk)
    desk.work(LATER)
    desk.answer(report, SANNA, Verdict.OBJECTS)
    desk.answer(report, SANNA, Verdict.APPROVES, LATER + MINUTE)
    assert desk.told(LATER + 2 * MINUTE, "A report is not approved as it stands") == []


def test_recipients_are_told_once_when_it_has_left_and_never_before(desk: Desk) -> None:
    with transaction.atomic():
        report = hand_over(desk.cast, approve(desk.cast, ask(desk.cast, begin(desk.cast))))
    headline = "A report was handed over to you"
    assert desk.told(LATER + MINUTE, headline) == []
    gone = LATER + releasing.UNDO
    assert desk.told(gone, headline) == [TIINA]
    assert f"/client/reports/{report.pk}/" in str(mail.outbox[-1].body) or any(
        f"/client/reports/{report.pk}/" in str(sent.body) for sent in mail.outbox
    )
    assert desk.told(gone + MINUTE, headline) == []
    with transaction.atomic():
        asking.become(desk.cast.lead)
        report.refresh_from_db()
        releasing.withdraw(report, "error", by=desk.cast.lead, now=gone)
    assert desk.told(gone + 2 * MINUTE, "A report was withdrawn") == [TIINA]


def test_what_is_taken_back_in_time_is_never_spoken_of(desk: Desk) -> None:
    with transaction.atomic():
        report = hand_over(desk.cast, approve(desk.cast, ask(desk.cast, begin(desk.cast))))
        releasing.take_back(report, by=desk.cast.lead, now=LATER + MINUTE)
    leave()
    assert desk.told(LATER + releasing.UNDO, "A report was handed over to you") == []


def test_those_whom_it_is_about_are_told_once_that_it_is_out(desk: Desk) -> None:
    with transaction.atomic():
        hand_over(desk.cast, approve(desk.cast, ask(desk.cast, begin(desk.cast))))
    headline = "A report about your supervision was handed over to the client"
    assert desk.told(LATER + MINUTE, headline) == []
    assert desk.told(LATER + releasing.UNDO, headline) == [ASA, SANNA, VILLE]
    assert desk.told(LATER + releasing.UNDO + MINUTE, headline) == []


def test_the_supervisor_is_told_once_when_something_has_stopped_it(desk: Desk) -> None:
    with transaction.atomic():
        report = hand_over(desk.cast, approve(desk.cast, ask(desk.cast, begin(desk.cast))))
        new = make_person(desk.cast.practice, "Uusi", "Uutela")
        Participation.objects.create(engagement=desk.cast.engagement, person=new, joined_on=LATER.date())
    headline = "A report was stopped before it left"
    gone = LATER + releasing.UNDO
    assert desk.told(gone, headline) == [LIISA]
    assert f"/reports/{report.pk}/release/" in " ".join(str(sent.body) for sent in mail.outbox)
    assert desk.told(gone + MINUTE, headline) == []


def test_what_was_handed_over_again_is_not_called_stopped(desk: Desk) -> None:
    with transaction.atomic():
        report = hand_over(desk.cast, approve(desk.cast, ask(desk.cast, begin(desk.cast))))
        new = make_person(desk.cast.practice, "Uusi", "Uutela")
        joined = Participation.objects.create(engagement=desk.cast.engagement, person=new, joined_on=LATER.date())
    gone = LATER + releasing.UNDO
    with as_role(Role.WORKER):
        releasing.move(gone)
        releasing.move(gone)  # who has joined is asked the next time
    with transaction.atomic():
        asking.become(desk.cast.lead)
        report.refresh_from_db()
        assert report.stopped_at == gone
        approving.record_in_session(report, joined, seen=current(report).hash, by=desk.cast.lead, now=gone)
        hand_over(desk.cast, report, now=gone)
    assert desk.told(gone + MINUTE, "A report was stopped before it left") == []
