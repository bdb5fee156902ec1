from collections.abc import Callable
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ClientOrganisation, Contact, Membership, Person, User, VatStanding
from audit import asking
from engagements.models import (
    Contract,
    ContractParty,
    ContractTemplate,
    Engagement,
    Event,
    LibraryGoal,
    ReportingClause,
    State,
    VatClass,
)
from tests.conftest import Cast, make_person, make_practice, make_user

Enter = Callable[[User], Client]


def who(**changes: Any) -> dict[str, Any]:
    """The first page as a supervisor sends it, for a group of three of a new client."""
    return {
        "form": "group",
        "focus": "general",
        "process": "long",
        "language": "fi",
        "client_kind": "new",
        "client_name": "Koulu Kuusi",
        "people": "Aino Aalto <aino@kuusi.example>\nBergman Bo; bo@kuusi.example\nCarlson\tCia",
        "supervisees_do": ["sets_goals"],
        "parties-TOTAL_FORMS": "1",
        "parties-INITIAL_FORMS": "0",
        **changes,
    }


def how(**changes: Any) -> dict[str, Any]:
    return {
        "minutes": "90",
        "sessions_agreed": "8",
        "rhythm": "weeks",
        "rhythm_every": "3",
        "weekday": "3",
        "time": "9",
        "mode": "in_person",
        "place": "Kuusitie 1",
        "evaluation_interim": "midpoint",
        "goals-TOTAL_FORMS": "1",
        "goals-INITIAL_FORMS": "0",
        "reporting-TOTAL_FORMS": "1",
        "reporting-INITIAL_FORMS": "0",
        **changes,
    }


def price(**changes: Any) -> dict[str, Any]:
    return {
        "price": "190,50",
        "price_per": "session",
        "vat_class": "standard",
        "travel": "none",
        "who_cancels": "any",
        "illness": "as_others",
        "own_cancellation": "moved",
        "signing": "everyone",
        **changes,
    }


def party(number: int, person: str, kind: str = "contact", *does: str) -> dict[str, Any]:
    row = {f"parties-{number}-person": person, f"parties-{number}-kind": kind, f"parties-{number}-does": list(does)}
    return {**row, "parties-TOTAL_FORMS": str(number + 1)}


@pytest.fixture
def lead(cast: Cast, enter: Enter) -> Client:
    """The supervisor's browser; the rows of a test are asked for as the same person."""
    asking.become(cast.lead)
    return enter(cast.lead)


def draft() -> Engagement:
    return Engagement.objects.get(state=State.DRAFT)


def opened(lead: Client, **changes: Any) -> Engagement:
    response = lead.post(reverse("engagements:open"), who(**changes))
    assert response.status_code == 302, response.context["form"].errors
    return draft()


def url(name: str, engagement: Engagement) -> str:
    return reverse(f"engagements:{name}", args=[engagement.pk])


# --- Kuka -----------------------------------------------------------------------------------------------------------


def test_the_first_page_opens_a_draft_with_a_new_client_and_pasted_people(lead: Client, cast: Cast) -> None:
    response = lead.post(reverse("engagements:open"), who())

    engagement = draft()
    assert response.headers["Location"] == url("how", engagement)
    assert (engagement.title, engagement.client and engagement.client.name) == ("Koulu Kuusi", "Koulu Kuusi")
    people = [one.person for one in engagement.participations.order_by("person__sort_key")]
    assert [(one.given_name, one.family_name, one.email) for one in people] == [
        ("Aino", "Aalto", "aino@kuusi.example"),
        ("Bo", "Bergman", "bo@kuusi.example"),
        ("Cia", "Carlson", ""),
    ]
    assert [event.kind for event in engagement.events.all()] == [Event.Kind.CREATED]


def test_each_bad_line_is_named_beside_the_field_and_nothing_is_saved(lead: Client) -> None:
    pasted = "Aino Aalto <aino@kuusi.example>\nVain\nBo Bergman <bo@@kuusi>"
    response = lead.post(reverse("engagements:open"), who(people=pasted))

    page = unescape(response.content.decode())
    assert "Line 2, “Vain”" in page
    assert "Line 3, “Bo Bergman <bo@@kuusi>”" in page
    assert "Line 1" not in page
    assert pasted in page
    assert not Engagement.objects.filter(state=State.DRAFT).exists()
    assert not ClientOrganisation.objects.filter(name="Koulu Kuusi").exists()


def test_a_person_of_the_practice_with_the_same_address_is_taken_again(lead: Client, cast: Cast) -> None:
    engagement = opened(lead, form="individual", people="Sanna Salo-Aho <SANNA@otso.example>")

    assert engagement.participations.get().person == cast.people[0]


def test_a_person_without_address_is_known_by_name_within_the_same_client_only(lead: Client, cast: Cast) -> None:
    again = opened(
        lead, form="individual", people="Ville Wikman", client_kind="existing", client=str(cast.organisation.pk)
    )
    assert again.participations.get().person == cast.people[2]

    lead.post(reverse("engagements:discard", args=[again.pk]))
    elsewhere = opened(lead, form="individual", people="Ville Wikman")
    assert elsewhere.participations.get().person != cast.people[2]


def test_an_address_of_somebody_of_another_name_is_refused_with_both_names(lead: Client) -> None:
    response = lead.post(reverse("engagements:open"), who(people="Aino Aalto <asa@otso.example>"))

    (sentence,) = response.context["form"].errors["people"]
    assert "Åsa Öberg" in sentence
    assert "Aino Aalto" in sentence


def test_another_practices_person_with_the_same_address_stays_theirs(lead: Client, cast: Cast) -> None:
    engagement = opened(lead, form="individual", people="Sami Susi <sami@muu.example>")

    assert engagement.participations.get().person.practice == cast.practice


def test_who_orders_sets_goals_signs_and_reads_are_separate_answers(lead: Client) -> None:
    rows = {
        **party(0, "Rehtori Rinne <rinne@kuusi.example>", "contact", "orders", "signs"),
        **party(1, "Esa Esihenkilö <esa@kuusi.example>", "line_manager", "sets_goals", "reads_reports"),
    }
    engagement = opened(lead, **rows)

    parties = Contract.objects.get(engagement=engagement).parties.order_by("position")
    said = [(one.kind, one.orders, one.sets_goals, one.signs, one.reads_reports) for one in parties]
    assert said == [
        ("supervisor", False, False, True, False),
        ("contact", True, False, True, False),
        ("line_manager", False, True, False, True),
        ("supervisee", False, True, True, False),
    ]
    assert Contact.objects.get(person__email="rinne@kuusi.example").organisation.name == "Koulu Kuusi"
    assert not Contact.objects.filter(person__email="esa@kuusi.example").exists()


def test_the_same_person_on_two_rows_is_refused_beside_the_second(lead: Client) -> None:
    rows = {**party(0, "Rita Rinne <r@kuusi.example>"), **party(1, "Rita Rinne <r@kuusi.example>")}
    response = lead.post(reverse("engagements:open"), who(**rows))

    assert [bool(row.errors) for row in response.context["form"].parties] == [False, True]


def test_a_supervisee_can_order_and_pay_privately_without_an_organisation(lead: Client) -> None:
    engagement = opened(
        lead, form="individual", people="Yrjö Yksityinen <yrjo@koti.example>", client_kind="private",
        payer="", payer_does=["signs"],
    )  # fmt: skip

    payer = ContractParty.objects.get(contract__engagement=engagement, kind="payer")
    assert engagement.client is None
    assert payer.person == engagement.participations.get().person
    assert (payer.orders, payer.signs, payer.reads_reports) == (True, True, False)
    assert "Yrjö" not in engagement.title


def test_another_private_person_can_pay_and_is_one_person_also_when_named_twice(lead: Client) -> None:
    engagement = opened(
        lead, form="pair", people="Yrjö Y <yrjo@koti.example>\nMaija M <maija@koti.example>", client_kind="private",
        payer="Maija M <maija@koti.example>",
    )  # fmt: skip

    payer = ContractParty.objects.get(contract__engagement=engagement, kind="payer").person
    assert payer
    assert engagement.participations.filter(person=payer).exists()
    assert Person.objects.filter(email="maija@koti.example").count() == 1


def test_several_supervisees_without_a_named_private_payer_are_asked_for_one(lead: Client) -> None:
    response = lead.post(reverse("engagements:open"), who(client_kind="private", payer=""))

    assert "payer" in response.context["form"].errors


def test_what_was_typed_under_another_answer_does_not_hinder(lead: Client) -> None:
    engagement = opened(lead, payer="???", client_business_id="")

    assert engagement.client


def test_a_business_id_with_a_wrong_check_digit_is_refused(lead: Client) -> None:
    response = lead.post(reverse("engagements:open"), who(client_business_id="1234567-2"))

    assert "client_business_id" in response.context["form"].errors


def test_an_organisation_that_is_there_already_is_not_made_twice(lead: Client) -> None:
    by_name = lead.post(reverse("engagements:open"), who(client_name="päiväkoti otso"))
    by_id = lead.post(reverse("engagements:open"), who(client_business_id="9900001-8"))

    assert "client_name" in by_name.context["form"].errors
    assert "client_business_id" in by_id.context["form"].errors


def test_another_practices_organisation_cannot_be_chosen(lead: Client, cast: Cast) -> None:
    asking.become(cast.stranger)
    foreign = ClientOrganisation.objects.create(practice=cast.foreign_engagement.practice, name="Vieras oy")
    asking.become(cast.lead)
    response = lead.post(reverse("engagements:open"), who(client_kind="existing", client=str(foreign.pk)))

    assert "client" in response.context["form"].errors


def test_only_supervisors_of_the_practice_can_be_co_supervisors(lead: Client, cast: Cast) -> None:
    engagement = opened(lead, co_supervisors=[str(cast.co_supervisor.pk)])
    assert [row.user for row in engagement.co_supervisors.all()] == [cast.co_supervisor]

    response = lead.post(url("who", engagement), who(client_name="Toinen", co_supervisors=[str(cast.stranger.pk)]))
    assert "co_supervisors" in response.context["form"].errors


def test_going_back_shows_and_keeps_everything(lead: Client) -> None:
    engagement = opened(lead, title="Opettajat", **party(0, "Rita Rinne <rita@kuusi.example>", "contact", "orders"))
    people = list(engagement.participations.values_list("pk", flat=True))

    form = lead.get(url("who", engagement)).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in shown.items() if value not in (None, "")}
    sent["people"] = form.fields["people"].prepare_value(shown["people"])
    sent |= party(0, "Rita Rinne <rita@kuusi.example>", "contact", "orders") | {"parties-INITIAL_FORMS": "1"}
    response = lead.post(url("who", engagement), sent)

    assert response.status_code == 302, response.context["form"].errors
    engagement.refresh_from_db()
    assert engagement.title == "Opettajat"
    assert list(engagement.participations.values_list("pk", flat=True)) == people
    assert Contract.objects.get(engagement=engagement).parties.get(kind="contact").orders
    assert ClientOrganisation.objects.filter(name="Koulu Kuusi").count() == 1


def test_a_line_taken_out_takes_the_person_out_of_the_draft(lead: Client) -> None:
    engagement = opened(lead)
    lead.post(url("who", engagement), who(client_name="Muu", people="Aino Aalto <aino@kuusi.example>"))

    assert engagement.participations.get().person.email == "aino@kuusi.example"


def test_a_corrected_address_is_the_same_person(lead: Client) -> None:
    engagement = opened(lead, form="individual", people="Aino Aalto <aino@kusi.example>")
    person = engagement.participations.get().person
    lead.post(
        url("who", engagement), who(client_name="Muu", form="individual", people="Aino Aalto <aino@kuusi.example>")
    )

    assert engagement.participations.get().person == person
    person.refresh_from_db()
    assert person.email == "aino@kuusi.example"


def test_a_row_more_can_be_asked_for_without_javascript(lead: Client) -> None:
    first = lead.post(reverse("engagements:open"), who(add="parties", people="bad"))
    assert len(first.context["form"].parties.forms) == 2

    then = lead.post(reverse("engagements:open"), who(add="parties"))
    assert then.headers["Location"] == url("who", draft()) + "?more=parties#parties"


def test_one_who_supervises_in_two_practices_chooses(lead: Client, cast: Cast) -> None:
    second = make_user("toka@muu.example", "Toka", factor=True)
    asking.become(second)
    other = make_practice(second, "Aalto", "9900013-0")
    Membership.objects.create(practice=other, user=cast.lead, kind=Membership.Kind.SUPERVISOR)
    asking.become(cast.lead)

    assert "Aalto" in lead.get(reverse("engagements:open")).content.decode()
    lead.post(reverse("engagements:open") + f"?practice={other.pk}", who())
    assert draft().practice == other


def test_nobody_but_a_supervisor_opens_a_process(cast: Cast, enter: Enter) -> None:
    for user in (cast.supervisee, cast.contact, cast.practice_admin):
        assert enter(user).get(reverse("engagements:open")).status_code == 404


# --- Miten ----------------------------------------------------------------------------------------------------------


def test_the_second_page_keeps_the_frame_goals_and_reporting_lines(lead: Client) -> None:
    engagement = opened(lead)
    rows = {
        "goals-0-text": "Palaverit sujuvat",
        "goals-0-theme": "fluency",
        "reporting-0-what": "dates",
        "reporting-0-to": "readers",
        "reporting-0-when": "monthly",
        "reporting-0-approval": "none",
    }
    response = lead.post(url("how", engagement), how(starts_on="13.1.2027", ends_on="30.6.2027", **rows))

    assert response.headers["Location"] == url("price", engagement)
    contract = Contract.objects.get(engagement=engagement)
    assert (contract.minutes, contract.sessions_agreed, contract.rhythm_every, contract.weekday) == (90, 8, 3, 3)
    assert contract.time
    assert contract.time.hour == 9
    engagement.refresh_from_db()
    assert (engagement.starts_on, engagement.ends_on) == (date(2027, 1, 13), date(2027, 6, 30))
    assert [(goal.text, goal.theme, goal.owner) for goal in engagement.goals.all()] == [
        ("Palaverit sujuvat", "fluency", None)
    ]
    line = ReportingClause.objects.get(contract=contract)
    assert (line.what, line.when, line.approval, line.silence_days) == ("dates", "monthly", "none", None)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("minutes", {"minutes": "5"}),
        ("minutes", {"minutes": "pitkä"}),
        ("rhythm_every", {"rhythm_every": ""}),
        ("ends_on", {"starts_on": "13.1.2027", "ends_on": "12.1.2027"}),
        ("sessions_agreed", {"sessions_agreed": "501"}),
        ("link", {"mode": "remote", "link": "javascript:alert(1)"}),
        ("time", {"time": "25"}),
    ],
)
def test_bad_input_is_shown_again_with_a_sentence_beside_it(lead: Client, field: str, changes: dict[str, str]) -> None:
    engagement = opened(lead)
    response = lead.post(url("how", engagement), how(**changes))

    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert Contract.objects.get(engagement=engagement).minutes is None


@pytest.mark.parametrize(
    ("field", "row"),
    [
        ("approval", {"what": "themes", "to": "readers", "when": "end", "approval": "none"}),
        (
            "silence_days",
            {"what": "themes", "to": "readers", "when": "end", "approval": "everyone", "silence_days": "3"},
        ),
        ("silence_days", {"what": "dates", "to": "readers", "when": "end", "approval": "none", "silence_days": "14"}),
    ],
)
def test_no_line_can_promise_text_without_approval_or_quick_silence(
    lead: Client, field: str, row: dict[str, str]
) -> None:
    engagement = opened(lead)
    response = lead.post(url("how", engagement), how(**{f"reporting-0-{name}": value for name, value in row.items()}))

    assert field in response.context["form"].reporting.forms[0].errors
    assert not ReportingClause.objects.filter(contract__engagement=engagement).exists()


def test_a_goal_is_tied_to_an_aim_that_the_organisation_has_stated(lead: Client, cast: Cast) -> None:
    cast.organisation.stated_aims = "- Henkilöstö jaksaa\n- Perheet kohdataan"
    cast.organisation.save()
    engagement = opened(lead, client_kind="existing", client=str(cast.organisation.pk))
    assert "Perheet kohdataan" in lead.get(url("how", engagement)).content.decode()

    goal = {"goals-0-text": "Työnjako on selvä", "goals-0-theme": "fluency"}
    lead.post(url("how", engagement), how(**goal, **{"goals-0-aim": "Henkilöstö jaksaa"}))
    assert engagement.goals.get().aim == "Henkilöstö jaksaa"

    made_up = lead.post(url("how", engagement), how(**goal, **{"goals-0-aim": "Keksitty"}))
    assert "aim" in made_up.context["form"].goals.forms[0].errors


def test_goals_are_picked_from_the_library_of_the_process_language(lead: Client, cast: Cast) -> None:
    finnish = LibraryGoal.objects.create(
        practice=cast.practice, language="fi", theme="wellbeing", text="Työssä jaksetaan"
    )
    LibraryGoal.objects.create(practice=cast.practice, language="sv", theme="wellbeing", text="Man orkar arbeta")
    engagement = opened(lead)
    page = lead.get(url("how", engagement)).content.decode()
    assert "Työssä jaksetaan" in page
    assert "Man orkar arbeta" not in page

    lead.post(url("how", engagement), how(picks=[str(finnish.pk)]))
    assert [(goal.text, goal.theme) for goal in engagement.goals.all()] == [("Työssä jaksetaan", "wellbeing")]


def test_the_practices_template_for_the_form_fills_the_draft_in_at_once(lead: Client, cast: Cast) -> None:
    made = ContractTemplate.objects.create(
        practice=cast.practice, name="Ryhmä", form="group", minutes=120, price="240.00", signing="nobody"
    )
    ReportingClause.objects.create(template=made, what="minutes", when="end", approval="none")
    engagement = opened(lead)

    contract = Contract.objects.get(engagement=engagement)
    assert (contract.minutes, contract.price) == (120, Decimal("240.00"))
    assert [line.what for line in contract.reporting.all()] == ["minutes"]
    assert not contract.parties.get(kind="supervisee").signs


def test_another_template_replaces_terms_and_lines_but_not_people_or_goals(lead: Client, cast: Cast) -> None:
    engagement = opened(lead)
    lead.post(url("how", engagement), how(**{"goals-0-text": "Jaksamme", "goals-0-theme": "wellbeing"}))
    made = ContractTemplate.objects.create(practice=cast.practice, name="Lyhyt", minutes=60)
    response = lead.post(url("fill", engagement), {"template": str(made.pk)})

    assert response.headers["Location"] == url("how", engagement)
    assert Contract.objects.get(engagement=engagement).minutes == 60
    assert engagement.participations.count() == 3
    assert engagement.goals.get().text == "Jaksamme"


def test_another_practices_template_fills_nothing_in(lead: Client, cast: Cast) -> None:
    engagement = opened(lead)
    asking.become(cast.stranger)
    foreign = ContractTemplate.objects.create(practice=cast.foreign_engagement.practice, name="Vieras", minutes=45)
    asking.become(cast.lead)
    lead.post(url("fill", engagement), {"template": str(foreign.pk)})

    assert Contract.objects.get(engagement=engagement).minutes is None


# --- Hinta ----------------------------------------------------------------------------------------------------------


def test_the_third_page_keeps_every_term(lead: Client) -> None:
    engagement = opened(lead)
    sent = price(
        payment_days="14", travel="kilometres", kilometre_rate="0,55", framework_reference="KL-2026-7",
        order_reference="4500012345", cancel_notice_hours="1 viikko", cancel_fee_percent="50",
        no_show_fee_percent="100", who_cancels="client", illness="free", quorum="2", own_cancellation="stand_in",
        toto_use="on", confidentiality_more="Myös varahenkilö.", notes_months="6", memo_months="12", notice_days="30",
        disagreement="Hilkka Hovi", handover="Kalle Kivi", signing="representative", more_terms="Kahvi tarjotaan.",
        travel_time_price="30", price_review="Vuosittain", vat_reason="",
    )  # fmt: skip
    response = lead.post(url("price", engagement), sent)

    assert response.headers["Location"] == url("review", engagement)
    contract = Contract.objects.get(engagement=engagement)
    assert (contract.price, contract.kilometre_rate) == (Decimal("190.50"), Decimal("0.55"))
    assert (contract.cancel_notice_hours, contract.cancel_fee_percent, contract.quorum) == (168, 50, 2)
    assert (contract.notes_months, contract.memo_months, contract.notice_days) == (6, 12, 30)
    texts = (
        "framework_reference order_reference who_cancels illness own_cancellation handover confidentiality_more "
        "disagreement signing more_terms price_review travel"
    )
    for name in texts.split():
        assert getattr(contract, name) == sent[name]
    assert contract.toto_use


def test_free_of_charge_is_said_and_is_not_an_empty_price(lead: Client) -> None:
    engagement = opened(lead)
    lead.post(url("price", engagement), price(price="", free="on"))
    assert Contract.objects.get(engagement=engagement).price == 0

    both = lead.post(url("price", engagement), price(free="on"))
    assert "free" in both.context["form"].errors


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("vat_reason", {"vat_class": "health"}),
        ("kilometre_rate", {"travel": "kilometres"}),
        ("price", {"price": "-5"}),
        ("cancel_fee_percent", {"cancel_fee_percent": "101"}),
        ("cancel_notice_hours", {"cancel_notice_hours": "ajoissa"}),
    ],
)
def test_a_price_that_does_not_hold_is_refused_beside_its_field(
    lead: Client, field: str, changes: dict[str, str]
) -> None:
    response = lead.post(url("price", opened(lead)), price(**changes))

    assert list(response.context["form"].errors) == [field]


def test_the_vat_class_begins_from_the_standing_of_the_practice(lead: Client, cast: Cast) -> None:
    cast.practice.vat_standing = VatStanding.SMALL
    cast.practice.save()

    assert Contract.objects.get(engagement=opened(lead)).vat_class == VatClass.SMALL


def test_supervisees_who_do_not_sign_are_no_signatories(lead: Client) -> None:
    engagement = opened(lead)
    lead.post(url("price", engagement), price(signing="nobody"))

    assert not ContractParty.objects.get(contract__engagement=engagement, kind="supervisee").signs


# --- resuming and reviewing -----------------------------------------------------------------------------------------


def test_a_draft_is_taken_up_again_from_the_list_where_it_was_left(lead: Client) -> None:
    engagement = opened(lead)
    response = lead.post(url("how", engagement), how(later="1"))
    assert response.headers["Location"] == reverse("engagements:list")

    assert f'href="{url("price", engagement)}"' in lead.get(reverse("engagements:list")).content.decode()


def test_the_review_names_what_is_missing_and_where_to_mend_it(lead: Client) -> None:
    engagement = opened(lead, people="Aino Aalto\nBo Bergman")
    page = lead.get(url("review", engagement)).content.decode()

    assert "Group supervision has 3 to 12 supervisees. Named now: 2." in page
    assert "Say how long a session is." in page
    assert "Give the price, or say that it is free of charge." in page
    assert "Nobody orders" in page
    for step in ("who", "how", "price"):
        assert f'href="{url(step, engagement)}"' in page
    assert url("agree", engagement) not in page


def test_a_whole_contract_is_offered_from_the_review(lead: Client) -> None:
    engagement = opened(lead, **party(0, "Rita Rinne <rita@kuusi.example>", "contact", "orders", "signs"))
    lead.post(url("how", engagement), how())
    lead.post(url("price", engagement), price())
    page = lead.get(url("review", engagement))
    assert not page.context["to_offer"]
    assert "190,50" in page.content.decode()

    form = lead.get(url("send", engagement)).context["form"]
    lead.post(url("send", engagement), {name: "1" if "turn" in name else "1.1.2027" for name in form.fields})
    engagement.refresh_from_db()
    assert engagement.state == State.OFFERED


def test_a_single_crisis_session_is_running_after_one_page_a_price_and_an_agreement(lead: Client, cast: Cast) -> None:
    ContractTemplate.objects.create(practice=cast.practice, name="Kriisi", form="individual", minutes=60, price="120")
    response = lead.post(
        reverse("engagements:open"),
        who(form="individual", focus="crisis", process="single", people="Aino Aalto", review="1"),
    )
    engagement = draft()
    assert response.headers["Location"] == url("review", engagement)

    lead.post(url("agree", engagement), {"how": "oral", "agreed_on": "23.11.2026"})
    engagement.refresh_from_db()
    assert engagement.state == State.ACTIVE
    assert engagement.contracts.get().sessions_agreed == 1


def test_the_pages_of_the_wizard_are_closed_once_the_contract_is_offered(lead: Client, cast: Cast) -> None:
    for name in ("who", "how", "price", "review"):
        response = lead.get(url(name, cast.engagement))
        assert response.headers["Location"] == url("detail", cast.engagement)
    lead.post(url("price", cast.engagement), price(price="1"))
    assert cast.engagement.contracts.get().price == Decimal("190.00")


def test_strangers_and_the_people_in_it_find_no_draft(lead: Client, cast: Cast, enter: Enter) -> None:
    engagement = opened(lead, people="Sanna Salo <sanna@otso.example>", form="individual")
    names = ("detail", "who", "how", "price", "review", "copy", "send", "agree", "discard")
    for user in (cast.stranger, cast.supervisee, cast.contact, cast.co_supervisor, cast.administrator):
        browser = enter(user)
        assert {browser.get(url(name, engagement)).status_code for name in names} == {404}


def test_a_page_of_the_wizard_costs_as_many_queries_for_one_person_as_for_thirty(
    lead: Client, django_assert_max_num_queries: Any
) -> None:
    engagement = opened(lead, form="community", people="\n".join(f"Etu{'a' * n} Suku" for n in range(1, 31)))
    with django_assert_max_num_queries(26):
        lead.get(url("who", engagement))
    with django_assert_max_num_queries(26):
        lead.get(url("how", engagement))


def test_the_small_practice_keeps_its_people_to_itself(cast: Cast, lead: Client) -> None:
    person = make_person(cast.practice, "Pia", "Piha")
    assert "Pia Piha" not in lead.get(reverse("engagements:open")).content.decode()
    assert person.pk
