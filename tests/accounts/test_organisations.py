import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.adapters import claim_persons
from accounts.models import ClientOrganisation, Contact, Person, User
from audit import asking
from tests.conftest import make_engagement

Cast = Any
Enter = Callable[[User], Client]
LIST = "/organisations/"

FACTS = {
    "name": "Kehrän kunta",
    "business_id": "9900004-2",
    "sector": "municipal",
    "public_body": "on",
    "street": "",
    "postcode": "",
    "city": "Kehrä",
    "invoicing_address": "PL 1\n01000 Kehrä",
    "einvoice_address": "003799000042",
    "einvoice_operator": "BAWCFI22",
    "invoicing_reference": "KP 4711",
    "framework_reference": "TH 2026/12",
    "stated_aims": "Turvallinen työyhteisö",
}
CONTACT = {
    "given_name": "Oili",
    "family_name": "Orava",
    "title": "Johtaja",
    "email": "oili@kehra.example",
    "phone": "040 1234567",
    "language": "sv",
}


def made(cast: Cast, *names: str) -> None:
    with asking.acting_as(cast.lead):
        ClientOrganisation.objects.bulk_create(
            [ClientOrganisation(practice=cast.practice, name=name) for name in names]
        )


def titles(page: str) -> list[str]:
    return re.findall(r'class="row-title" href="[^"]*">([^<]*)<', page)


# --- the list ---------------------------------------------------------------------------------------------------------


def test_those_who_work_in_the_practice_see_its_clients_and_nobody_else(enter: Enter, cast: Cast) -> None:
    for who in (cast.lead, cast.co_supervisor, cast.practice_admin):
        assert "Päiväkoti Otso" in enter(who).get(LIST).content.decode()
    assert "Päiväkoti Otso" not in enter(cast.stranger).get(LIST).content.decode()
    for who in (cast.supervisee, cast.contact, cast.administrator):
        assert enter(who).get(LIST).status_code == 404


def test_clients_stand_in_finnish_order(enter: Enter, cast: Cast) -> None:
    made(cast, "Örö", "Zeta", "Ähtäri", "Åbo", "alfa")

    assert titles(enter(cast.lead).get(LIST).content.decode()) == [
        "alfa", "Päiväkoti Otso", "Zeta", "Åbo", "Ähtäri", "Örö",
    ]  # fmt: skip


def test_a_long_list_is_read_page_by_page_there_and_back(enter: Enter, cast: Cast) -> None:
    made(cast, *[f"Tilaaja {number:03}" for number in range(70)])
    client = enter(cast.lead)
    seen: list[list[str]] = []
    address = LIST
    while address:
        response = client.get(address)
        seen.append(titles(response.content.decode()))
        page = response.context["page"]
        address = LIST + page.next if page.next else ""

    assert [len(each) for each in seen] == [30, 30, 11]
    everybody = [name for part in seen for name in part]
    assert everybody == ["Päiväkoti Otso", *[f"Tilaaja {number:03}" for number in range(70)]]
    back = client.get(LIST + page.previous)
    assert titles(back.content.decode()) == seen[1]
    first = client.get(LIST + back.context["page"].previous)
    assert titles(first.content.decode()) == seen[0]
    assert first.context["page"].previous == ""


def test_a_mark_that_nobody_made_shows_the_first_page(enter: Enter, cast: Cast) -> None:
    for mark in ("after=x", f"after={cast.engagement.pk}", "before=!!", "after=WyJhIl0=", "after=bnVsbA=="):
        assert titles(enter(cast.lead).get(f"{LIST}?{mark}").content.decode()) == ["Päiväkoti Otso"]


@pytest.mark.parametrize("sought", ["otso", "PÄIVÄ", "9900001"])
def test_a_client_is_found_by_part_of_a_name_or_by_business_id(enter: Enter, cast: Cast, sought: str) -> None:
    made(cast, "Muu tilaaja")

    assert titles(enter(cast.lead).post(LIST, {"q": sought}, follow=True).content.decode()) == ["Päiväkoti Otso"]


def test_the_list_asks_as_much_for_thirty_as_for_one(enter: Enter, cast: Cast) -> None:
    client = enter(cast.lead)
    client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    made(cast, *[f"Tilaaja {number:03}" for number in range(29)])

    with CaptureQueriesContext(connection) as thirty:
        client.get(LIST)

    assert len(one) == len(thirty)


def test_a_row_says_how_many_speak_for_a_client_and_how_many_processes_are_open(enter: Enter, cast: Cast) -> None:
    with asking.acting_as(cast.lead):
        make_engagement(cast.practice, cast.lead, cast.organisation, [], title="Luonnos", state="draft")
        make_engagement(cast.practice, cast.lead, cast.organisation, [], title="Tarjottu", state="offered")
    for who, said in (
        (cast.lead, "1 contact · 2 open processes"),
        (cast.co_supervisor, "1 contact · 1 open process"),
        (cast.practice_admin, "1 contact · 2 open processes"),
    ):
        assert said in enter(who).get(LIST).text, who


def test_an_archived_client_leaves_the_lists_and_comes_back(enter: Enter, cast: Cast) -> None:
    client = enter(cast.co_supervisor)
    url = reverse("accounts:organisation_archive", args=[cast.organisation.pk])

    assert "The client is archived." in client.post(url, follow=True).text
    assert titles(client.get(LIST).text) == []
    assert titles(client.get(LIST + "?state=archived").text) == ["Päiväkoti Otso"]
    assert "Päiväkoti Otso" not in client.get(reverse("engagements:open")).text
    assert "The client is in use again." in client.post(url, follow=True).text
    assert titles(client.get(LIST + "?all").text) == ["Päiväkoti Otso"]


def test_a_search_stays_among_the_archived(enter: Enter, cast: Cast) -> None:
    client = enter(cast.lead)
    client.post(reverse("accounts:organisation_archive", args=[cast.organisation.pk]))
    made(cast, "Otson kerho")

    assert titles(client.post(LIST, {"q": "otso", "state": "archived"}, follow=True).text) == ["Päiväkoti Otso"]


# --- one client -------------------------------------------------------------------------------------------------------


def test_a_client_is_written_down_with_everything_an_invoice_needs(enter: Enter, cast: Cast) -> None:
    response = enter(cast.practice_admin).post("/organisations/new/", FACTS)

    with asking.acting_as(cast.practice_admin):
        kept = ClientOrganisation.objects.get(name="Kehrän kunta")
    assert response.headers["Location"] == reverse("accounts:organisation", args=[kept.pk])
    assert (kept.practice, kept.sector, kept.public_body) == (cast.practice, "municipal", True)
    assert (kept.einvoice_address, kept.framework_reference) == ("003799000042", "TH 2026/12")
    page = enter(cast.lead).get(response.headers["Location"]).content.decode()
    for shown in ("9900004-2", "003799000042", "KP 4711", "TH 2026/12", "Turvallinen työyhteisö"):
        assert shown in page


def test_a_practice_has_an_organisation_once(enter: Enter, cast: Cast) -> None:
    response = enter(cast.lead).post("/organisations/new/", FACTS | {"business_id": "9900001-8"})

    assert "already has an organisation" in str(response.context["form"].errors)


def test_two_practices_may_have_the_same_client(enter: Enter, cast: Cast) -> None:
    assert enter(cast.stranger).post("/organisations/new/", FACTS | {"business_id": "9900001-8"}).status_code == 302


def test_a_wrong_check_digit_is_refused(enter: Enter, cast: Cast) -> None:
    response = enter(cast.lead).post("/organisations/new/", FACTS | {"business_id": "9900004-3"})

    assert "business_id" in response.context["form"].errors


def test_who_works_nowhere_cannot_write_clients_down(enter: Enter, cast: Cast) -> None:
    assert enter(cast.supervisee).post("/organisations/new/", FACTS).status_code == 404

    with asking.acting_as(cast.lead):
        assert not ClientOrganisation.objects.filter(name="Kehrän kunta").exists()


def test_a_client_is_changed_by_its_practice_and_not_moved(enter: Enter, cast: Cast) -> None:
    url = reverse("accounts:organisation_edit", args=[cast.organisation.pk])
    other = str(cast.foreign_engagement.practice_id)

    assert enter(cast.stranger).post(url, FACTS).status_code == 404
    assert enter(cast.co_supervisor).post(url, FACTS | {"practice": other}).status_code == 302

    with asking.acting_as(cast.lead):
        cast.organisation.refresh_from_db()
    assert (cast.organisation.name, cast.organisation.practice) == ("Kehrän kunta", cast.practice)


def test_only_those_who_lead_a_process_see_it_on_the_clients_page(enter: Enter, cast: Cast) -> None:
    url = reverse("accounts:organisation", args=[cast.organisation.pk])

    assert ">Otso<" in enter(cast.lead).get(url).content.decode()
    assert ">Otso<" not in enter(cast.practice_admin).get(url).content.decode()


# --- contacts ---------------------------------------------------------------------------------------------------------


def contact(cast: Cast, **facts: Any) -> Contact:
    with asking.acting_as(cast.lead):
        return Contact.objects.select_related("person").get(**facts)


def test_a_contact_is_a_person_of_the_practice(enter: Enter, cast: Cast) -> None:
    enter(cast.lead).post(reverse("accounts:contact_new", args=[cast.organisation.pk]), CONTACT)

    added = contact(cast, person__email="oili@kehra.example")
    assert (added.person.practice, added.title, added.person.language) == (cast.practice, "Johtaja", "sv")


def test_somebody_the_practice_knows_already_is_the_same_person(enter: Enter, cast: Cast) -> None:
    asa = CONTACT | {"given_name": "Åsa", "family_name": "Öberg", "email": "ASA@otso.example"}

    enter(cast.lead).post(reverse("accounts:contact_new", args=[cast.organisation.pk]), asa)

    assert contact(cast, person__email="asa@otso.example").person == cast.people[1]


def test_an_address_is_one_persons_alone(enter: Enter, cast: Cast) -> None:
    shared = CONTACT | {"email": "asa@otso.example"}

    response = enter(cast.lead).post(reverse("accounts:contact_new", args=[cast.organisation.pk]), shared)

    assert "Åsa Öberg" in response.context["form"].errors["email"][0]


def test_a_contact_without_an_address_gets_paper(enter: Enter, cast: Cast) -> None:
    client = enter(cast.lead)
    client.post(reverse("accounts:contact_new", args=[cast.organisation.pk]), CONTACT | {"email": ""})

    page = client.get(reverse("accounts:organisation", args=[cast.organisation.pk])).content.decode()
    assert "Oili Orava" in page
    assert "everything on paper" in page


def test_a_contact_with_a_new_address_is_not_the_old_ones_user_any_more(enter: Enter, cast: Cast) -> None:
    before = contact(cast, pk=cast.client_contact.pk)
    assert before.person.user == cast.contact
    facts = CONTACT | {"given_name": "Tiina", "family_name": "Tamm", "email": "uusi.johtaja@otso.example"}

    enter(cast.lead).post(reverse("accounts:contact_edit", args=[before.pk]), facts)

    assert contact(cast, pk=before.pk).person.user is None
    with asking.acting_as(cast.contact):
        assert not ClientOrganisation.objects.exists()
        assert claim_persons(cast.contact) == 0


def test_a_contact_keeps_their_user_when_the_new_address_is_proven_theirs(enter: Enter, cast: Cast) -> None:
    cast.contact.emailaddress_set.update(email="tiina@uusi.example")
    facts = CONTACT | {"given_name": "Tiina", "family_name": "Tamm", "email": "tiina@uusi.example"}

    enter(cast.lead).post(reverse("accounts:contact_edit", args=[cast.client_contact.pk]), facts)

    assert contact(cast, pk=cast.client_contact.pk).person.user == cast.contact


def test_a_contact_who_has_left_sees_the_client_no_more_and_may_come_back(enter: Enter, cast: Cast) -> None:
    url = reverse("accounts:contact_left", args=[cast.client_contact.pk])
    with asking.acting_as(cast.contact):
        assert ClientOrganisation.objects.represented_by(cast.contact).exists()

    enter(cast.lead).post(url, {"left_on": "1.11.2026"})

    with asking.acting_as(cast.contact):
        assert not ClientOrganisation.objects.exists()

    enter(cast.lead).post(url, {"left_on": ""})

    with asking.acting_as(cast.contact):
        assert ClientOrganisation.objects.exists()


def test_nobody_leaves_in_the_future(enter: Enter, cast: Cast) -> None:
    url = reverse("accounts:contact_left", args=[cast.client_contact.pk])

    assert enter(cast.lead).post(url, {"left_on": "1.1.2099"}).context["form"].errors


def test_strangers_reach_no_contact(enter: Enter, cast: Cast) -> None:
    pages = [
        reverse("accounts:organisation", args=[cast.organisation.pk]),
        reverse("accounts:contact_new", args=[cast.organisation.pk]),
        reverse("accounts:contact_edit", args=[cast.client_contact.pk]),
        reverse("accounts:contact_left", args=[cast.client_contact.pk]),
    ]
    for who in (cast.stranger, cast.supervisee, cast.contact, cast.administrator):
        client = enter(who)
        for page in pages:
            assert client.get(page).status_code == 404, page
            assert client.post(page, CONTACT).status_code == 404, page
    with asking.acting_as(cast.lead):
        assert Person.objects.filter(practice=cast.practice).count() == 4
