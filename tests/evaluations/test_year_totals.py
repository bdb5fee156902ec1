"""What clients tell of their years: by whom, seen by whom, and never of a person."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import ClientOrganisation, Contact
from audit import asking
from engagements.models import Engagement, State
from evaluations.effects.totals import by_year, tell
from evaluations.models import YearTotals
from tests.conftest import NOW, make_engagement, make_person, make_user

Cast = Any
Enter = Callable[[Any], Client]
YEAR = timezone.now().year - 1
POSTED = {
    "year": str(YEAR), "employees": "1 200", "covers": "", "absence_days": "12 340,5", "satisfaction": "4,2",
    "satisfaction_words": "", "cost": "1 234 567,80 €", "note": "Koko talo", "seen": "0",
}  # fmt: skip


def address(page: str, cast: Cast, **more: Any) -> str:
    return reverse(f"effects:{page}", kwargs={"organisation": cast.organisation.pk, **more})


def told(cast: Cast, by: Any, seen: int = 0, year: int = YEAR, **values: Any) -> YearTotals:
    asking.become(by)
    whole: dict[str, Any] = {"employees": 40, "covers": "", "absence_days": Decimal(300), "satisfaction": None,
                             "satisfaction_words": "", "cost": None, "note": ""}  # fmt: skip
    return tell(cast.organisation, year, whole | values, seen=seen, by=by, now=timezone.now())


def visible(user: Any) -> int:
    asking.become(user)
    assert YearTotals.objects.count() == YearTotals.objects.visible_to(user).count()
    return YearTotals.objects.count()


def test_the_contact_tells_a_year_in_finnish_figures(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.contact)
    assert "No year has been told yet" in browser.get(address("totals", cast)).content.decode()
    assert address("totals", cast) in browser.get(reverse("client_home")).content.decode()
    assert browser.post(address("totals_tell", cast), POSTED).status_code == 302
    asking.become(cast.contact)
    row = YearTotals.objects.get()
    assert (row.employees, row.absence_days, row.satisfaction) == (1200, Decimal("12340.5"), Decimal("4.20"))
    assert (row.cost, row.on_behalf, row.entered_by) == (Decimal("1234567.80"), False, cast.contact)
    assert row.days_each == Decimal("10.3")
    shown = browser.get(address("totals", cast)).content.decode()
    assert "Tiina Tamm" in shown
    assert "Koko talo" in shown


def test_the_supervisor_writes_down_what_the_client_told_and_it_says_so(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.co_supervisor)
    assert browser.post(address("totals_tell", cast), POSTED).status_code == 302
    assert "on the client’s behalf" in browser.get(address("totals", cast)).content.decode()


def test_a_correction_keeps_what_was_told_before(cast: Cast, enter: Enter) -> None:
    told(cast, cast.lead)
    browser = enter(cast.contact)
    page = address("totals_year", cast, year=YEAR)
    assert 'value="300"' in browser.get(page).content.decode()
    assert browser.post(page, POSTED | {"seen": "1", "absence_days": "280"}).status_code == 302
    asking.become(cast.contact)
    (year,) = by_year(cast.organisation)
    assert (year.standing.version, year.standing.absence_days, year.standing.on_behalf) == (2, Decimal(280), False)
    assert [(each.absence_days, each.entered_by) for each in year.earlier] == [(Decimal(300), cast.lead)]
    assert "Earlier figures" in browser.get(address("totals", cast)).content.decode()


def test_two_who_correct_at_once_do_not_overwrite_each_other(cast: Cast, enter: Enter) -> None:
    told(cast, cast.lead)
    told(cast, cast.lead, seen=1, absence_days=Decimal(290))
    browser = enter(cast.contact)
    answer = browser.post(address("totals_year", cast, year=YEAR), POSTED | {"seen": "1", "note": "Omani"})
    assert answer.status_code == 200
    assert "Somebody has told other figures" in answer.content.decode()
    assert "Omani" in answer.content.decode()  # what was typed is kept
    answer = browser.post(address("totals_tell", cast), POSTED)
    assert "This year has been told already" in answer.content.decode()


def test_a_year_is_taken_back_by_emptying_it(cast: Cast, enter: Enter) -> None:
    told(cast, cast.contact)
    empty = POSTED | {"seen": "1", "absence_days": "", "satisfaction": "", "cost": ""}
    assert enter(cast.contact).post(address("totals_year", cast, year=YEAR), empty).status_code == 302
    assert "Taken back." in enter(cast.contact).get(address("totals", cast)).content.decode()
    assert "Päiväkoti Otso" not in main(enter(cast.lead).get(reverse("effects:own")).content.decode())


def main(page: str) -> str:
    return page[page.index("<main") : page.index("</main")]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("employees", "9", "fewer than 10 employees"),
        ("employees", "", "required"),
        ("employees", "kymmenen", "not a number"),
        ("employees", "10,5", "decimals"),
        ("absence_days", "-1", "smaller than 0"),
        ("absence_days", "99999999999999999999", "larger than"),
        ("satisfaction", "5,1", "larger than 5"),
        ("satisfaction", "0", "smaller than 1"),
        ("cost", "-5", ""),
        ("year", "1999", "1999"),
        ("year", "", "required"),
        ("note", "x" * 100_000, "at most 1000 characters"),
        ("seen", "-1", ""),
    ],
)
def test_bad_input_is_refused_beside_the_field_and_kept(
    cast: Cast, enter: Enter, field: str, value: str, says: str
) -> None:
    answer = enter(cast.contact).post(address("totals_tell", cast), POSTED | {field: value})
    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert answer.context["form"].errors
    asking.become(cast.contact)
    assert not YearTotals.objects.exists()


def test_a_year_without_any_figure_is_not_told(cast: Cast, enter: Enter) -> None:
    empty = POSTED | {"absence_days": "", "satisfaction": "", "cost": ""}
    assert "Tell at least one" in enter(cast.contact).post(address("totals_tell", cast), empty).content.decode()
    told(cast, cast.contact, absence_days=None, satisfaction_words="NPS 42")


def test_they_are_seen_by_the_clients_contacts_and_by_who_leads_a_process_for_it(cast: Cast) -> None:
    told(cast, cast.contact)
    seers = {"lead", "co_supervisor", "contact"}
    assert {name for name, user in cast.members.items() if visible(user)} == seers


def test_a_colleague_who_leads_nothing_for_the_client_sees_and_tells_nothing(cast: Cast) -> None:
    told(cast, cast.contact)
    asking.become(cast.lead)
    cast.engagement.co_supervisors.update(until=NOW)
    assert visible(cast.co_supervisor) == 0
    with pytest.raises(ValidationError):
        told(cast, cast.co_supervisor, seen=1)
    asking.become(cast.co_supervisor)
    with pytest.raises(DatabaseError, match="policy"), transaction.atomic():
        YearTotals.objects.create(
            organisation=cast.organisation, year=YEAR, version=2, employees=20, on_behalf=True,
            entered_by=cast.co_supervisor, entered_at=NOW,
        )  # fmt: skip


def test_a_process_that_is_not_agreed_yet_opens_nothing(cast: Cast) -> None:
    told(cast, cast.contact)
    asking.become(cast.lead)
    other = ClientOrganisation.objects.create(practice=cast.practice, name="Koulu")
    make_engagement(cast.practice, cast.lead, other, [], state=State.DRAFT)
    with pytest.raises(ValidationError):
        tell(other, YEAR, {"employees": 40, "note": "", "cost": 1}, seen=0, by=cast.lead, now=timezone.now())


def test_a_contact_who_has_left_loses_it_at_once(cast: Cast, enter: Enter) -> None:
    told(cast, cast.contact)
    browser = enter(cast.contact)
    assert browser.get(address("totals", cast)).status_code == 200
    asking.become(cast.lead)
    Contact.objects.update(left_on=NOW.date())
    assert browser.get(address("totals", cast)).status_code == 404
    assert browser.post(address("totals_tell", cast), POSTED).status_code == 404
    assert visible(cast.contact) == 0


def test_a_contact_of_two_organisations_sees_them_apart(cast: Cast, enter: Enter) -> None:
    told(cast, cast.contact, note="Päiväkodin omat")
    asking.become(cast.lead)
    other = ClientOrganisation.objects.create(practice=cast.practice, name="Koulu")
    Contact.objects.create(organisation=other, person=cast.client_contact.person)
    asking.become(cast.contact)
    tell(other, YEAR, {"employees": 40, "note": "Koulun omat", "cost": 1}, seen=0, by=cast.contact, now=timezone.now())
    browser = enter(cast.contact)
    assert "Koulun omat" not in browser.get(address("totals", cast)).content.decode()
    theirs = browser.get(reverse("effects:totals", args=[other.pk])).content.decode()
    assert "Koulun omat" in theirs
    assert "Päiväkodin omat" not in theirs
    assert visible(cast.lead) == 1  # who leads nothing for the school does not see its figures


def test_another_contact_corrects_and_it_says_who(cast: Cast, enter: Enter) -> None:
    told(cast, cast.contact)
    second = make_user("toinen@otso.example", "Toini Toinen")
    asking.become(cast.lead)
    Contact.objects.create(organisation=cast.organisation, person=make_person(cast.practice, "Toini", "Toinen", second))
    assert told(cast, second, seen=1, absence_days=Decimal(1)).version == 2


def test_nothing_that_was_told_is_changed_or_taken_away(cast: Cast) -> None:
    told(cast, cast.contact)
    for act in (lambda: YearTotals.objects.update(employees=50), lambda: YearTotals.objects.all().delete()):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            act()


def test_nobody_tells_in_anothers_name(cast: Cast) -> None:
    asking.become(cast.contact)
    for values in ({"entered_by": cast.lead, "on_behalf": False}, {"entered_by": cast.contact, "on_behalf": True}):
        with pytest.raises(DatabaseError, match="policy"), transaction.atomic():
            YearTotals.objects.create(
                organisation=cast.organisation, year=YEAR, employees=20, entered_at=NOW, absence_days=1, **values
            )


@pytest.mark.parametrize("values", [{"employees": 9}, {"year": 1999}, {"satisfaction": 6}, {"absence_days": -1}])
def test_the_database_holds_the_bounds(cast: Cast, values: dict[str, Any]) -> None:
    asking.become(cast.contact)
    row = {"organisation": cast.organisation, "year": YEAR, "employees": 20, "entered_by": cast.contact}
    with pytest.raises(DatabaseError, match="totals_"), transaction.atomic():
        YearTotals.objects.create(**row | {"entered_at": NOW} | values)


@pytest.mark.parametrize("year", [1, 2031, 99999999999999])
def test_a_year_that_was_not_told_has_no_page(cast: Cast, enter: Enter, year: int) -> None:
    assert enter(cast.contact).get(address("totals_year", cast, year=year)).status_code == 404


def test_an_example_has_no_totals(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    made = ClientOrganisation.objects.create(practice=cast.practice, name="Esimerkki", example_of=cast.lead)
    assert enter(cast.lead).get(reverse("effects:totals", args=[made.pk])).status_code == 404


def test_they_stand_beside_the_figures_of_who_leads_for_the_client(cast: Cast, enter: Enter) -> None:
    told(cast, cast.contact, covers="Pienten ryhmät")
    practice = reverse("effects:practice", args=[cast.practice.pk])
    for page in (reverse("effects:own"), practice):
        assert "Pienten ryhmät" in enter(cast.co_supervisor).get(page).content.decode()
    assert address("totals", cast) in enter(cast.lead).get(
        reverse("accounts:organisation", args=[cast.organisation.pk])
    ).content.decode()  # fmt: skip
    asking.become(cast.lead)
    Engagement.objects.filter(pk=cast.engagement.pk).update(lead=cast.co_supervisor)
    assert "Pienten ryhmät" not in enter(cast.lead).get(practice).content.decode()


def test_the_number_of_queries_does_not_grow(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.contact)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert browser.get(address("totals", cast)).status_code == 200
        return len(caught)

    browser.get(address("totals", cast))
    told(cast, cast.contact)
    few = queries()
    now = timezone.now() + timedelta(days=1)
    asking.become(cast.contact)
    for number in range(1, 30):
        year, seen = YEAR - number % 10, number // 10
        tell(
            cast.organisation, year, {"employees": 40 + number, "note": "", "cost": number}, seen=seen,
            by=cast.contact, now=now,
        )  # fmt: skip
    assert queries() == few
