"""Promise 5, seen from an amendment: a new version is agreed and supersedes from its day; what was agreed stays.

And promise 2: the clause follows the version in force, and never tells more of the time before it.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Q
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from accounts.models import Contact, User
from audit import asking
from audit.models import Entry
from documents.models import Attachment
from engagements import actions, clause
from engagements.blockers import blockers_to_amending, blockers_to_dropping, blockers_to_offering
from engagements.models import (
    Contract,
    ContractParty,
    Engagement,
    Event,
    Goal,
    ReportingClause,
    Signature,
    SignatureRequest,
    State,
    Told,
)
from engagements.signing import answers
from engagements.signing.answers import Evidence
from engagements.terms import collect, digest, thaw
from engagements.timeline import lines
from engagements.wording import text_of
from formats.days import write_day
from sessions.facts import Facts, facts_told
from sessions.models import Session
from tests.conftest import NOW, Cast, make_person, make_session

Enter = Callable[[User], Client]
TODAY = NOW.date()
DAY = timedelta(days=1)


def amend(cast: Cast, **columns: Any) -> Contract:
    """Open the next version as its lead, with `columns` changed, and stay the one who asks."""
    asking.become(cast.lead)
    contract = actions.amend(cast.engagement, by=cast.lead, now=NOW)
    Contract.objects.filter(pk=contract.pk).update(**columns)
    contract.refresh_from_db()
    return contract


def agreed(cast: Cast, *, on: date = TODAY, valid_from: date | None = None, **columns: Any) -> Contract:
    contract = amend(cast, **columns)
    actions.agree(
        cast.engagement, how="oral", agreed_on=on, valid_from=valid_from, by=cast.lead, now=NOW + timedelta(hours=1)
    )
    contract.refresh_from_db()
    return contract


def sign_all(contract: Contract, by: User) -> None:
    """Record the signature of everybody whose turn it is, as it comes."""
    while request := SignatureRequest.objects.open().filter(contract=contract).first():
        method = Signature.Method.FACTOR if request.user_id else Signature.Method.PAPER
        answers.sign(request, name=request.name, evidence=Evidence(method, "", "en"), by=by, now=NOW)


def version(cast: Cast, number: int) -> dict[str, Any]:
    return dict(Contract.objects.filter(engagement=cast.engagement).values().get(version=number))


def in_force(cast: Cast, day: date) -> int:
    return Contract.objects.in_force(day).get(engagement=cast.engagement).version


# --- a new version --------------------------------------------------------------------------------------------------


def test_an_amendment_begins_as_a_copy_and_moves_nothing(cast: Cast) -> None:
    asking.become(cast.lead)
    before = version(cast, 1)
    contract = amend(cast)

    first = cast.engagement.contracts.get(version=1)
    assert (contract.version, contract.state, contract.terms) == (2, Contract.State.DRAFT, None)
    assert contract.terms_as_values() == first.terms_as_values()
    parts = ("kind", "user", "person", "contact", "orders", "sets_goals", "signs", "reads_reports", "position")
    assert set(contract.parties.values_list(*parts)) == set(first.parties.values_list(*parts))
    assert list(contract.reporting.values_list("what", "to", "when")) == list(
        first.reporting.values_list("what", "to", "when")
    )
    cast.engagement.refresh_from_db()
    assert (cast.engagement.state, version(cast, 1), in_force(cast, TODAY)) == (State.ACTIVE, before, 1)
    event = cast.engagement.events.get(kind=Event.Kind.AMENDED)
    assert (event.audience, event.data) == ("supervisors", {"version": 2})
    assert Entry.objects.filter(stream=str(cast.engagement.pk), event="contract.amended").count() == 1


def test_who_has_left_is_not_carried_over_and_who_has_joined_is_in_its_terms(cast: Cast) -> None:
    asking.become(cast.lead)
    Contact.objects.filter(pk=cast.client_contact.pk).update(left_on=TODAY)
    actions.leave(cast.engagement.participations.all()[0], on=TODAY, by=cast.lead, now=NOW)
    newcomer = make_person(cast.practice, "Uuno", "Uusi")
    actions.join(cast.engagement, newcomer, by=cast.lead, now=NOW, on=TODAY)
    contract = amend(cast)
    contract.reporting.create(what=Told.NAMES, approval="none")

    assert not contract.parties.filter(contact=cast.client_contact).exists()
    names = collect(contract).supervisee_names
    assert "Uuno Uusi" in names
    assert len(names) == 3


def test_goals_changed_since_stand_in_the_new_version_by_themselves(cast: Cast) -> None:
    asking.become(cast.lead)
    Goal.objects.create(engagement=cast.engagement, theme="dialogue", text="Puhumme ajoissa.")
    contract = agreed(cast)
    assert [goal.text for goal in thaw(contract.terms).goals] == ["Puhumme ajoissa."]
    assert thaw(cast.engagement.contracts.get(version=1).terms).goals == ()


@pytest.mark.parametrize("state", [State.DRAFT, State.OFFERED, State.CLOSED])
def test_only_what_is_under_way_is_amended(cast: Cast, state: str) -> None:
    asking.become(cast.lead)
    cast.engagement.state = state
    assert blockers_to_amending(cast.engagement, NOW)


def test_a_paused_process_is_amended_too_and_stays_paused(cast: Cast) -> None:
    asking.become(cast.lead)
    actions.pause(cast.engagement, by=cast.lead, now=NOW)
    agreed(cast, price="210.00")
    cast.engagement.refresh_from_db()
    assert cast.engagement.state == State.PAUSED


def test_an_example_is_not_amended(cast: Cast) -> None:
    cast.engagement.example = True
    assert [str(one) for one in blockers_to_amending(cast.engagement, NOW)] == ["An example stays as it is."]


def test_one_change_at_a_time(cast: Cast) -> None:
    amend(cast)
    with pytest.raises(ValidationError, match="being written already"):
        actions.amend(cast.engagement, by=cast.lead, now=NOW)
    with pytest.raises(IntegrityError, match="contract_one_open_at_a_time"), transaction.atomic():
        Contract.objects.create(engagement=cast.engagement, version=3)
    actions.offer(cast.engagement, by=cast.lead, now=NOW)
    with pytest.raises(ValidationError, match="offered already"):
        actions.amend(cast.engagement, by=cast.lead, now=NOW)


def test_strangers_and_parties_cannot_amend(cast: Cast, enter: Enter) -> None:
    for user in (cast.stranger, cast.contact, cast.supervisee, cast.practice_admin):
        assert enter(user).post(reverse("engagements:amend", args=[cast.engagement.pk])).status_code == 404
    asking.become(cast.contact)
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        Contract.objects.create(engagement=cast.engagement, version=2)


# --- given up -------------------------------------------------------------------------------------------------------


def test_a_change_given_up_leaves_only_its_trace(cast: Cast) -> None:
    amend(cast, price="1.00")
    actions.drop_amendment(cast.engagement, by=cast.lead, now=NOW)
    assert cast.engagement.contracts.get().version == 1
    assert cast.engagement.events.filter(kind=Event.Kind.DROPPED, audience="supervisors").exists()
    assert Entry.objects.filter(stream=str(cast.engagement.pk), event="contract.dropped").count() == 1
    assert amend(cast).version == 2


def test_a_change_withdrawn_before_anybody_signed_can_be_thrown_away(cast: Cast) -> None:
    amend(cast)
    actions.offer(cast.engagement, by=cast.lead, now=NOW)
    actions.withdraw_offer(cast.engagement, by=cast.lead, now=NOW)
    actions.drop_amendment(cast.engagement, by=cast.lead, now=NOW)
    assert cast.engagement.contracts.get().version == 1
    assert not SignatureRequest.objects.filter(contract__engagement=cast.engagement).exists()


def test_a_change_that_is_offered_or_was_signed_is_not_thrown_away(cast: Cast) -> None:
    contract = amend(cast)
    actions.offer(cast.engagement, by=cast.lead, now=NOW)
    assert blockers_to_dropping(cast.engagement, NOW)
    request = contract.requests.get(user=cast.lead)
    evidence = Evidence(Signature.Method.FACTOR, "", "en")
    answers.sign(request, name=request.name, evidence=evidence, by=cast.lead, now=NOW)
    actions.withdraw_offer(cast.engagement, by=cast.lead, now=NOW)
    with pytest.raises(ValidationError, match="signed an earlier text"):
        actions.drop_amendment(cast.engagement, by=cast.lead, now=NOW)


# --- offered, withdrawn, agreed -------------------------------------------------------------------------------------


def test_an_amendment_is_offered_signed_and_supersedes_while_the_process_goes_on(cast: Cast) -> None:
    asking.become(cast.lead)
    before = version(cast, 1)
    contract = amend(cast, price="250.00")
    actions.offer(cast.engagement, by=cast.lead, now=NOW)
    cast.engagement.refresh_from_db()
    assert (cast.engagement.state, in_force(cast, TODAY)) == (State.ACTIVE, 1)
    sign_all(contract, cast.lead)

    contract.refresh_from_db()
    cast.engagement.refresh_from_db()
    assert (contract.state, contract.agreed_how, contract.agreed_on) == ("agreed", "signed", TODAY)
    assert (cast.engagement.state, in_force(cast, TODAY), version(cast, 1)) == (State.ACTIVE, 2, before)
    assert contract.terms_hash == digest(thaw(contract.terms))
    said = [line.title for line in lines(cast.engagement.events.order_by("at", "pk"), links=False)]
    assert "Version 2 of the contract was offered to its parties" in said
    assert f"Version 2 of the contract was agreed by signatures on {write_day(TODAY)}" in said


def test_an_offer_withdrawn_leaves_the_process_under_way(cast: Cast) -> None:
    contract = amend(cast)
    actions.offer(cast.engagement, by=cast.lead, now=NOW)
    actions.withdraw_offer(cast.engagement, by=cast.lead, now=NOW)
    contract.refresh_from_db()
    cast.engagement.refresh_from_db()
    assert (contract.state, cast.engagement.state, in_force(cast, TODAY)) == ("draft", State.ACTIVE, 1)
    assert set(contract.requests.values_list("state", flat=True)) == {SignatureRequest.State.VOID}


def test_nothing_can_be_taken_further_without_an_open_change(cast: Cast) -> None:
    asking.become(cast.lead)
    for verb in (actions.offer, actions.withdraw_offer):
        with pytest.raises(ValidationError):
            verb(cast.engagement, by=cast.lead, now=NOW)
    agreed(cast)
    with pytest.raises(ValidationError, match="No change of the contract"):
        actions.agree(cast.engagement, how="oral", agreed_on=TODAY, by=cast.lead, now=NOW)


def test_an_odd_number_of_supervisees_hinders_no_amendment(cast: Cast) -> None:
    asking.become(cast.lead)
    actions.leave(cast.engagement.participations.all()[0], on=TODAY, by=cast.lead, now=NOW)
    amend(cast)
    assert not [each for each in blockers_to_offering(cast.engagement, NOW) if "supervisees" in each.why]


def test_whoever_comes_second_is_told(cast: Cast) -> None:
    amend(cast)
    late = Engagement.objects.get(pk=cast.engagement.pk)
    actions.pause(cast.engagement, by=cast.lead, now=NOW)
    with pytest.raises(ValidationError, match="Somebody else was first"):
        actions.offer(late, by=cast.lead, now=NOW)


def test_closing_ends_what_is_on_offer_and_takes_a_draft_away(cast: Cast) -> None:
    asking.become(cast.lead)
    Session.objects.filter(pk=cast.session.pk).update(state="cancelled", marked_at=NOW)
    contract = amend(cast)
    actions.close(cast.engagement, ending="completed", by=cast.lead, now=NOW)
    assert not Contract.objects.filter(pk=contract.pk).exists()
    assert blockers_to_amending(cast.engagement, NOW)


def test_an_amendment_on_offer_cannot_be_signed_after_closing(cast: Cast) -> None:
    asking.become(cast.lead)
    Session.objects.filter(pk=cast.session.pk).update(state="cancelled", marked_at=NOW)
    contract = amend(cast)
    actions.offer(cast.engagement, by=cast.lead, now=NOW)
    request = contract.requests.get(user=cast.lead)
    actions.close(cast.engagement, ending="completed", by=cast.lead, now=NOW)
    evidence = Evidence(Signature.Method.FACTOR, "", "en")
    with pytest.raises(ValidationError, match="withdrawn meanwhile"):
        answers.sign(request, name=request.name, evidence=evidence, by=cast.lead, now=NOW)


# --- from which day -------------------------------------------------------------------------------------------------


def test_a_version_agreed_for_a_later_day_waits_for_it(cast: Cast) -> None:
    begins = TODAY + 40 * DAY
    contract = agreed(cast, valid_from=begins, sessions_agreed=20)
    assert [in_force(cast, day) for day in (TODAY, begins - DAY, begins, begins + 90 * DAY)] == [1, 1, 2, 2]
    standing = Contract.objects.filter(engagement=cast.engagement).standing(TODAY)
    assert [each.version for each in standing] == [1]
    assert thaw(contract.terms).valid_from == begins
    assert f"in force from {write_day(begins)}" in str(text_of(contract).clauses)


def test_a_third_version_can_come_before_the_second_has_begun(cast: Cast) -> None:
    agreed(cast, valid_from=TODAY + 40 * DAY)
    agreed(cast, valid_from=TODAY + 20 * DAY)
    assert [in_force(cast, TODAY + days * DAY) for days in (0, 19, 20, 60)] == [1, 1, 3, 3]


@pytest.mark.parametrize(("days", "why"), [(-1, "began on"), (367, "at the latest")])
def test_the_first_day_has_bounds(cast: Cast, days: int, why: str) -> None:
    amend(cast)
    day = TODAY + days * DAY
    with pytest.raises(ValidationError, match=why):
        actions.offer(cast.engagement, valid_from=day, by=cast.lead, now=NOW)
    with pytest.raises(ValidationError, match=why):
        actions.agree(cast.engagement, how="oral", agreed_on=TODAY, valid_from=day, by=cast.lead, now=NOW)


def test_an_agreement_cannot_be_recorded_from_before_the_version_in_force(cast: Cast) -> None:
    amend(cast)
    with pytest.raises(ValidationError, match="began on"):
        actions.agree(cast.engagement, how="oral", agreed_on=TODAY - DAY, by=cast.lead, now=NOW)


def test_the_database_takes_no_time_from_the_version_in_force(cast: Cast) -> None:
    contract = amend(cast)
    sql = """UPDATE engagements_contract SET state = 'agreed', agreed_how = 'oral', agreed_on = %s, terms = '{}',
             terms_hash = repeat('0', 64) WHERE id = %s"""
    with pytest.raises(IntegrityError, match="contract_begins_in_order"), transaction.atomic():
        run(sql, [TODAY - DAY, contract.pk])


def test_what_is_offered_keeps_its_first_day(cast: Cast) -> None:
    contract = amend(cast)
    actions.offer(cast.engagement, valid_from=TODAY + 9 * DAY, by=cast.lead, now=NOW)
    with pytest.raises(DatabaseError, match="stands as it was offered"), transaction.atomic():
        run("UPDATE engagements_contract SET valid_from = NULL WHERE id = %s", [contract.pk])
    actions.agree(cast.engagement, how="oral", agreed_on=TODAY, valid_from=TODAY + 90 * DAY, by=cast.lead, now=NOW)
    assert in_force(cast, TODAY + 9 * DAY) == 2


def run(sql: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


# --- who is party, and what is told (promise 2) ---------------------------------------------------------------------


def told_now(user: User, now: datetime, engagement: Engagement) -> Facts | None:
    with asking.acting_as(user):
        return facts_told(now).get(engagement.pk)


def test_a_party_of_the_earlier_version_alone_is_party_until_the_new_one_begins(cast: Cast) -> None:
    contract = amend(cast)
    contract.parties.filter(contact=cast.client_contact).delete()
    contract.reporting.all().delete()
    actions.agree(cast.engagement, how="oral", agreed_on=TODAY, valid_from=TODAY + 30 * DAY, by=cast.lead, now=NOW)
    mine = Q(pk=cast.engagement.pk)
    with asking.acting_as(cast.contact):
        assert Engagement.objects.party_to(cast.contact).filter(mine).exists()
    asking.become(cast.lead)
    third = actions.amend(cast.engagement, by=cast.lead, now=NOW)
    assert not third.parties.filter(person=cast.client_contact.person).exists()
    actions.agree(cast.engagement, how="oral", agreed_on=TODAY, by=cast.lead, now=NOW)
    with asking.acting_as(cast.contact):
        assert not Engagement.objects.filter(mine).exists()
        assert not Contract.objects.filter(engagement=cast.engagement).exists()


def held(cast: Cast, *days: int) -> None:
    for days_from_now in days:
        make_session(cast.engagement, NOW + days_from_now * DAY, state="held")


@pytest.fixture
def silent(cast: Cast) -> Cast:
    """The cast's process, whose first version tells the client nothing by facts, with two sessions before today."""
    asking.become(cast.lead)
    held(cast, -20, -10)
    return cast


def line(what: str, when: str = "request") -> dict[str, str]:
    return {"what": what, "to": "readers", "when": when, "approval": "none"}


def tell(contract: Contract, *told: dict[str, str]) -> None:
    contract.reporting.all().delete()
    ReportingClause.objects.bulk_create(ReportingClause(contract=contract, **each) for each in told)


def test_minutes_told_from_a_day_on_are_not_told_of_the_time_before(silent: Cast) -> None:
    first = version(silent, 1)["agreed_on"]
    contract = amend(silent)
    tell(contract, line("minutes"), line("dates"))
    begins = TODAY + 10 * DAY
    actions.agree(silent.engagement, how="oral", agreed_on=TODAY, valid_from=begins, by=silent.lead, now=NOW)
    assert first < begins
    held(silent, 1, 5, 12, 20)
    assert told_now(silent.contact, NOW + 6 * DAY, silent.engagement) is None  # not in force yet
    facts = told_now(silent.contact, NOW + 30 * DAY, silent.engagement)
    assert facts is not None
    assert (facts.minutes, [at.date() for at in facts.dates or ()]) == (180, [TODAY + 12 * DAY, TODAY + 20 * DAY])


def test_what_the_version_in_force_does_not_name_is_told_of_no_time(silent: Cast) -> None:
    contract = amend(silent)
    tell(contract, line("minutes"), line("dates"))
    actions.agree(silent.engagement, how="oral", agreed_on=TODAY, valid_from=TODAY + DAY, by=silent.lead, now=NOW)
    third = actions.amend(silent.engagement, by=silent.lead, now=NOW)
    tell(third, line("dates"))
    actions.agree(silent.engagement, how="oral", agreed_on=TODAY, valid_from=TODAY + 15 * DAY, by=silent.lead, now=NOW)
    held(silent, 5, 20)
    before = told_now(silent.contact, NOW + 10 * DAY, silent.engagement)
    after = told_now(silent.contact, NOW + 30 * DAY, silent.engagement)
    assert before is not None
    assert (before.minutes, len(before.dates or ())) == (90, 1)
    assert after is not None
    assert (after.minutes, len(after.dates or ())) == (None, 2)
    with asking.acting_as(silent.contact):
        assert not clause.is_told(silent.engagement.pk, Told.MINUTES, now=NOW + 30 * DAY)


def test_an_agreement_dated_back_tells_from_the_day_it_was_agreed(cast: Cast) -> None:
    second = agreed(cast)
    assert second.version == 2
    contract = amend(cast)
    tell(contract, line("dates"))
    later = NOW + 20 * DAY
    actions.agree(
        cast.engagement, how="oral", agreed_on=later.date(), valid_from=TODAY + 2 * DAY, by=cast.lead, now=later
    )
    held(cast, 5, 25)
    facts = told_now(cast.contact, NOW + 30 * DAY, cast.engagement)
    assert facts is not None
    assert [at.date() for at in facts.dates or ()] == [TODAY + 25 * DAY]


def test_an_agreement_recorded_afterwards_tells_nothing_of_the_days_before(silent: Cast) -> None:
    """Agreed long ago, says the record; here nothing was known of it."""
    held(silent, 5, 25)
    later = NOW + 20 * DAY
    contract = actions.amend(silent.engagement, by=silent.lead, now=later)
    tell(contract, line("dates"))
    actions.agree(silent.engagement, how="oral", agreed_on=TODAY, by=silent.lead, now=later)
    facts = told_now(silent.contact, NOW + 30 * DAY, silent.engagement)
    assert facts is not None
    assert [at.date() for at in facts.dates or ()] == [TODAY + 25 * DAY]


def test_a_contact_who_becomes_party_later_is_told_nothing_of_before(silent: Cast) -> None:
    second = amend(silent)
    tell(second, line("dates"))
    actions.agree(silent.engagement, how="oral", agreed_on=TODAY, valid_from=TODAY + DAY, by=silent.lead, now=NOW)
    newcomer = Contact.objects.create(
        organisation=silent.organisation,
        person=make_person(silent.practice, "Nelli", "Nuori", silent.members["stranger_supervisee"]),
    )
    third = actions.amend(silent.engagement, by=silent.lead, now=NOW)
    third.parties.create(kind="contact", person=newcomer.person, contact=newcomer, reads_reports=True)
    begins = TODAY + 10 * DAY
    actions.agree(silent.engagement, how="oral", agreed_on=TODAY, valid_from=begins, by=silent.lead, now=NOW)
    held(silent, 5, 15)
    theirs = told_now(silent.members["stranger_supervisee"], NOW + 20 * DAY, silent.engagement)
    old_contacts = told_now(silent.contact, NOW + 20 * DAY, silent.engagement)
    assert theirs is not None
    assert [at.date() for at in theirs.dates or ()] == [TODAY + 15 * DAY]
    assert old_contacts is not None
    assert len(old_contacts.dates or ()) == 2


clauses_told = st.lists(
    st.tuples(st.sampled_from(["dates", "minutes", "counts"]), st.sampled_from(["request", "monthly", "end"])),
    unique_by=lambda one: one[0],
    max_size=3,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(versions=st.lists(st.tuples(st.integers(1, 60), clauses_told), min_size=1, max_size=3), days=st.integers(1, 150))
def test_no_amendment_ever_tells_more_of_the_time_before_it(
    cast: Cast, versions: list[tuple[int, list[tuple[str, str]]]], days: int
) -> None:
    """With one more version, of every day before it the client is told nothing that it was not told without.

    Each is in force for a day at least: one that another takes the place of on its first day has never been.
    """
    with transaction.atomic():
        asking.become(cast.lead)
        held(cast, *range(-30, 120, 10))
        now, begins, earlier = NOW + days * DAY, TODAY, told_now(cast.contact, NOW + days * DAY, cast.engagement)
        for ahead, told in versions:
            asking.become(cast.lead)
            contract = actions.amend(cast.engagement, by=cast.lead, now=NOW)
            tell(contract, *(line(*each) for each in told))
            begins = max(begins + DAY, TODAY + ahead * DAY)
            actions.agree(cast.engagement, how="oral", agreed_on=TODAY, valid_from=begins, by=cast.lead, now=NOW)
            facts = told_now(cast.contact, now, cast.engagement)
            dates = {at for at in (facts.dates if facts else None) or () if at.date() < begins}
            assert dates <= set((earlier.dates if earlier else None) or ())
            if begins <= now.date() and facts and facts.minutes is not None:
                assert "minutes" in {what for what, _when in told}
            earlier = facts
        asking.become(cast.lead)
        transaction.set_rollback(True)


# --- promise 5, byte for byte ---------------------------------------------------------------------------------------


def test_version_one_is_the_same_bytes_after_two_more(cast: Cast) -> None:
    asking.become(cast.lead)

    def everything() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT k::text, array(SELECT q::text FROM engagements_contractparty q WHERE q.contract_id = k.id
                     ORDER BY 1), array(SELECT r::text FROM engagements_reportingclause r WHERE r.contract_id = k.id
                     ORDER BY 1) FROM engagements_contract k WHERE k.engagement_id = %s AND k.version = 1""",
                [cast.engagement.pk],
            )
            return list(cursor.fetchall())

    before = everything()
    agreed(cast, price="250.00")
    contract = amend(cast, price="300.00")
    actions.offer(cast.engagement, by=cast.lead, now=NOW)
    sign_all(contract, cast.lead)
    assert everything() == before
    assert in_force(cast, TODAY) == 3


def test_parties_stay_with_each_version(cast: Cast) -> None:
    agreed(cast)
    with pytest.raises(DatabaseError, match="agreed contract"), transaction.atomic():
        ContractParty.objects.filter(contract__engagement=cast.engagement).update(signs=False)


# --- pages ----------------------------------------------------------------------------------------------------------


def url(cast: Cast, name: str, *more: Any) -> str:
    return reverse(f"engagements:{name}", args=[cast.engagement.pk, *more])


def test_a_supervisor_changes_the_price_and_records_the_agreement(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    assert url(cast, "amend") in browser.get(url(cast, "contract")).text
    assert browser.post(url(cast, "amend")).headers["Location"] == url(cast, "review")
    page = browser.get(url(cast, "price"))
    data = page.context["form"].initial | {"price": "250", "free": ""}
    sent = {name: "" if value in (None, False) else value for name, value in data.items()}
    answer = browser.post(url(cast, "price"), sent)
    assert answer.status_code == 302, answer.context["form"].errors
    review = browser.get(url(cast, "review"))
    changed = [change.key for change in review.context["changes"] if change.kind != "same"]
    assert set(changed) <= {"price", "more", "data", "confidentiality", "parties", "goals"}
    assert "price" in changed
    assert "<del>" in review.text
    assert "<ins>" in review.text
    given = {"how": "oral", "agreed_on": "23.11.2026", "note": "", "valid_from": "1.3.2027"}
    assert browser.post(url(cast, "agree"), given).headers["Location"] == url(cast, "detail")
    page = browser.get(url(cast, "contract"))
    assert page.context["contract"].version == 1
    assert "agreed, in force from 1 Mar 2027" in page.text
    assert "What changed from the version before" in browser.get(url(cast, "contract_version", 2)).text


def test_the_frame_of_the_process_is_not_touched_by_the_pages_of_a_change(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    Goal.objects.create(engagement=cast.engagement, theme="dialogue", text="Pysyy")
    before = Engagement.objects.filter(pk=cast.engagement.pk).values().get()
    amend(cast)
    asking.become(None)
    browser = enter(cast.lead)
    page = browser.get(url(cast, "how"))
    assert {"starts_on", "ends_on", "picks"}.isdisjoint(page.context["form"].fields)
    form = page.context["form"]
    sent = {name: "" if value in (None, False) else value for name, value in form.initial.items()}
    sent |= {"starts_on": "1.1.2020", "minutes": "120", "reporting-TOTAL_FORMS": "0", "reporting-INITIAL_FORMS": "0"}
    answer = browser.post(url(cast, "how"), sent)
    assert answer.status_code == 302, answer.context["form"].errors
    asking.become(cast.lead)
    assert Engagement.objects.filter(pk=cast.engagement.pk).values().get() == before
    assert [goal.text for goal in cast.engagement.goals.all()] == ["Pysyy"]
    assert cast.engagement.contracts.get(version=2).minutes == 120
    assert cast.engagement.contracts.get(version=1).minutes == 90


def test_the_parties_are_changed_without_anybody_joining(cast: Cast, enter: Enter) -> None:
    amend(cast)
    asking.become(None)
    browser = enter(cast.lead)
    page = browser.get(url(cast, "who"))
    assert "engagements/parties.html" in [one.name for one in page.templates]
    rows: dict[str, Any] = {"parties-TOTAL_FORMS": "2", "parties-INITIAL_FORMS": "0", "supervisees_do": ["sets_goals"]}
    for number, (person, kind, does) in enumerate(
        [("Tiina Tamm <tiina@otso.example>", "contact", "signs"), ("Uusi Pomo", "line_manager", "reads_reports")]
    ):
        rows |= {f"parties-{number}-person": person, f"parties-{number}-kind": kind, f"parties-{number}-does": [does]}
    answer = browser.post(url(cast, "who"), rows)
    assert answer.status_code == 302, answer.context["form"].errors
    asking.become(cast.lead)
    made = cast.engagement.contracts.get(version=2).parties
    assert set(made.values_list("kind", "signs", "reads_reports")) == {
        ("supervisor", True, False),
        ("contact", True, False),
        ("line_manager", False, True),
        ("supervisee", True, False),
    }
    assert cast.engagement.participations.current().count() == 3
    bad = rows | {"parties-1-person": "Väärä Nimi <tiina@otso.example>"}
    page = enter(cast.lead).post(url(cast, "who"), bad)
    assert "Väärä Nimi" in page.text
    assert "error-summary" in page.text


def test_the_signer_sees_what_changes_above_the_text(cast: Cast, enter: Enter) -> None:
    contract = amend(cast, price="250.00")
    actions.offer(cast.engagement, by=cast.lead, now=NOW)
    request = contract.requests.get(person=cast.client_contact.person)
    asking.become(None)
    page = enter(cast.contact).get(reverse("sign:read", args=[request.pk]))
    assert page.text.index("What changes") < page.text.index("The whole text")
    assert "<del>" in page.text
    assert "As before:" in page.text


def test_who_comes_by_a_link_reads_the_version_before_and_no_other(cast: Cast) -> None:
    agreed(cast, price="200.00")
    contract = amend(cast, price="250.00")
    actions.offer(cast.engagement, by=cast.lead, now=NOW)
    request = contract.requests.get(person=cast.people[1])
    asking.become(None)
    run("SELECT set_config('app.link', %s, true)", [str(request.pk)])
    seen = Contract.objects.filter(engagement=cast.engagement).values_list("version", flat=True)
    assert sorted(seen) == [2, 3]


def test_what_waits_names_a_change_and_leads_to_it(cast: Cast, enter: Enter) -> None:
    amend(cast)
    asking.become(None)
    tasks = {task.label: task.url for task in enter(cast.lead).get(reverse("today")).context["tasks"]}
    assert tasks["Finish the change of the contract: Otso"] == url(cast, "review")
    asking.become(cast.lead)
    actions.offer(cast.engagement, by=cast.lead, now=NOW)
    asking.become(None)
    tasks = {task.label: task.url for task in enter(cast.lead).get(reverse("today")).context["tasks"]}
    assert tasks["The contract waits for a yes: Otso"] == url(cast, "signing")


def test_a_change_is_sent_to_be_signed_from_a_day(cast: Cast, enter: Enter) -> None:
    contract = amend(cast, price="250.00")
    asking.become(None)
    browser = enter(cast.lead)
    form = browser.get(url(cast, "send")).context["form"]
    sent = {field.html_name: field.value() or "" for field in form} | {"valid_from": "1.2.2027"}
    sent = {name: value.strftime("%d.%m.%Y") if isinstance(value, date) else value for name, value in sent.items()}
    late = browser.post(url(cast, "send"), sent | {"valid_from": "1.1.2020"})
    assert "The earliest possible day" in late.text
    answer = browser.post(url(cast, "send"), sent)
    assert answer.status_code == 302, answer.context["form"].errors
    asking.become(cast.lead)
    contract.refresh_from_db()
    assert (contract.state, contract.valid_from) == ("offered", date(2027, 2, 1))
    page = browser.get(url(cast, "detail")).text
    assert "Version 2 has been sent to be signed" in page


@pytest.mark.parametrize("name", ["amend", "amend_discard", "review", "how", "price", "who", "send", "agree"])
def test_the_pages_without_an_open_change_say_so(cast: Cast, enter: Enter, name: str) -> None:
    answer = enter(cast.lead).get(url(cast, name))
    assert answer.status_code in (200, 302)


def test_a_scan_of_the_paper_is_kept_with_a_change_that_is_recorded(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    change = actions.amend(cast.engagement, by=cast.lead, now=NOW)
    Contract.objects.filter(pk=change.pk).update(price="195")
    browser = enter(cast.lead)
    page = browser.get(reverse("engagements:review", args=[cast.engagement.pk])).text
    assert re.search(r"<form[^>]*agree/[^>]*multipart/form-data", page)
    picture = BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "PNG")
    scan = SimpleUploadedFile("sopimus.png", picture.getvalue(), "image/png")
    data = {"how": "paper", "agreed_on": "23.11.2026", "scans": scan}
    assert browser.post(reverse("engagements:agree", args=[cast.engagement.pk]), data).status_code == 302
    asking.become(cast.lead)
    assert Attachment.objects.filter(obj=change.pk).count() == 1
