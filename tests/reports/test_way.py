"""The whole way of a report: begun by the clause, shared, approved, handed over, sealed, received, withdrawn."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import Error, IntegrityError, InternalError, connection, transaction

from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from documents.models import SealedFile
from engagements.models import Told
from reports.actions import approving, releasing, writing
from reports.models import Report, ReportState, Revision, Verdict
from reports.paper import rendered
from reports.reading import current, current_body
from tests.report_story import (
    ANSWER_BY,
    LATER,
    approve,
    ask,
    begin,
    clause,
    hand_over,
    leave,
    people,
    released,
    rewrite,
    shown,
)

Cast = Any


@pytest.fixture
def agreed(settled: Cast) -> Cast:
    """The cast of a database of its own, with a clause."""
    with transaction.atomic():
        clause(settled)
    return settled


def codes(report: Report) -> list[str]:
    return sorted(stop.code for stop in releasing.stops(report, now=LATER))


def test_a_report_goes_the_whole_way(agreed: Cast) -> None:
    report = released(agreed)
    assert report.state == ReportState.RELEASED
    with transaction.atomic():
        asking.become(agreed.contact)
        assert list(Report.objects.received_by(agreed.contact)) == [report]
        sealed = SealedFile.objects.get(kind="report", obj=report.pk)
        assert bytes(sealed.content).startswith(b"%PDF")
        assert not Revision.objects.exists()  # a client has the file and nothing else
        asking.become(agreed.supervisee)
        assert SealedFile.objects.filter(obj=report.pk).exists()


def test_nothing_leaves_that_the_clause_does_not_name(cast: Cast) -> None:
    clause(cast, [(Told.DATES, "request", "none", None)])
    with pytest.raises(ValidationError, match="does not name"):
        begin(cast, Told.DATES, Told.TEXT)
    report = begin(cast, Told.DATES)
    assert codes(report) == []
    clause(cast, [(Told.MINUTES, "request", "none", None)])
    assert codes(report) == ["clause"]


def test_facts_without_approval_leave_by_the_clause_alone(cast: Cast) -> None:
    clause(cast)
    report = begin(cast, Told.DATES, Told.MINUTES, kind="attendance")
    with pytest.raises(ValidationError, match="nobody’s approval"):
        ask(cast, report)
    hand_over(cast, report)
    assert report.state == ReportState.HANDED
    asking.become(cast.supervisee)
    assert list(Report.objects.attended_by(cast.supervisee)) == [report], "they see what the client will see"


def test_a_letter_changed_makes_every_approval_void(cast: Cast) -> None:
    clause(cast)
    report = approve(cast, ask(cast, begin(cast)))
    assert codes(report) == []
    rewrite(cast, report, "Olemme puhuneet työnjaosta!")
    assert report.state == ReportState.WRITING
    assert codes(report) == ["unasked"] * 3
    with pytest.raises(ValidationError):
        releasing.hand_over(report, seen="0" * 64, by=cast.lead, now=LATER)


def test_an_answer_is_to_the_text_that_was_read(cast: Cast) -> None:
    clause(cast)
    report = ask(cast, begin(cast))
    [one] = [each for each in people(cast) if each.person.user]
    asking.become(cast.supervisee)
    with pytest.raises(ValidationError, match="has changed"):
        approving.give(report, one, Verdict.APPROVES, seen="0" * 64, by=cast.supervisee, now=LATER)


def test_an_objection_stops_what_is_about_to_leave(cast: Cast) -> None:
    clause(cast)
    report = hand_over(cast, approve(cast, ask(cast, begin(cast))))
    [one] = [each for each in people(cast) if each.person.user]
    seen = current(report).hash
    asking.become(cast.supervisee)
    approving.give(report, one, Verdict.OBJECTS, reason="Tämä ei ole totta.", seen=seen, by=cast.supervisee, now=LATER)
    assert report.state == ReportState.ASKED
    asking.become(cast.lead)
    assert codes(report) == ["objects"]


def test_nothing_is_recorded_over_ones_own_answer(cast: Cast) -> None:
    clause(cast)
    report = ask(cast, begin(cast))
    [one] = [each for each in people(cast) if each.person.user]
    seen = current(report).hash
    asking.become(cast.supervisee)
    approving.give(report, one, Verdict.OBJECTS, reason="Ei näin.", seen=seen, by=cast.supervisee, now=LATER)
    asking.become(cast.lead)
    with pytest.raises(ValidationError, match="themselves"):
        approving.record_in_session(report, one, seen=seen, by=cast.lead, now=LATER)


@pytest.mark.parametrize("seen", ["x" * 65, "a\x00b"])
def test_what_is_no_hash_at_all_is_another_text(cast: Cast, seen: str) -> None:
    clause(cast)
    report = ask(cast, begin(cast))
    one = people(cast)[0]
    with pytest.raises(ValidationError, match="The text has changed"):
        approving.record_in_session(report, one, seen=seen, by=cast.lead, now=LATER)
    asking.become(cast.lead)
    assert not report.answers.exists()


def test_nothing_is_recorded_over_the_own_answer_of_who_left_and_came_back(cast: Cast) -> None:
    clause(cast)
    report = ask(cast, begin(cast))
    [one] = [each for each in people(cast) if each.person.user]
    seen = current(report).hash
    asking.become(cast.supervisee)
    approving.give(report, one, Verdict.OBJECTS, reason="Ei näin.", seen=seen, by=cast.supervisee, now=LATER)
    asking.become(cast.lead)
    cast.engagement.participations.filter(pk=one.pk).update(left_on=LATER.date())
    again = cast.engagement.participations.create(person=one.person, joined_on=LATER.date())
    report.asked.create(revision=current(report), participation=again, asked_on=LATER.date(), answer_by=ANSWER_BY)
    with pytest.raises(ValidationError, match="themselves"):
        approving.record_in_session(report, again, seen=seen, by=cast.lead, now=LATER)
    assert codes(report)[0] == "objects"


def test_silence_never_counts_unless_the_clause_says_so(cast: Cast) -> None:
    clause(cast)
    report = ask(cast, begin(cast))
    after = LATER + timedelta(days=60)
    assert {each.how for each in approving.standings(report, after)} == {"waiting"}
    assert [stop.code for stop in releasing.stops(report, now=after)] == ["waiting"] * 3


def test_silence_counts_where_the_clause_says_so_and_only_after_its_days(cast: Cast) -> None:
    clause(cast, [(Told.TEXT, "request", "everyone", 14)])
    report = begin(cast, Told.TEXT)
    with pytest.raises(ValidationError, match="14 days"):
        ask(cast, report)
    ask(cast, report, answer_by=ANSWER_BY + timedelta(days=4))
    assert {each.how for each in approving.standings(report, LATER + timedelta(days=14))} == {"waiting"}
    assert {each.how for each in approving.standings(report, LATER + timedelta(days=15))} == {"silent"}


def test_the_worker_lets_nothing_leave_that_somebody_new_was_not_asked_about(agreed: Cast) -> None:
    with transaction.atomic():
        report = hand_over(agreed, approve(agreed, ask(agreed, begin(agreed))))
        asking.become(agreed.lead)
        newcomer = agreed.engagement.participations.create(person=agreed.client_contact.person, joined_on=LATER.date())
    leave()
    leave()
    with transaction.atomic():
        asking.become(agreed.lead)
        report.refresh_from_db()
        assert report.state == ReportState.ASKED
        found = {each.participation: each.how for each in approving.standings(report, LATER)}
        assert found[newcomer.pk] == "waiting"
        assert not SealedFile.objects.filter(kind="report").exists()


def test_it_can_be_taken_back_until_it_leaves_and_never_after(agreed: Cast) -> None:
    with transaction.atomic():
        report = hand_over(agreed, approve(agreed, ask(agreed, begin(agreed))))
        releasing.take_back(report, by=agreed.lead, now=LATER)
        assert report.state == ReportState.ASKED
        hand_over(agreed, report)
    leave(LATER + releasing.UNDO - timedelta(seconds=1))
    with transaction.atomic():
        asking.become(agreed.lead)
        report.refresh_from_db()
        assert report.state == ReportState.HANDED
    leave()
    with transaction.atomic():
        asking.become(agreed.lead)
        report.refresh_from_db()
        with pytest.raises(ValidationError, match="left already"):
            releasing.take_back(report, by=agreed.lead, now=LATER)
        with pytest.raises(ValidationError):
            writing.write(report, current_body(report), upon=report.revision, by=agreed.lead, now=LATER)


@pytest.mark.parametrize("role", [Role.APP, Role.OWNER])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reports_report SET until = until - 1",
        "UPDATE reports_report SET state = 'writing', released_at = NULL, handed_at = NULL, leaves_at = NULL",
        "UPDATE reports_revision SET hash = repeat('0', 64)",
        "UPDATE documents_sealedfile SET content = 'x'",
        "DELETE FROM reports_report",
        "DELETE FROM reports_revision",
        "DELETE FROM documents_sealedfile",
        "TRUNCATE reports_report CASCADE",
    ],
)
def test_raw_sql_does_not_alter_what_has_left(agreed: Cast, role: Role, statement: str) -> None:
    released(agreed)
    with as_role(role), transaction.atomic(), connection.cursor() as cursor:
        asking.become(agreed.lead)
        with pytest.raises(Error):
            cursor.execute(statement)
        transaction.set_rollback(True)


def test_the_application_cannot_release_by_itself(cast: Cast) -> None:
    clause(cast)
    report = hand_over(cast, begin(cast, Told.DATES))
    for statement in (
        "UPDATE reports_report SET state = 'released', released_at = now()",
        "INSERT INTO reports_recipient (report_id, person_id) SELECT id, NULL FROM reports_report",
    ):
        with pytest.raises((IntegrityError, InternalError, Error)), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    report.refresh_from_db()
    assert report.state == ReportState.HANDED


def test_the_file_that_was_shown_is_the_file_that_leaves(agreed: Cast) -> None:
    with transaction.atomic():
        report = approve(agreed, ask(agreed, begin(agreed)))
        seen = shown(report)
        assert seen == shown(report)
    with transaction.atomic():
        hand_over(agreed, report)
    leave()
    with transaction.atomic():
        asking.become(agreed.lead)
        before = rendered(report, current(report), now=LATER)
        assert hashlib.sha256(before).hexdigest() == seen
        assert bytes(SealedFile.objects.get(obj=report.pk).content).startswith(before)
