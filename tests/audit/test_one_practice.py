"""What the application cannot write, whoever asks: across practices, in another's name, past what decides who sees."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import translation

from accounts.actions import change_contact
from accounts.adapters import claim_persons
from accounts.models import ClientOrganisation, Contact, Membership, Person, Practice
from audit import asking, trail
from audit.models import Entry
from engagements.models import ContractParty, CoSupervisor, Engagement, Event, Form, Goal, Participation
from sessions.models import Attendance, Session

Cast = Any
Write = Callable[[], Any]


def refused(write: Write) -> bool:
    """Whether the database refuses `write`, by an error or by touching no row."""
    try:
        with transaction.atomic():
            return bool(write() == 0)
    except DatabaseError:
        return True


@pytest.fixture
def foreign(cast: Cast) -> Person:
    """A person of another practice; the one who asks has learnt their id."""
    asking.become(cast.stranger)
    person = Person.objects.exclude(user=None).get()
    asking.become(cast.lead)
    return person


def test_a_person_of_another_practice_is_no_supervisee_of_ours(cast: Cast, foreign: Person) -> None:
    """Those who meet see one another's names: a foreign id would become a foreign name."""
    here = Participation.objects.get(person=cast.people[2])
    assert refused(lambda: Participation.objects.create(engagement=cast.engagement, person=foreign))
    assert refused(lambda: Participation.objects.filter(pk=here.pk).update(person=foreign))


def test_a_person_of_another_practice_is_neither_contact_nor_party_of_ours(cast: Cast, foreign: Person) -> None:
    contract = cast.engagement.contracts.get()
    assert refused(lambda: Contact.objects.create(organisation=cast.organisation, person=foreign))
    assert refused(lambda: Contact.objects.filter(pk=cast.client_contact.pk).update(person=foreign))
    assert refused(lambda: ContractParty.objects.create(contract=contract, person=foreign, kind="payer"))
    assert refused(lambda: ContractParty.objects.create(contract=contract, user=cast.stranger, kind="supervisor"))


def test_a_party_comes_in_as_the_contact_that_they_are(cast: Cast) -> None:
    asking.become(cast.lead)
    contract = cast.engagement.contracts.get()
    assert refused(
        lambda: ContractParty.objects.create(
            contract=contract, kind="line_manager", person=cast.people[1], contact=cast.client_contact
        )
    )


def test_a_client_of_another_practice_orders_nothing_from_ours(cast: Cast) -> None:
    asking.become(cast.stranger)
    theirs = ClientOrganisation.objects.create(practice=cast.foreign_engagement.practice, name="Heidän")
    asking.become(cast.lead)
    assert refused(lambda: Engagement.objects.filter(pk=cast.engagement.pk).update(client=theirs))
    assert refused(
        lambda: Engagement.objects.create(
            practice=cast.practice, lead=cast.lead, client=theirs, title="x", form=Form.INDIVIDUAL
        )
    )


def test_the_time_of_a_supervisor_elsewhere_is_neither_read_nor_taken(cast: Cast) -> None:
    """Whoever leads with us can be booked by us, and is asked for when they are busy."""
    assert not CoSupervisor.objects.filter(user=cast.stranger).exists()
    asking.become(cast.lead)
    assert refused(lambda: CoSupervisor.objects.create(engagement=cast.engagement, user=cast.stranger))
    assert refused(lambda: Engagement.objects.filter(pk=cast.engagement.pk).update(lead=cast.stranger))


def test_a_co_supervisor_takes_the_lead_from_nobody(cast: Cast) -> None:
    handed = Engagement.objects.filter(pk=cast.engagement.pk)
    asking.become(cast.co_supervisor)
    assert refused(lambda: handed.update(lead=cast.co_supervisor))
    asking.become(cast.lead)
    CoSupervisor.objects.filter(user=cast.co_supervisor).update(until="2026-11-23T08:00Z")
    assert handed.update(lead=cast.co_supervisor) == 1


def test_nothing_moves_to_another_practice(cast: Cast) -> None:
    other = cast.foreign_engagement.practice
    asking.become(cast.supervisee)
    assert refused(lambda: Person.objects.filter(user=cast.supervisee).update(practice=other))
    asking.become(cast.lead)
    for rows in (Engagement.objects, Person.objects, ClientOrganisation.objects, Membership.objects):
        assert refused(partial(rows.filter(practice=cast.practice).update, practice=other)), rows


def test_a_membership_stays_whose_and_what_it_is(cast: Cast) -> None:
    asking.become(cast.practice_admin)
    theirs = Membership.objects.filter(practice=cast.practice, user=cast.co_supervisor)
    assert refused(lambda: theirs.update(user=cast.stranger))
    assert refused(lambda: theirs.update(kind=Membership.Kind.ADMIN))
    assert theirs.update(until="2026-11-23T12:00Z") == 1


def test_only_who_administers_a_practice_changes_its_account_number(cast: Cast) -> None:
    letterhead = Practice.objects.filter(pk=cast.practice.pk)
    for user in (cast.stranger, cast.co_supervisor, cast.supervisee, None):
        asking.become(user)
        assert letterhead.update(iban="FI0000000000000000") == 0
    assert refused(lambda: Practice.objects.create(name="x", business_id="9900013-0"))
    asking.become(cast.practice_admin)
    assert letterhead.update(iban="FI2112345600000785") == 1


def test_a_private_goal_is_of_somebody_in_the_process(cast: Cast) -> None:
    asking.become(cast.stranger)
    elsewhere = Participation.objects.filter(engagement=cast.foreign_engagement)[0]
    asking.become(cast.lead)
    assert refused(lambda: Goal.objects.create(engagement=cast.engagement, owner=elsewhere, theme="meaning", text="x"))


def test_nobody_attends_a_session_of_another_process(cast: Cast) -> None:
    asking.become(cast.stranger)
    elsewhere = Participation.objects.filter(engagement=cast.foreign_engagement)[0]
    asking.become(cast.lead)
    assert refused(lambda: Attendance.objects.create(session=cast.session, participation=elsewhere, presence="present"))


def test_a_session_stays_in_its_process(cast: Cast) -> None:
    asking.become(cast.lead)
    second = Engagement.objects.create(practice=cast.practice, lead=cast.lead, title="x", form=Form.INDIVIDUAL)
    assert refused(lambda: Session.objects.filter(pk=cast.session.pk).update(engagement=second))


# --- the address that lets somebody in --------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["practice_admin", "colleague"])
def test_who_sees_nothing_of_a_process_cannot_come_in_as_its_supervisee(cast: Cast, who: str) -> None:
    """A practice's people see all its persons: whoever wrote their own address there would see with their eyes."""
    asking.become(cast.lead)
    if who == "colleague":
        CoSupervisor.objects.filter(user=cast.co_supervisor).update(until="2026-11-23T08:00Z")
    user = cast.co_supervisor if who == "colleague" else cast.practice_admin
    asking.become(user)
    for person in cast.people[:2]:
        with pytest.raises(IntegrityError, match="changed by their supervisors"), transaction.atomic():
            Person.objects.filter(pk=person.pk).update(email=user.email)
    claim_persons(user)
    assert Engagement.objects.attended_by(user).count() == 0


def test_a_practice_administrator_writes_no_address_where_there_was_none(cast: Cast) -> None:
    asking.become(cast.practice_admin)
    assert refused(lambda: Person.objects.filter(pk=cast.people[2].pk).update(email=cast.practice_admin.email))


def test_a_supervisee_is_reached_anew_by_their_supervisors(cast: Cast) -> None:
    for user, address in ((cast.lead, "asa@uusi.example"), (cast.co_supervisor, "asa@toinen.example")):
        asking.become(user)
        assert Person.objects.filter(pk=cast.people[1].pk).update(email=address) == 1


def test_the_address_of_a_contact_is_the_practices_to_keep(cast: Cast) -> None:
    asking.become(cast.practice_admin)
    assert Person.objects.filter(pk=cast.client_contact.person_id).update(email="tiina@uusi.example") == 1


# --- in whose name ----------------------------------------------------------------------------------------------------


def test_an_entry_names_who_asked_whatever_the_writer_says(cast: Cast) -> None:
    asking.become(cast.stranger)
    trail.record("test", "done", actor=cast.lead)
    trail.record("test", "failed", actor=None)
    asking.become(None)
    trail.record("test", "reset", actor=cast.lead)
    actors = Entry.objects.filter(stream="test").order_by("number").values_list("actor", flat=True)
    assert list(actors) == [cast.stranger.pk, None, cast.lead.pk]
    assert trail.breaks() == []


def test_nobody_tells_a_line_of_the_timeline_in_anothers_name(cast: Cast) -> None:
    asking.become(cast.supervisee)
    line = {"engagement": cast.engagement, "kind": Event.Kind.HELD, "at": "2026-11-23T08:00Z"}
    assert refused(lambda: Event.objects.bulk_create([Event(actor=cast.lead, **line)]))
    assert not refused(lambda: Event.objects.bulk_create([Event(actor=cast.supervisee, **line)]))


def test_the_form_says_why_a_supervisees_address_is_not_the_practices_to_change(cast: Cast) -> None:
    asking.become(cast.lead)
    speaks = Contact.objects.create(organisation=cast.organisation, person=cast.people[1])
    fields = {"given_name": "Åsa", "family_name": "Öberg", "phone": "", "title": "", "language": "sv"}
    asking.become(cast.practice_admin)
    with translation.override("en"), pytest.raises(ValidationError, match="only its supervisors"):
        change_contact(speaks, email="paula@kaari.example", by=cast.practice_admin, **fields)
    change_contact(speaks, email="asa@otso.example", by=cast.practice_admin, **fields)
    asking.become(cast.lead)
    change_contact(speaks, email="asa@uusi.example", by=cast.lead, **fields)
    assert Person.objects.get(pk=cast.people[1].pk).email == "asa@uusi.example"
