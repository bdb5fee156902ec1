"""What goes next is told by name to who leads, and by kind and frame to who administers; and both may hold it back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from django.db import DatabaseError, transaction
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Contact, Person
from audit import asking
from audit.models import Entry
from engagements.models import Contract, Engagement
from privacy.models import Hold
from privacy.retention import holding
from sessions.models import Session
from tests.conftest import make_engagement, make_person

Cast = Any
Enter = Callable[[Any], Client]
GOING = reverse("retention:going")


@pytest.fixture
def closing(cast: Cast, django_assert_max_num_queries: Any) -> Cast:
    """The process was closed so long ago that what was written in it goes in ten days."""
    asking.become(cast.lead)
    closed = timezone.now() - relativedelta(months=12) + timedelta(days=10)
    Session.objects.filter(engagement=cast.engagement).update(link="https://etana.example/")
    Engagement.objects.filter(pk=cast.engagement.pk).update(state="closed", ending="completed", closed_at=closed)
    asking.become(None)
    return cast


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_who_leads_sees_own_processes_by_name_with_the_day(closing: Cast, enter: Enter) -> None:
    page = text(enter(closing.lead).get(GOING))
    day = timezone.localdate() + timedelta(days=10)
    assert "Of your processes" in page
    assert ">Otso</a>" in page
    assert f'datetime="{day:%Y-%m-%d}"' in page
    assert "Memos, tasks, answers" in page


def test_who_administers_sees_counts_and_frames_and_no_name(closing: Cast, enter: Enter) -> None:
    page = text(enter(closing.practice_admin).get(GOING))
    assert "Of the practice, by kind" in page
    assert "Group supervision, Liisa Lahti" in page
    assert "Otso" not in page.replace("Päiväkoti Otso", "")
    assert "Of your processes" not in page


def test_a_stranger_sees_nothing_of_it(closing: Cast, enter: Enter) -> None:
    assert "Nothing goes soon" in text(enter(closing.stranger).get(GOING))
    assert enter(closing.supervisee).get(GOING).status_code == 404


def test_what_goes_later_is_not_told_yet(closing: Cast, enter: Enter) -> None:
    asking.become(closing.lead)
    Engagement.objects.filter(pk=closing.engagement.pk).update(closed_at=F("closed_at") + timedelta(days=30))
    assert "Nothing goes soon" in text(enter(closing.lead).get(GOING))


def test_a_hold_is_set_shown_and_lifted_and_each_is_written_down(closing: Cast, enter: Enter) -> None:
    browser = enter(closing.lead)
    until = timezone.localdate() + timedelta(days=90)
    place = reverse("retention:hold_process", args=[closing.engagement.pk])
    assert "Hold it back" in text(browser.get(place))
    browser.post(place, {"grounds": "Vahingonkorvausvaatimus", "until": f"{until:%d.%m.%Y}"})
    page = text(browser.get(GOING))
    assert "Vahingonkorvausvaatimus" in page
    assert ">held<" in page
    asking.become(closing.lead)
    held = Hold.objects.get()
    asking.become(None)
    browser.post(reverse("retention:lift", args=[held.pk]))
    assert "Vahingonkorvausvaatimus" not in text(browser.get(GOING))
    asking.become(closing.lead)
    events = Entry.objects.filter(stream=closing.engagement.pk, event__startswith="retention.").order_by("number")
    assert list(events.values_list("event", "actor")) == [
        ("retention.held", closing.lead.pk), ("retention.lifted", closing.lead.pk),
    ]  # fmt: skip
    assert "Vahingonkorvaus" not in str(list(events.values_list("data")))


@pytest.mark.parametrize(("grounds", "days", "said"), [
    ("", 9, "This field is required"), ("x" * 201, 9, "at most 200"), ("Vaatimus", -1, "The earliest possible day"),
    ("Vaatimus", 800, "The last possible day"),
])  # fmt: skip
def test_a_hold_has_grounds_and_a_last_day_within_two_years(
    closing: Cast, enter: Enter, grounds: str, days: int, said: str
) -> None:
    until = timezone.localdate() + timedelta(days=days)
    place = reverse("retention:hold_process", args=[closing.engagement.pk])
    answer = enter(closing.lead).post(place, {"grounds": grounds, "until": f"{until:%d.%m.%Y}"})
    assert said in text(answer)
    asking.become(closing.lead)
    assert not Hold.objects.exists()


def test_the_database_lets_nobody_hold_what_is_not_theirs_nor_an_example(cast: Cast) -> None:
    for by, engagement in (
        (cast.stranger, cast.engagement),
        (cast.supervisee, cast.engagement),
        (cast.lead, cast.foreign_engagement),
    ):
        asking.become(by)
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            holding.hold(engagement, grounds="x", until=timezone.localdate(), by=by, now=timezone.now())
    asking.become(cast.lead)
    holding.hold(cast.engagement, grounds="Oma", until=timezone.localdate(), by=cast.lead, now=timezone.now())
    asking.become(cast.stranger)
    assert not Hold.objects.exists()
    asking.become(cast.supervisee)
    assert not Hold.objects.exists()


def test_the_page_of_erasing_tells_what_goes_and_what_stays_and_then_erases(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.practice_admin)
    place = reverse("retention:erase", args=[cast.people[0].pk])
    page = text(browser.get(place))
    assert "Name and e-mail address" in page
    assert "The account, with its log-ins" in page
    assert "728/2003" in page
    refused = text(browser.post(place, {}))
    assert "Confirm it first" in refused
    assert browser.post(place, {"sure": "on"}).status_code == 302
    asking.become(cast.lead)
    person = Person.objects.get(pk=cast.people[0].pk)
    assert (person.given_name, person.email, person.user) == ("", "", None)
    assert person.family_name == f"#{str(person.pk)[:6]}"


def test_a_held_person_is_not_erased_and_the_page_says_why(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    holding.hold(cast.people[0], grounds="Oma", until=timezone.localdate(), by=cast.lead, now=timezone.now())
    browser = enter(cast.lead)
    place = reverse("retention:erase", args=[cast.people[0].pk])
    assert "It is held" in text(browser.get(place))
    browser.post(place, {"sure": "on"})
    asking.become(cast.lead)
    assert Person.objects.get(pk=cast.people[0].pk).family_name == "Salo"


def test_the_contact_of_a_client_may_be_erased_too(cast: Cast, enter: Enter) -> None:
    place = reverse("retention:erase", args=[cast.client_contact.person_id])
    assert enter(cast.practice_admin).post(place, {"sure": "on"}).status_code == 302
    asking.become(cast.lead)
    contact = Contact.objects.get(pk=cast.client_contact.pk)  # the agreed contract names them
    assert (contact.title, contact.phone) == ("", "")
    assert contact.left_on == timezone.localdate()
    assert Contract.objects.get(engagement=cast.engagement).terms


@pytest.mark.parametrize("many", [1, 12])
def test_the_pages_ask_no_more_for_more_rows(
    closing: Cast, enter: Enter, many: int, django_assert_max_num_queries: Any
) -> None:
    asking.become(closing.lead)
    for number in range(many):
        made = make_engagement(
            closing.practice,
            closing.lead,
            None,
            [make_person(closing.practice, "Ulla", f"U{number}")],
            title=f"P{number}",
        )
        when = timezone.now() - relativedelta(years=10) + timedelta(days=9)
        Engagement.objects.filter(pk=made.pk).update(state="closed", ending="completed", closed_at=when)
        holding.hold(made, grounds="x", until=timezone.localdate(), by=closing.lead, now=timezone.now())
    browser = enter(closing.lead)
    browser.get(GOING)
    for place in (GOING, reverse("retention:erase", args=[closing.people[0].pk]),
                  reverse("retention:hold_process", args=[closing.engagement.pk])):  # fmt: skip
        with django_assert_max_num_queries(24):
            assert browser.get(place).status_code == 200
