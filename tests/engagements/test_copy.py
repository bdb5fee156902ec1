from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit import asking
from engagements.models import Contract, ContractParty, Engagement, Event, Goal, State
from tests.conftest import NOW, Cast

Enter = Callable[[User], Client]


@pytest.fixture
def source(cast: Cast, agree_anew: Callable[..., Contract]) -> Engagement:
    asking.become(cast.lead)
    agree_anew(
        cast.engagement, order_reference="4500012345", framework_reference="KL-7", weekday=3, cancel_fee_percent=50
    )
    owner = cast.engagement.participations.first()
    Goal.objects.create(engagement=cast.engagement, theme="wellbeing", text="Jaksamme", aim="Henkilöstö jaksaa")
    Goal.objects.create(engagement=cast.engagement, theme="identity", text="Oma", owner=owner)
    return cast.engagement


def whole(engagement: Engagement) -> tuple[Any, ...]:
    """Everything of it that a copy must leave alone."""
    versions = engagement.contracts.order_by("version")
    return (
        list(versions.values()), list(ContractParty.objects.filter(contract__in=versions).order_by("pk").values()),
        engagement.participations.count(), engagement.goals.count(),
    )  # fmt: skip


def first_page(response: Any, **changes: Any) -> dict[str, Any]:
    """The first page as it is shown, sent back with `changes`."""
    form = response.context["form"]
    shown = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in shown.items() if value not in (None, "")}
    sent["people"] = form.fields["people"].prepare_value(shown["people"])
    for number, row in enumerate(form.parties.initial_forms):
        for name in row.fields:
            sent[f"parties-{number}-{name}"] = row.fields[name].prepare_value(row[name].value())
    sent |= {
        "parties-TOTAL_FORMS": str(len(form.parties.initial_forms)),
        "parties-INITIAL_FORMS": str(len(form.parties.initial_forms)),
    }
    return sent | changes


def copied(browser: Client, source: Engagement, **changes: Any) -> Engagement:
    url = reverse("engagements:copy", args=[source.pk])
    response = browser.post(url, first_page(browser.get(url), **changes))
    assert response.status_code == 302, response.context["form"].errors
    made = Engagement.objects.get(copied_from=source)
    assert response.headers["Location"] == reverse("engagements:review", args=[made.pk])
    return made


def test_a_copy_is_two_pages_away_with_frame_terms_people_and_shared_goals(
    cast: Cast, enter: Enter, source: Engagement
) -> None:
    made = copied(enter(cast.lead), source, title="Otso, toinen vuosi")

    old, new = source.contracts.in_force(NOW.date()).get(), made.contracts.get()
    assert (made.state, made.title, made.form, made.client) == (
        State.DRAFT,
        "Otso, toinen vuosi",
        "group",
        source.client,
    )
    assert (made.step, made.starts_on, made.ends_on) == (4, None, None)
    assert {**new.terms_as_values(), "order_reference": "4500012345"} == old.terms_as_values()
    assert new.order_reference == ""
    assert (new.state, new.terms_hash, new.agreed_on) == (Contract.State.DRAFT, "", None)
    assert [(line.what, line.when) for line in new.reporting.all()] == [("dates", "end")]
    assert {one.person for one in made.participations.all()} == set(cast.people)
    assert [goal.text for goal in made.goals.all()] == ["Jaksamme"]
    assert made.events.get().kind == Event.Kind.COPIED


def test_a_copy_takes_the_parties_and_what_they_do(cast: Cast, enter: Enter, source: Engagement) -> None:
    made = copied(enter(cast.lead), source)

    contact = ContractParty.objects.get(contract__engagement=made, kind="contact")
    assert contact.contact == cast.client_contact
    assert (contact.orders, contact.signs, contact.reads_reports) == (True, True, True)


def test_those_who_have_left_do_not_come_along(cast: Cast, enter: Enter, source: Engagement) -> None:
    source.participations.filter(person=cast.people[2]).update(left_on=NOW.date())
    cast.client_contact.left_on = NOW.date()
    cast.client_contact.save()
    made = copied(enter(cast.lead), source)

    assert {one.person for one in made.participations.all()} == set(cast.people[:2])
    assert not made.contracts.get().parties.filter(kind="contact").exists()


def test_a_co_supervisors_copy_is_led_by_themselves(cast: Cast, enter: Enter, source: Engagement) -> None:
    asking.become(cast.co_supervisor)
    made = copied(enter(cast.co_supervisor), source)

    assert made.lead == cast.co_supervisor
    assert made.contracts.get().parties.get(kind="supervisor").user == cast.co_supervisor
    assert not made.co_supervisors.filter(user=cast.co_supervisor).exists()


def test_the_source_stays_as_it_was(cast: Cast, enter: Enter, source: Engagement) -> None:
    before = whole(source)
    copied(enter(cast.lead), source, people="Ville Wikman", title="Muu", form="individual")

    source.refresh_from_db()
    assert source.title == "Otso"
    assert whole(source) == before


def test_a_bad_first_page_copies_nothing(cast: Cast, enter: Enter, source: Engagement) -> None:
    browser, url = enter(cast.lead), reverse("engagements:copy", args=[source.pk])
    response = browser.post(url, first_page(browser.get(url), people="Vain"))

    assert response.status_code == 200
    assert not Engagement.objects.filter(copied_from=source).exists()


def test_copying_twice_makes_two_drafts_and_no_new_persons(cast: Cast, enter: Enter, source: Engagement) -> None:
    browser, url = enter(cast.lead), reverse("engagements:copy", args=[source.pk])
    persons = cast.practice.persons.count()
    for _number in range(2):
        browser.post(url, first_page(browser.get(url)))

    assert Engagement.objects.filter(copied_from=source).count() == 2
    assert cast.practice.persons.count() == persons


@pytest.mark.parametrize("who", ["supervisee", "contact", "practice_admin", "administrator", "stranger"])
def test_nobody_who_does_not_lead_it_copies_it(cast: Cast, enter: Enter, source: Engagement, who: str) -> None:
    assert enter(cast.members[who]).get(reverse("engagements:copy", args=[source.pk])).status_code == 404
