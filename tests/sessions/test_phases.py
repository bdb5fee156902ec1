"""The phase of a process, and a practice's own questions for it on the agenda of a session."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from audit import asking
from engagements.models import Engagement, State
from engagements.phases import Phase, derived
from engagements.progress import Progress
from sessions.closing import agenda
from sessions.models import AgendaItem, FacilitationTemplate, PhaseByHand
from sessions.phases import actions, shipped
from tests.conftest import NOW, make_session

Cast = Any


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def far(held: int, agreed: int | None) -> Progress:
    return Progress(held, agreed, held, held, 0, "", None, None, 0, 0, 0, True)


TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(("held", "agreed", "goals", "phase", "reason"), [
    (0, 10, True, "start", "first"),
    (1, 10, True, "start", "first"),
    (2, 10, True, "working", "midway"),
    (2, 10, False, "start", "no_goals"),
    (7, 10, True, "working", "midway"),
    (8, 10, True, "closing", "last"),
    (8, 10, False, "closing", "last"),
    (12, 10, True, "closing", "last"),
    (0, 1, True, "start", "first"),
    (1, 1, False, "closing", "last"),
    (1, 2, True, "closing", "last"),
    (1, 3, True, "working", "midway"),
    (0, None, True, "start", "first"),
    (5, None, True, "working", "midway"),
    (5, None, False, "start", "no_goals"),
])  # fmt: skip
def test_it_follows_from_what_is_held_and_agreed(
    held: int, agreed: int | None, goals: bool, phase: str, reason: str
) -> None:
    found = derived(Engagement(state=State.ACTIVE), far(held, agreed), goals=goals, today=TODAY)
    assert (found.phase, found.reason) == (phase, reason)


@pytest.mark.parametrize(("starts", "ends", "held", "phase"), [
    (date(2026, 1, 1), date(2026, 12, 14), 3, "closing"),
    (date(2026, 1, 1), date(2027, 12, 31), 3, "working"),
    (date(2024, 1, 1), date(2027, 3, 1), 3, "closing"),  # the last fifth of three years
    (None, date(2026, 12, 14), 3, "closing"),
    (date(2026, 1, 1), date(2026, 11, 1), 3, "closing"),
    (date(2026, 11, 20), date(2026, 12, 1), 0, "start"),  # nothing is held yet
])  # fmt: skip
def test_near_its_last_day_it_is_closing(starts: date | None, ends: date, held: int, phase: str) -> None:
    engagement = Engagement(state=State.ACTIVE, starts_on=starts, ends_on=ends)
    assert derived(engagement, far(held, None), goals=True, today=TODAY).phase == phase


def test_a_closed_process_is_closing() -> None:
    found = derived(Engagement(state=State.CLOSED), far(0, 10), goals=False, today=TODAY)
    assert (found.phase, found.reason) == (Phase.CLOSING, "over")


def test_the_process_shows_it_and_who_leads_sets_it_by_hand_and_lets_it_follow_again(
    cast: Cast, client: Client
) -> None:
    client.force_login(cast.lead)
    page, url = (
        reverse("engagements:detail", args=[cast.engagement.pk]),
        reverse("phases:phase", args=[cast.engagement.pk]),
    )
    assert ">Start</a>" in client.get(page).text
    client.post(url, {"phase": "working"})
    assert ">Working</a>" in client.get(page).text
    assert "A supervisor of the process has set it." in client.get(url).text
    client.post(url, {"phase": "closing"})
    assert ">Closing</a>" in client.get(page).text
    client.post(url, {"phase": ""})
    assert ">Start</a>" in client.get(page).text


def test_a_phase_that_there_is_not_is_refused_in_words(cast: Cast, client: Client) -> None:
    client.force_login(cast.lead)
    answer = client.post(reverse("phases:phase", args=[cast.engagement.pk]), {"phase": "middle"})
    assert "Select a valid choice" in answer.text
    asking.become(cast.lead)
    with pytest.raises(DatabaseError), transaction.atomic():
        PhaseByHand.objects.create(engagement=cast.engagement, phase="middle", by=cast.lead)


def test_nobody_outside_sees_or_sets_it(cast: Cast) -> None:
    asking.become(cast.lead)
    actions.set_phase(cast.engagement, "working", by=cast.lead, now=NOW)
    for user in (cast.supervisee, cast.contact, cast.practice_admin, cast.stranger):
        asking.become(user)
        assert not PhaseByHand.objects.exists()
        with pytest.raises(DatabaseError), transaction.atomic():
            PhaseByHand.objects.create(engagement=cast.engagement, phase="start", by=user)


def test_one_click_fills_the_agenda_and_a_second_one_adds_nothing(cast: Cast, client: Client) -> None:
    client.force_login(cast.lead)
    url = reverse("phases:fill", args=[cast.session.pk])
    for _ in range(2):
        answer = client.post(url, {"template": "contract"}, follow=True)
    assert "They stand on the agenda already." in answer.text
    assert "What brings us here, and what does each of us hope for?" in answer.text
    asking.become(cast.lead)
    assert AgendaItem.objects.filter(session=cast.session).count() == 6


@pytest.mark.parametrize(("language", "word"), [("fi", "Mikä"), ("sv", "Vad"), ("en", "What")])
def test_ours_come_in_the_language_of_the_process(cast: Cast, client: Client, language: str, word: str) -> None:
    asking.become(cast.lead)
    Engagement.objects.filter(pk=cast.engagement.pk).update(language=language)
    client.force_login(cast.lead)
    answer = client.post(reverse("phases:fill", args=[cast.session.pk]), {"template": "contract"}, follow=True)
    assert f"{word} " in answer.text


def test_what_does_not_fit_puts_nothing_there(cast: Cast) -> None:
    asking.become(cast.lead)
    for number in range(agenda.MOST_POINTS - 2):
        agenda.add(cast.session, str(number), by=cast.lead, now=NOW)
    with pytest.raises(ValidationError, match="full"):
        actions.fill(cast.session, ["a", "b", "c"], by=cast.lead, now=NOW)
    assert cast.session.agenda.count() == agenda.MOST_POINTS - 2
    assert actions.fill(cast.session, ["a", "a", "b"], by=cast.lead, now=NOW) == 2


def test_a_template_that_is_not_there_says_so(cast: Cast, client: Client) -> None:
    client.force_login(cast.lead)
    for key in ("", "no\0ne", str(cast.session.pk)):
        answer = client.post(reverse("phases:fill", args=[cast.session.pk]), {"template": key}, follow=True)
        assert "The template is not there any more." in answer.text


def test_a_practice_writes_its_own_which_all_its_supervisors_use(cast: Cast, client: Client) -> None:
    client.force_login(cast.lead)
    sent = {"phase": "closing", "title": "Meidän loppu", "text": "- Mitä jäi?\n\n* Kiitos  siitä\n"}
    client.post(reverse("phases:template_new"), sent)
    asking.become(cast.lead)
    template = FacilitationTemplate.objects.get()
    assert template.text == "Mitä jäi?\nKiitos siitä"
    client.force_login(cast.co_supervisor)
    client.post(reverse("phases:template_edit", args=[template.pk]), sent | {"title": "Loppu"})
    client.post(reverse("phases:fill", args=[cast.session.pk]), {"template": str(template.pk)})
    asking.become(cast.co_supervisor)
    assert (FacilitationTemplate.objects.get().title, AgendaItem.objects.count()) == ("Loppu", 2)
    client.post(reverse("phases:template_archive", args=[template.pk]))
    asking.become(cast.co_supervisor)
    assert shipped.chosen(cast.co_supervisor, str(template.pk)) is None
    asking.become(cast.stranger)
    assert not FacilitationTemplate.objects.exists()


@pytest.mark.parametrize(("text", "why"), [
    (" \n - ", "Write at least one point."),
    ("a\n" * 31, "There are 31 points; thirty fit on an agenda."),
    ("a" * 501, "A point has at most 500 characters."),
])  # fmt: skip
def test_what_does_not_fit_an_agenda_is_refused_and_kept_on_the_page(
    cast: Cast, client: Client, text: str, why: str
) -> None:
    client.force_login(cast.lead)
    answer = client.post(reverse("phases:template_new"), {"phase": "start", "title": "Oma", "text": text})
    assert why in answer.text
    assert text.strip() in answer.text


def test_every_one_of_ours_fits_an_agenda() -> None:
    for template in shipped.SHIPPED:
        for language in ("fi", "sv", "en"):
            lines = shipped.in_language(template, language)
            assert 3 <= len(lines) <= 10
            assert all(len(line) <= agenda.MOST for line in lines)
    assert {template.phase for template in shipped.SHIPPED} == set(Phase)


def test_the_page_offers_a_chosen_session_and_costs_the_same_for_many(
    cast: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    asking.become(cast.lead)
    later = [make_session(cast.engagement, NOW + timedelta(days=days)) for days in range(5, 35)]
    for number in range(30):
        FacilitationTemplate.objects.create(practice=cast.practice, title=str(number), text="Mitä?")
    client.force_login(cast.lead)
    url = reverse("phases:phase", args=[cast.engagement.pk])
    client.get(url)
    with django_assert_max_num_queries(22):
        answer = client.get(url, {"session": str(later[1].pk)})
    assert reverse("phases:fill", args=[later[1].pk]) in answer.text
