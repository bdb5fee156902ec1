import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from audit import asking
from audit.models import Entry
from engagements import actions, terms
from engagements.blockers import (
    blockers_to_activating,
    blockers_to_closing,
    blockers_to_offering,
    blockers_to_pausing,
    number_warning,
)
from engagements.models import Contract, ContractParty, Engagement, Event, Form, ReportingClause, State
from engagements.models.terms import Signing
from formats.clock import write_moment
from sessions.models import Session
from tests.conftest import NOW, Cast, make_engagement, make_person, make_session

Enter = Callable[[User], Client]
TODAY = NOW.date()


@pytest.fixture
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def draft(cast: Cast) -> Engagement:
    """A whole draft: three supervisees, minutes, a price, somebody who orders and signs."""
    asking.become(cast.lead)
    people = [make_person(cast.practice, given, "Draft") for given in ("Aino", "Bo", "Cia")]
    return make_engagement(
        cast.practice, cast.lead, cast.organisation, people, cast.client_contact, title="Luonnos", state=State.DRAFT
    )


def contract_of(engagement: Engagement) -> Contract:
    return engagement.contracts.get()


def kinds(engagement: Engagement) -> list[str]:
    return list(engagement.events.order_by("at", "pk").values_list("kind", flat=True))


def agree(engagement: Engagement, by: User, **changes: Any) -> None:
    actions.agree(engagement, **{"how": "oral", "agreed_on": TODAY, "by": by, "now": NOW, **changes})


# --- offering -------------------------------------------------------------------------------------------------------


def test_an_offer_freezes_the_terms_and_shows_the_process_to_its_parties(draft: Engagement, cast: Cast) -> None:
    assert not Engagement.objects.visible_to(cast.contact).filter(pk=draft.pk).exists()
    actions.offer(draft, by=cast.lead, now=NOW)

    contract = contract_of(draft)
    assert (draft.state, contract.state, contract.offered_at) == (State.OFFERED, Contract.State.OFFERED, NOW)
    assert contract.terms_hash == terms.digest(terms.thaw(contract.terms))
    assert Engagement.objects.visible_to(cast.contact).filter(pk=draft.pk).exists()
    event = draft.events.get(kind=Event.Kind.OFFERED)
    assert (event.audience, event.actor) == ("client", cast.lead)


def test_the_evidence_of_an_offer_holds_its_hash_and_no_names(draft: Engagement, cast: Cast) -> None:
    actions.offer(draft, by=cast.lead, now=NOW)

    entry = Entry.objects.get(stream=str(draft.pk), event="contract.offered")
    assert entry.data["sha256"] == contract_of(draft).terms_hash
    assert set(entry.data) == {"sha256", "version"}


def test_a_withdrawn_offer_is_a_draft_that_nobody_else_sees(draft: Engagement, cast: Cast) -> None:
    actions.offer(draft, by=cast.lead, now=NOW)
    actions.withdraw_offer(draft, by=cast.lead, now=NOW)

    contract = contract_of(draft)
    assert (draft.state, contract.state, contract.terms, contract.terms_hash) == ("draft", "draft", None, "")
    assert not Engagement.objects.visible_to(cast.contact).filter(pk=draft.pk).exists()
    actions.offer(draft, by=cast.lead, now=NOW)


@pytest.mark.parametrize(
    ("form", "number", "sentence"),
    [
        (Form.INDIVIDUAL, 0, "Individual supervision has one supervisee. Named now: 0."),
        (Form.INDIVIDUAL, 2, "Individual supervision has one supervisee. Named now: 2."),
        (Form.PAIR, 1, "Pair supervision has two supervisees. Named now: 1."),
        (Form.GROUP, 2, "Group supervision has 3 to 12 supervisees. Named now: 2."),
        (Form.GROUP, 13, "Group supervision has 3 to 12 supervisees. Named now: 13."),
    ],
)
def test_the_form_decides_how_many_there_are_at_the_start(
    draft: Engagement, cast: Cast, english: None, form: str, number: int, sentence: str
) -> None:
    draft.participations.all().delete()
    for one in range(number):
        actions.join(draft, make_person(cast.practice, "Etu", f"Suku{'a' * one}"), by=cast.lead, now=NOW)
    draft.form = form

    assert [str(one) for one in blockers_to_offering(draft, NOW)] == [sentence]
    assert [str(one) for one in blockers_to_activating(draft, NOW)] == [sentence]
    with pytest.raises(ValidationError, match=sentence[:20]):
        agree(draft, cast.lead)


@pytest.mark.parametrize(
    ("form", "number"), [(Form.INDIVIDUAL, 1), (Form.PAIR, 2), (Form.GROUP, 3), (Form.COMMUNITY, 0)]
)
def test_the_right_number_is_no_hindrance(draft: Engagement, form: str, number: int) -> None:
    for one in list(draft.participations.all())[number:]:
        one.delete()
    draft.form = form

    assert blockers_to_offering(draft, NOW) == []


def test_every_thing_that_is_missing_is_named_with_the_page_that_mends_it(draft: Engagement, english: None) -> None:
    contract = contract_of(draft)
    contract.minutes, contract.price = None, None
    contract.save()
    contract.parties.exclude(kind=ContractParty.Kind.SUPERVISOR).delete()

    assert {(one.why, one.step) for one in blockers_to_offering(draft, NOW)} == {
        ("Say how long a session is.", "how"),
        ("Give the price, or say that it is free of charge.", "price"),
        ("Nobody orders: say who of the client does.", "who"),
        ("Nobody but you signs: choose somebody, or record that it was agreed orally.", "who"),
        ("Something is told to those who read reports, but nobody reads them.", "who"),
    }


def test_free_of_charge_is_a_price(draft: Engagement) -> None:
    contract = contract_of(draft)
    contract.price = Decimal(0)
    contract.save()

    assert blockers_to_offering(draft, NOW) == []


def test_an_oral_agreement_needs_neither_a_named_orderer_nor_signatures(draft: Engagement, cast: Cast) -> None:
    contract = contract_of(draft)
    contract.parties.exclude(kind=ContractParty.Kind.SUPERVISOR).delete()
    contract.reporting.all().delete()
    contract.signing = Signing.NOBODY
    contract.save()
    agree(draft, cast.lead)

    assert draft.state == State.ACTIVE


def test_without_an_organisation_somebody_must_order(draft: Engagement, english: None) -> None:
    draft.client = None
    contract_of(draft).parties.update(orders=False)

    assert "Say who orders: an organisation or a private person." in map(str, blockers_to_activating(draft, NOW))


@pytest.mark.parametrize("to", ["contact", "line_manager"])
def test_a_line_told_to_nobody_is_a_blocker(draft: Engagement, to: str) -> None:
    contract = contract_of(draft)
    contract.parties.filter(kind=ContractParty.Kind.CONTACT).update(kind="payer", contact=None)
    ReportingClause.objects.create(contract=contract, what="minutes", to=to, when="end", approval="none")

    assert [one.step for one in blockers_to_activating(draft, NOW)] == ["who"]


# --- agreeing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["paper", "oral", "email"])
def test_an_agreement_straight_from_a_draft_starts_the_process(draft: Engagement, cast: Cast, how: str) -> None:
    Engagement.objects.filter(pk=draft.pk).update(starts_on=None)
    draft.refresh_from_db()
    agree(draft, cast.lead, how=how, agreed_on=date(2026, 11, 20), note="Kansiossa")

    contract = contract_of(draft)
    assert (draft.state, draft.starts_on) == (State.ACTIVE, date(2026, 11, 20))
    assert (contract.state, contract.agreed_how, contract.agreed_on) == ("agreed", how, date(2026, 11, 20))
    assert (contract.recorded_by, contract.agreed_note) == (cast.lead, "Kansiossa")
    assert contract.terms_hash == terms.digest(terms.thaw(contract.terms))
    event = draft.events.get(kind=Event.Kind.AGREED)
    assert event.data == {"how": how, "on": "2026-11-20", "version": 1}


def test_what_was_offered_is_agreed_as_it_was_offered(draft: Engagement, cast: Cast) -> None:
    actions.offer(draft, by=cast.lead, now=NOW)
    offered = contract_of(draft)
    draft.title = "Toinen nimi"
    draft.save()
    agree(draft, cast.lead)

    agreed = contract_of(draft)
    assert (agreed.state, agreed.terms, agreed.terms_hash) == ("agreed", offered.terms, offered.terms_hash)


def test_an_agreement_of_tomorrow_is_not_recorded_today(draft: Engagement, cast: Cast) -> None:
    with pytest.raises(ValidationError):
        agree(draft, cast.lead, agreed_on=TODAY + timedelta(days=1))
    draft.refresh_from_db()
    assert draft.state == State.DRAFT


def test_the_second_of_two_is_told_that_somebody_was_first(draft: Engagement, cast: Cast, english: None) -> None:
    same = Engagement.objects.get(pk=draft.pk)
    agree(draft, cast.lead)

    with pytest.raises(ValidationError, match="Somebody else was first"):
        agree(same, cast.lead, how="paper")
    assert contract_of(draft).agreed_how == "oral"
    assert kinds(draft) == [Event.Kind.AGREED]


def test_of_many_agreements_at_once_exactly_one_is_recorded(settled: Cast) -> None:
    with asking.acting_as(settled.lead):
        people = [make_person(settled.practice, given, "Draft") for given in ("Aino", "Bo", "Cia")]
        engagement = make_engagement(
            settled.practice, settled.lead, settled.organisation, people, settled.client_contact, state=State.DRAFT
        )
    start, outcomes = threading.Barrier(4), []

    def record() -> None:
        start.wait()
        try:
            with asking.acting_as(settled.lead):
                agree(Engagement.objects.get(pk=engagement.pk), settled.lead)
            outcomes.append("recorded")
        except ValidationError:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=record) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["recorded", "refused", "refused", "refused"]
    with asking.acting_as(settled.lead):
        assert kinds(engagement) == [Event.Kind.AGREED]


# --- pausing, closing, throwing away --------------------------------------------------------------------------------


def test_a_process_is_paused_and_continued_with_its_lines(cast: Cast) -> None:
    asking.become(cast.lead)
    actions.pause(cast.engagement, by=cast.lead, now=NOW)
    assert cast.engagement.state == State.PAUSED
    actions.resume(cast.engagement, by=cast.lead, now=NOW + timedelta(days=30))

    assert cast.engagement.state == State.ACTIVE
    assert kinds(cast.engagement) == [Event.Kind.PAUSED, Event.Kind.RESUMED]


def test_only_a_process_under_way_is_paused(draft: Engagement, english: None) -> None:
    assert [str(one) for one in blockers_to_pausing(draft, NOW)] == ["The process is a draft."]


def test_coming_and_unmarked_sessions_stand_in_the_way_of_closing(cast: Cast, english: None) -> None:
    asking.become(cast.lead)
    make_session(cast.engagement, NOW - timedelta(days=3))

    assert [str(one) for one in blockers_to_closing(cast.engagement, NOW)] == [
        f"1 session is still planned, on {write_moment(cast.session.starts_at)}: cancel it first.",
        "1 session is over but not marked: say whether it was held.",
    ]
    with pytest.raises(ValidationError):
        actions.close(cast.engagement, ending="completed", by=cast.lead, now=NOW)


def test_a_closed_process_says_how_it_ended_and_stays_closed(cast: Cast) -> None:
    asking.become(cast.lead)
    Session.objects.filter(engagement=cast.engagement).update(state="held")
    with pytest.raises(ValidationError):
        actions.close(cast.engagement, ending="early", reason=" ", by=cast.lead, now=NOW)
    actions.close(cast.engagement, ending="early", reason="Yksikkö lakkautettiin", by=cast.lead, now=NOW)

    assert (cast.engagement.state, cast.engagement.ending, cast.engagement.closed_at) == ("closed", "early", NOW)
    assert cast.engagement.events.get().data == {"ending": "early"}
    for step in (actions.pause, actions.resume, actions.withdraw_offer, actions.offer):
        with pytest.raises(ValidationError):
            step(cast.engagement, by=cast.lead, now=NOW)


def test_a_refused_offer_can_be_closed(draft: Engagement, cast: Cast) -> None:
    actions.offer(draft, by=cast.lead, now=NOW)
    actions.close(draft, ending="early", reason="Tilaaja valitsi toisen", by=cast.lead, now=NOW)

    assert draft.state == State.CLOSED


def test_a_draft_is_thrown_away_with_everything_in_it(draft: Engagement, cast: Cast) -> None:
    actions.discard(draft, by=cast.lead)

    assert not Engagement.objects.filter(pk=draft.pk).exists()
    assert not Contract.objects.filter(engagement=draft.pk).exists()
    assert Entry.objects.filter(stream=str(draft.pk), event="engagement.discarded").exists()


def test_nothing_that_has_begun_and_nobody_elses_draft_is_thrown_away(draft: Engagement, cast: Cast) -> None:
    with pytest.raises(ValidationError):
        actions.discard(draft, by=cast.co_supervisor)
    with pytest.raises(ValidationError):
        actions.discard(cast.engagement, by=cast.lead)


def test_after_the_start_an_odd_number_only_warns(cast: Cast, english: None) -> None:
    asking.become(cast.lead)
    actions.leave(cast.engagement.participations.all()[0], on=TODAY, by=cast.lead, now=NOW)

    assert number_warning(cast.engagement) == "Group supervision has 3 to 12 supervisees. Named now: 2."


# --- the pages ------------------------------------------------------------------------------------------------------


def page(name: str, engagement: Engagement) -> str:
    return reverse(f"engagements:{name}", args=[engagement.pk])


def test_each_step_is_a_page_that_takes_it(draft: Engagement, cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    actions.offer(draft, by=cast.lead, now=NOW)
    sent: dict[str, dict[str, str]] = {
        "withdraw": {},
        "agree": {"how": "paper", "agreed_on": "20.11.2026"},
        "pause": {},
        "resume": {},
        "close": {"ending": "completed"},
    }
    states = []
    for name, data in sent.items():
        assert browser.get(page(name, draft)).status_code == 200
        assert browser.post(page(name, draft), data).status_code == 302
        draft.refresh_from_db()
        states.append(draft.state)
    assert states == ["draft", "active", "paused", "active", "closed"]


def test_a_page_whose_step_cannot_be_taken_says_why_and_has_no_button(cast: Cast, enter: Enter) -> None:
    text = enter(cast.lead).get(page("withdraw", cast.engagement)).content.decode()

    assert "The process is under way already." in text
    assert "<button" not in text.split("<main")[1].split("</main>")[0]


def test_an_early_end_without_a_reason_is_refused_beside_the_field(draft: Engagement, cast: Cast, enter: Enter) -> None:
    actions.offer(draft, by=cast.lead, now=NOW)
    response = enter(cast.lead).post(page("close", draft), {"ending": "early", "reason": "  "})

    assert list(response.context["form"].errors) == ["reason"]


def test_somebody_who_comes_second_sees_a_sentence_on_the_page(draft: Engagement, cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    actions.offer(draft, by=cast.lead, now=NOW)
    browser.post(page("withdraw", draft))
    response = browser.post(page("withdraw", draft))

    assert response.status_code == 200
    assert "The process is a draft." in response.content.decode()


def test_a_draft_is_thrown_away_by_its_page(draft: Engagement, cast: Cast, enter: Enter) -> None:
    response = enter(cast.lead).post(page("discard", draft))

    assert response.headers["Location"] == reverse("engagements:list")
    assert not Engagement.objects.filter(pk=draft.pk).exists()


STEPS = ["withdraw", "agree", "pause", "resume", "close", "discard"]


@pytest.mark.parametrize("who", ["supervisee", "contact", "practice_admin", "administrator", "stranger"])
def test_nobody_who_does_not_lead_it_takes_a_step(cast: Cast, enter: Enter, who: str) -> None:
    browser = enter(cast.members[who])

    assert {browser.post(page(name, cast.engagement)).status_code for name in STEPS} == {404}


def test_a_co_supervisor_takes_every_step_but_throwing_away(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.co_supervisor)

    assert browser.post(page("pause", cast.engagement)).status_code == 302
    assert browser.get(page("discard", cast.engagement)).status_code == 404
