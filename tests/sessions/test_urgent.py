"""What cannot wait: one page, and the process is running on a light contract; later it grows without being retyped."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from audit import asking
from engagements.actions import agree, amend
from engagements.blockers import current_contract, governing_contract
from engagements.models import Contract, ContractParty, Engagement, Focus, Form, Process, State
from sessions import debrief
from sessions.actions import mark_held
from sessions.closing.actions import save_memo
from sessions.closing.agenda import points_of
from sessions.models import Booking, Memo, Session
from sessions.notes.prompts import offered
from tests.conftest import NOW, make_engagement, make_session
from vault.content import Content

Cast = Any
Enter = Callable[[Any], Client]
HELSINKI = ZoneInfo("Europe/Helsinki")
URL = "/engagements/urgent/"
TYPED = {
    "kind": "series", "client": "Päiväkoti Otso", "people": "Aino Aalto <aino@otso.example>\nBo Berg",
    "when": "tomorrow", "clock": "13", "minutes": "90", "mode": "in_person", "place": "Otsontie 2", "number": "3",
    "gap": "2", "price": "240", "agreed_on": "23.11.2026", "language": "fi",
}  # fmt: skip


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def begun(cast: Cast, enter: Enter, **typed: Any) -> Engagement:
    """Send the page, and return the process that it led to."""
    answer = enter(cast.lead).post(URL, {name: one for name, one in (TYPED | typed).items() if one is not None})
    assert answer.status_code == 302, answer.context["form"].errors
    asking.become(cast.lead)
    return Engagement.objects.get(pk=answer.headers["Location"].split("/")[2])


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=HELSINKI)


def test_one_page_makes_a_running_process_with_its_sessions(cast: Cast, enter: Enter) -> None:
    process = begun(cast, enter)

    assert (process.state, process.focus, process.process, process.form, process.urgent) == (
        State.ACTIVE, Focus.CRISIS, Process.SHORT, Form.PAIR, True,
    )  # fmt: skip
    assert (process.client, process.title) == (cast.organisation, "Päiväkoti Otso, kriisityönohjaus")
    assert list(process.sessions.values_list("starts_at", flat=True)) == [at(24, 13), at(26, 13), at(28, 13)]
    assert Booking.objects.filter(session__engagement=process, user=cast.lead).count() == 3
    assert set(process.participations.values_list("person__family_name", flat=True)) == {"Aalto", "Berg"}


def test_its_contract_is_light_and_was_agreed_orally_on_a_day(cast: Cast, enter: Enter) -> None:
    contract = begun(cast, enter, agreed_on="22.11.2026").contracts.get()

    assert (contract.state, contract.agreed_how, contract.recorded_by) == ("agreed", Contract.How.ORAL, cast.lead)
    assert (str(contract.agreed_on), contract.sessions_agreed, contract.minutes, contract.signing) == (
        "2026-11-22", 3, 90, "nobody",
    )  # fmt: skip
    assert not contract.reporting.exists()  # nobody is known who would be told


def test_who_ordered_it_is_told_the_facts_of_the_light_contract_and_nothing_else(cast: Cast, enter: Enter) -> None:
    contract = begun(cast, enter, orderer="Rita Rinne <rita@otso.example>").contracts.get()

    assert contract.parties.get(kind=ContractParty.Kind.CONTACT).orders
    assert set(contract.reporting.values_list("what", flat=True)) == {"dates", "costs"}


def test_the_terms_that_the_practice_keeps_under_that_name_are_its_light_ones(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    cast.practice.contract_templates.create(name="Kriisityönohjaus", minutes=75, notes_months=2)

    assert begun(cast, enter).contracts.get().notes_months == 2


def test_a_group_may_begin_unnamed_and_be_named_later(cast: Cast, enter: Enter) -> None:
    process = begun(cast, enter, people="", unnamed="on")

    assert (process.form, process.participations.count(), process.state) == (Form.GROUP, 0, State.ACTIVE)
    page = enter(cast.lead).get(reverse("engagements:people", args=[process.pk])).content.decode()
    assert "Take somebody in" in page
    first = process.sessions.order_by("starts_at")[0]
    asking.become(cast.lead)
    assert mark_held(first, present={}, by=cast.lead, now=first.ends_at).state == "held"


def test_one_meeting_is_a_single_session(cast: Cast, enter: Enter) -> None:
    process = begun(cast, enter, kind="single", number="", gap="", client="", people="Aino Aalto")

    assert (process.process, process.focus, process.form) == (Process.SINGLE, Focus.GENERAL, Form.INDIVIDUAL)
    assert process.sessions.count() == 1
    parties = process.contracts.get().parties.filter(kind=ContractParty.Kind.PAYER)
    assert list(parties.values_list("person__family_name", flat=True)) == ["Aalto"]


def test_a_new_organisation_needs_only_its_name(cast: Cast, enter: Enter) -> None:
    assert str(begun(cast, enter, client="Koulu Kuusi").client) == "Koulu Kuusi"
    assert begun(cast, enter, client="päiväkoti otso", when="other", day="14.12.2026").client == cast.organisation


@pytest.mark.parametrize(("typed", "field", "says"), [
    ({"people": ""}, "people", "not named yet"),
    ({"client": "", "people": "", "unnamed": "on"}, "client", "who ordered it"),
    ({"when": "other"}, "day", "which day"),
    ({"clock": ""}, "clock", "at what time"),
    ({"clock": "kello"}, "clock", "not a time"),
    ({"number": "6"}, "number", "less than or equal to 5"),
    ({"gap": "15"}, "gap", "less than or equal to 14"),
    ({"number": ""}, "number", "how many sessions"),
    ({"price": ""}, "price", "or 0"),
    ({"minutes": "5"}, "minutes", "10 to 600"),
    ({"people": "Aino"}, "people", "Line 1"),
    ({"agreed_on": "24.11.2026"}, "agreed_on", "last possible day"),
])  # fmt: skip
def test_what_is_missing_is_said_beside_its_field(
    cast: Cast, enter: Enter, typed: dict[str, str], field: str, says: str
) -> None:
    answer = enter(cast.lead).post(URL, TYPED | typed)

    assert says in str(answer.context["form"].errors[field])
    asking.become(cast.lead)
    assert not Engagement.objects.filter(urgent=True).exists()


@pytest.mark.parametrize(("taken", "field"), [(at(24, 13), "clock"), (at(28, 14), "gap")])
def test_a_time_that_is_taken_is_said_beside_it_and_what_was_typed_stays(
    cast: Cast, enter: Enter, taken: datetime, field: str
) -> None:
    """Promise 7: by this path as by every other; nothing of the process is there then."""
    asking.become(cast.lead)
    make_session(cast.engagement, taken)
    answer = enter(cast.lead).post(URL, TYPED | {"client": "Koulu Kuusi", "people": "Zelda Zetterberg"})

    assert "You already have a session then: Otso" in str(answer.context["form"].errors[field])
    page = answer.content.decode()
    for typed in ("Koulu Kuusi", "Zelda Zetterberg", 'value="13"', 'value="240"'):
        assert typed in page
    asking.become(cast.lead)
    assert not Engagement.objects.filter(urgent=True).exists()
    assert not cast.practice.organisations.filter(name="Koulu Kuusi").exists()


def test_the_series_keeps_its_clock_where_the_clocks_are_turned(cast: Cast, enter: Enter, time_machine: Any) -> None:
    time_machine.move_to(datetime(2027, 3, 26, 9, tzinfo=HELSINKI), tick=False)
    process = begun(cast, enter, when="today", agreed_on="26.3.2027", gap="3", number="2")

    moments = [one.starts_at.astimezone(HELSINKI) for one in process.sessions.order_by("starts_at")]
    assert [(one.day, one.hour) for one in moments] == [(26, 13), (29, 13)]
    assert moments[1].timestamp() - moments[0].timestamp() == 3 * 86400 - 3600


# --- the questions of these sessions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_first_session_has_the_questions_on_its_agenda_in_its_language(
    cast: Cast, enter: Enter, language: str
) -> None:
    process = begun(cast, enter, language=language)
    first, second, _third = process.sessions.order_by("starts_at")

    on_it = [point.text for point in points_of(first, Content([process.pk]), cast.lead)]
    assert on_it == debrief.points_in(language)
    assert len(on_it) == 6
    assert not second.agenda.exists()


def test_the_questions_differ_by_language() -> None:
    assert len({tuple(debrief.points_in(language)) for language in ("fi", "sv", "en")}) == 3


def test_a_note_and_a_memo_may_begin_from_the_questions(cast: Cast, enter: Enter) -> None:
    process = begun(cast, enter, language="en")
    first = process.sessions.order_by("starts_at")[0]

    assert offered(cast.lead, process)[0].key == debrief.KEY
    assert offered(cast.lead, cast.engagement)[0].key != debrief.KEY
    Session.objects.filter(pk=first.pk).update(starts_at=NOW - timedelta(hours=2), ends_at=NOW - timedelta(hours=1))
    page = enter(cast.lead).get(reverse("sessions:close", args=[first.pk]), {"begin": debrief.KEY})
    assert "What happened, step by step" in page.context["form"]["memo"].value()
    plain = enter(cast.lead).get(reverse("sessions:close", args=[first.pk]))
    assert plain.context["form"]["memo"].value() == ""
    other = enter(cast.lead).get(reverse("sessions:memo", args=[cast.session.pk]), {"begin": debrief.KEY})
    assert "What happened, step by step" not in other.content.decode()


def test_questions_that_nobody_answered_are_no_memo(cast: Cast, enter: Enter) -> None:
    process = begun(cast, enter)
    first = process.sessions.order_by("starts_at")[0]

    assert save_memo(first, debrief.headings_in("fi"), 0, by=cast.lead, now=NOW) is None
    assert save_memo(first, debrief.headings_in("fi") + "\nSovimme jatkosta.", 0, by=cast.lead, now=NOW)
    assert Memo.objects.filter(session=first).count() == 1


# --- where it is listed -----------------------------------------------------------------------------------------------


def test_it_is_marked_as_urgent_wherever_it_is_listed(cast: Cast, enter: Enter) -> None:
    process = begun(cast, enter, when="today", clock="15")
    browser = enter(cast.lead)

    for url in ("/today/", "/engagements/", "/sessions/new/", f"/engagements/{process.pk}/"):
        assert "Urgent</span>" in browser.get(url).content.decode(), url
    asking.become(cast.lead)
    Engagement.objects.filter(pk=process.pk).update(urgent=False)
    for url in ("/today/", "/engagements/", "/sessions/new/", f"/engagements/{process.pk}/"):
        assert "Urgent</span>" not in browser.get(url).content.decode(), url


# --- growing ----------------------------------------------------------------------------------------------------------


def grown(process: Engagement, cast: Cast, enter: Enter) -> Contract:
    typed = {"form": "group", "focus": "general", "process": "long", "sessions_agreed": "10", "signing": "everyone"}
    answer = enter(cast.lead).post(reverse("engagements:grow", args=[process.pk]), typed)
    assert answer.headers["Location"] == reverse("engagements:how", args=[process.pk])
    asking.become(cast.lead)
    return current_contract(Engagement.objects.get(pk=process.pk))


def test_it_goes_on_as_a_normal_process_and_everything_is_kept(cast: Cast, enter: Enter) -> None:
    process = begun(cast, enter, orderer="Rita Rinne <rita@otso.example>")
    first = process.sessions.order_by("starts_at")[0]
    Session.objects.filter(pk=first.pk).update(starts_at=NOW - timedelta(hours=2), ends_at=NOW - timedelta(hours=1))
    first.refresh_from_db()
    mark_held(first, present={one.pk: "" for one in process.participations.all()}, by=cast.lead, now=NOW)
    save_memo(first, "Puhuimme tapahtuneesta.", 0, by=cast.lead, now=NOW)
    events = set(process.events.values_list("pk", flat=True))
    before = governing_contract(process)
    frozen = (before.terms, before.terms_hash)

    change = grown(process, cast, enter)

    process.refresh_from_db()
    assert (process.focus, process.urgent) == (Focus.CRISIS, True)  # until it is agreed, what was agreed stands
    assert (change.version, change.sessions_agreed, change.price, change.place) == (2, 10, before.price, before.place)
    agree(process, how=Contract.How.ORAL, agreed_on=NOW.date(), by=cast.lead, now=NOW)
    process.refresh_from_db()
    assert (process.focus, process.process, process.form, process.urgent) == ("general", "long", "group", False)
    before.refresh_from_db()
    assert (before.terms, before.terms_hash) == frozen  # promise 5
    change.refresh_from_db()
    said = change.terms or {}
    assert (said["focus"], said["process"]) == ("general", "long")
    assert set(change.parties.values_list("kind", flat=True)) == {"supervisor", "contact", "supervisee"}
    assert process.sessions.count() == 3
    assert process.participations.count() == 2
    assert Memo.objects.filter(session=first).exists()
    assert events <= set(process.events.values_list("pk", flat=True))


def test_what_it_becomes_stands_among_the_changes_of_the_new_version(cast: Cast, enter: Enter) -> None:
    process = begun(cast, enter)
    grown(process, cast, enter)
    page = enter(cast.lead).get(reverse("engagements:review", args=[process.pk])).content.decode()
    assert "10" in page
    for name in ("who", "how", "price"):
        assert enter(cast.lead).get(reverse(f"engagements:{name}", args=[process.pk])).status_code == 200


def test_given_up_it_is_what_it_was(cast: Cast, enter: Enter) -> None:
    process = begun(cast, enter)
    grown(process, cast, enter)
    enter(cast.lead).post(reverse("engagements:amend_discard", args=[process.pk]))
    asking.become(cast.lead)
    process.refresh_from_db()
    assert process.urgent
    assert process.contracts.count() == 1


def test_a_change_that_is_no_growing_leaves_it_urgent(cast: Cast, enter: Enter) -> None:
    process = begun(cast, enter)
    amend(process, by=cast.lead, now=NOW)
    agree(process, how=Contract.How.ORAL, agreed_on=NOW.date(), by=cast.lead, now=NOW)
    process.refresh_from_db()
    assert (process.urgent, process.focus) == (True, Focus.CRISIS)


def test_an_ordinary_process_says_that_it_is_one(cast: Cast, enter: Enter) -> None:
    page = enter(cast.lead).get(reverse("engagements:grow", args=[cast.engagement.pk])).content.decode()
    assert "an ordinary process already" in page
    asking.become(cast.lead)
    single = make_engagement(cast.practice, cast.lead, None, [], title="Kerta")
    Engagement.objects.filter(pk=single.pk).update(process="single")
    assert "Begin the new version" in enter(cast.lead).get(f"/engagements/{single.pk}/grow/").content.decode()
