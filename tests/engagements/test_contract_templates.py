"""What a practice keeps ready: contract templates and its goal library."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Practice, VatStanding
from audit import asking
from engagements.actions import apply_template
from engagements.models import Approval, ContractTemplate, LibraryGoal, ReportingClause, State, Theme
from engagements.models.contract import FACTS
from engagements.shipped import GOALS, TEMPLATES, ship
from engagements.terms import collect
from engagements.wording import clauses
from tests.conftest import make_engagement

Cast = Any
Enter = Callable[[Any], Client]
LIST = reverse("engagements:templates")
LIBRARY = reverse("engagements:library")

FILLED = {
    "name": "Ryhmä, oma", "form": "group", "minutes": "1,5 h", "sessions_agreed": "12", "rhythm": "weeks",
    "rhythm_every": "3", "mode": "in_person", "evaluation_interim": "midpoint", "price": "190,00",
    "price_per": "session",
    "vat_class": "standard", "travel": "none", "cancel_notice_hours": "1 vk", "cancel_fee_percent": "50",
    "who_cancels": "any", "illness": "free", "own_cancellation": "moved", "signing": "everyone",
    "reporting-TOTAL_FORMS": "2", "reporting-INITIAL_FORMS": "0", "reporting-0-what": "dates",
    "reporting-0-to": "readers", "reporting-0-when": "monthly", "reporting-0-approval": "none",
}  # fmt: skip


@pytest.fixture
def mine(cast: Cast) -> Practice:
    asking.become(cast.lead)
    practice: Practice = cast.practice
    return practice


# --- shipped --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_shipped_templates_are_whole_contracts_with_their_reporting(mine: Practice, language: str) -> None:
    assert ship(mine, language) == (len(TEMPLATES), sum(len(goals) for goals in GOALS.values()))
    for template in mine.contract_templates.all():
        template.full_clean()
        lines = list(template.reporting.all())
        assert lines
        assert all((line.approval == Approval.NONE) == (line.what in FACTS) for line in lines)
        assert template.price is None
        assert template.notes_months is not None
        assert template.cancel_notice_hours


def test_there_is_one_for_each_form_and_for_crises_and_single_sessions() -> None:
    assert [form for _name, form, _terms, _lines in TEMPLATES] == ["individual", "pair", "group", "community", "", ""]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_theme_has_at_least_three_goals_in_each_language(mine: Practice, language: str) -> None:
    ship(mine, language)
    for theme in Theme:
        assert mine.library_goals.filter(language=language, theme=theme).count() >= 3


def test_the_three_languages_differ(mine: Practice) -> None:
    for language in ("fi", "sv", "en"):
        ship(mine, language)
    texts = list(mine.library_goals.values_list("text", flat=True))
    assert len(texts) == len(set(texts)) == 3 * sum(len(goals) for goals in GOALS.values())


def test_what_a_practice_has_already_stays_as_it_is(mine: Practice) -> None:
    ContractTemplate.objects.create(practice=mine, name="Group supervision", minutes=33)
    assert ship(mine, "en")[0] == len(TEMPLATES) - 1
    assert ship(mine, "en") == (0, 0)
    assert mine.contract_templates.get(name="Group supervision").minutes == 33


@pytest.mark.parametrize("standing", VatStanding.values)
def test_the_vat_of_a_shipped_template_follows_the_practice(mine: Practice, standing: str) -> None:
    mine.vat_standing = standing
    ship(mine, "en")
    template = mine.contract_templates.get(name="Pair supervision")
    expected = {"registered": ("standard", False), "small": ("small", False), "exempt": ("exempt", True)}
    assert (template.vat_class, bool(template.vat_reason)) == expected[standing]


def test_a_contract_filled_from_a_shipped_template_reads_as_one(cast: Cast, mine: Practice) -> None:
    ship(mine, "en")
    draft = make_engagement(mine, cast.lead, cast.organisation, cast.people, cast.client_contact, state=State.DRAFT)
    contract = draft.contracts.get()
    apply_template(contract, mine.contract_templates.get(name="Group supervision"))
    assert len(clauses(collect(contract))) >= 15


# --- pages ----------------------------------------------------------------------------------------------------------


def test_a_supervisor_adds_the_ready_made_ones_in_a_language(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    assert "No templates yet" in browser.get(LIST).content.decode()
    answer = browser.post(reverse("engagements:templates_ship"), {"language": "fi"}, follow=True)
    assert "Yhteisötyönohjaus" in answer.content.decode()
    asking.become(cast.lead)
    assert set(cast.practice.library_goals.values_list("language", flat=True)) == {"fi"}


def test_a_template_is_written_with_its_reporting_lines(cast: Cast, enter: Enter) -> None:
    answer = enter(cast.lead).post(reverse("engagements:template_new"), FILLED)
    assert answer.status_code == 302, answer.context["form"].errors
    asking.become(cast.lead)
    template = ContractTemplate.objects.get()
    assert (template.practice, template.minutes, template.cancel_notice_hours) == (cast.practice, 90, 168)
    assert [(line.what, line.when, line.approval) for line in template.reporting.all()] == [
        ("dates", "monthly", "none")
    ]


def test_a_template_is_changed_and_its_lines_replaced(cast: Cast, enter: Enter, mine: Practice) -> None:
    template = ContractTemplate.objects.create(practice=mine, name="Vanha", minutes=60)
    ReportingClause.objects.create(template=template, what="costs", approval="none")
    page = reverse("engagements:template_edit", args=[template.pk])
    browser = enter(cast.lead)
    assert 'value="60"' in browser.get(page).content.decode()
    browser.post(page, FILLED)
    asking.become(cast.lead)
    template.refresh_from_db()
    assert (template.name, template.minutes) == ("Ryhmä, oma", 90)
    assert [line.what for line in template.reporting.all()] == ["dates"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"rhythm_every": ""}, "Say every how many weeks or months you meet."),
        ({"vat_class": "exempt"}, "Say on what ground the service is exempt from VAT."),
        ({"travel": "kilometres"}, "Say how much a kilometre costs."),
        ({"minutes": "5"}, "A session lasts from 10 to 600 minutes."),
        ({"reporting-0-what": "text"}, "Correct the rows of what the client is told."),
        ({"name": ""}, "This field is required."),
        ({"name": "Otettu"}, "You already have a template with this name."),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    cast: Cast, enter: Enter, mine: Practice, wrong: dict[str, str], sentence: str
) -> None:
    ContractTemplate.objects.create(practice=mine, name="Otettu")
    answer = enter(cast.lead).post(reverse("engagements:template_new"), FILLED | wrong)
    assert sentence in answer.content.decode()
    asking.become(cast.lead)
    assert ContractTemplate.objects.count() == 1


def test_a_template_is_put_aside_and_taken_back(cast: Cast, enter: Enter, mine: Practice) -> None:
    template = ContractTemplate.objects.create(practice=mine, name="Vanha")
    page = reverse("engagements:template_archive", args=[template.pk])
    browser = enter(cast.lead)
    assert browser.get(page).status_code == 405
    browser.post(page)
    asking.become(cast.lead)
    template.refresh_from_db()
    assert template.archived_at is not None
    browser.post(page)
    asking.become(cast.lead)
    template.refresh_from_db()
    assert template.archived_at is None


def test_a_template_is_not_taken_back_beside_another_of_its_name(cast: Cast, enter: Enter, mine: Practice) -> None:
    old = ContractTemplate.objects.create(practice=mine, name="Sama", archived_at=timezone.now())
    ContractTemplate.objects.create(practice=mine, name="Sama")
    answer = enter(cast.lead).post(reverse("engagements:template_archive", args=[old.pk]), follow=True)
    assert "You already have a template with this name." in answer.content.decode()
    asking.become(cast.lead)
    old.refresh_from_db()
    assert old.archived_at is not None


def test_another_practices_template_and_goal_do_not_exist(cast: Cast, enter: Enter, mine: Practice) -> None:
    template = ContractTemplate.objects.create(practice=mine, name="Oma")
    goal = LibraryGoal.objects.create(practice=mine, theme="meaning", text="Oma")
    browser = enter(cast.stranger)
    for name in ("template_edit", "template_archive"):
        assert browser.post(reverse(f"engagements:{name}", args=[template.pk])).status_code == 404
    for name in ("library_goal", "library_delete"):
        assert browser.post(reverse(f"engagements:{name}", args=[goal.pk])).status_code == 404
    assert browser.get(f"{LIST}?practice={mine.pk}").status_code == 404


@pytest.mark.parametrize("member", ["practice_admin", "supervisee", "contact", "administrator"])
def test_only_supervisors_keep_templates_and_goals(cast: Cast, enter: Enter, member: str) -> None:
    browser = enter(cast.members[member])
    assert browser.get(LIST).status_code == 404
    assert browser.get(LIBRARY).status_code == 404


def test_a_goal_is_added_changed_and_taken_out(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    browser.post(LIBRARY, {"theme": "meaning", "text": "Yhdessä", "language": "fi"})
    asking.become(cast.lead)
    goal = LibraryGoal.objects.get()
    assert "Yhdessä" in browser.get(f"{LIBRARY}?language=fi").content.decode()
    assert "Yhdessä" not in browser.get(f"{LIBRARY}?language=sv").content.decode()
    browser.post(reverse("engagements:library_goal", args=[goal.pk]),
                 {"theme": "dialogue", "text": "Puhumme", "language": "fi"})  # fmt: skip
    asking.become(cast.lead)
    goal.refresh_from_db()
    assert (goal.theme, goal.text) == ("dialogue", "Puhumme")
    browser.post(reverse("engagements:library_delete", args=[goal.pk]))
    asking.become(cast.lead)
    assert not LibraryGoal.objects.exists()


def test_the_same_goal_is_not_added_twice(cast: Cast, enter: Enter, mine: Practice) -> None:
    LibraryGoal.objects.create(practice=mine, theme="meaning", text="Yhdessä", language="fi")
    answer = enter(cast.lead).post(LIBRARY, {"theme": "meaning", "text": "Yhdessä", "language": "fi"})
    assert "This goal is in the library already." in answer.content.decode()


@pytest.mark.parametrize("rows", [1, 30])
def test_the_lists_ask_the_same_number_of_queries_at_any_length(
    cast: Cast, enter: Enter, mine: Practice, django_assert_max_num_queries: Any, rows: int
) -> None:
    for number in range(rows):
        ContractTemplate.objects.create(practice=mine, name=f"T{number}")
        LibraryGoal.objects.create(practice=mine, theme="meaning", text=f"G{number}", language="en")
    browser = enter(cast.lead)
    for page in (LIST, LIBRARY):
        browser.get(page)
        with django_assert_max_num_queries(13):
            assert browser.get(page).status_code == 200
