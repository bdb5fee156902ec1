"""The pages of rounds: what waits, what is said of confidence, and what nobody learns while a round is open."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import asking
from engagements.models import Contract, Engagement, State
from evaluations import answers, links
from evaluations.confidence import TO_RESPONDENT, TO_SUPERVISOR, sentence
from evaluations.models import Invitation, Mode, Round
from evaluations.rounds import actions, panel
from tests.conftest import NOW, make_engagement, make_session
from tests.evaluation_story import make_round, make_version

Cast = Any
Enter = Callable[[Any], Client]
DAY = timedelta(days=1)
TODAY = NOW.date()
MOST = 12
FRAME = ("django_session", "accounts_user", "mfa_authenticator", "set_config", "SAVEPOINT", "usersessions")
CLOSED: dict[str, Any] = {"state": "closed", "closed_at": NOW, "closed_how": "date"}


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def at(name: str, *about: Any) -> str:
    return reverse(f"rounds:{name}", args=[each.pk for each in about])


def only(cast: Cast) -> Round:
    asking.become(cast.lead)
    return Round.objects.get()


def labels(page: Any) -> list[str]:
    return [task.label for task in page.context["tasks"]]


# --- confidence -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", Mode)
def test_each_confidence_is_said_in_one_sentence(mode: Mode) -> None:
    for to_respondent in (True, False):
        said = sentence(mode, "interim", 7, to_respondent=to_respondent)
        assert said.endswith(".")
        assert said.count(". ") == 0
        assert "%" not in said
        assert ("7" in said) == (mode in (Mode.ANONYMOUS, Mode.CODED))


def test_of_the_clients_view_more_people_see_the_name() -> None:
    assert "supervisees" in sentence(Mode.NAMED, "orderer", 5, to_respondent=True)
    assert set(TO_RESPONDENT) == set(TO_SUPERVISOR)


# --- planning from the page -----------------------------------------------------------------------------------------


def test_what_the_contract_names_is_planned_with_one_click(agreed: Cast, enter: Enter) -> None:
    browser = enter(agreed.lead)
    page = browser.get(at("list", agreed.engagement))
    assert "By the contract" in page.text
    assert [point.key for point in page.context["named"]] == ["baseline", "interim-1", "final"]
    page = browser.post(at("plan_all", agreed.engagement), follow=True)
    assert "2 evaluations are planned." in page.text
    assert [point.key for point in page.context["named"]] == ["final"]
    assert "Its day can be said once" in page.text
    again = browser.post(at("plan_all", agreed.engagement), follow=True)
    assert "There was nothing to plan." in again.text


def test_one_point_is_planned_alone_and_another_way_is_chosen(agreed: Cast, enter: Enter) -> None:
    browser = enter(agreed.lead)
    browser.post(at("plan_all", agreed.engagement), {"point": "interim-1"})
    assert only(agreed).point == "interim-1"
    page = browser.get(at("plan", agreed.engagement) + "?point=baseline")
    assert page.context["form"].initial["mode"] == "shared"
    sent = {"questionnaire": "baseline", "mode": "coded", "opens_on": "", "closes_on": "7.12.2026"}
    page = browser.post(at("plan", agreed.engagement) + "?point=baseline", sent, follow=True)
    assert "The evaluation is planned." in page.text
    asking.become(agreed.lead)
    made = Round.objects.get(point="baseline")
    assert (made.mode, made.opens_on, made.closes_on.isoformat()) == ("coded", None, "2026-12-07")


def test_half_yearly_is_an_offer_where_the_contract_names_nothing(cast: Cast, enter: Enter) -> None:
    page = enter(cast.lead).get(at("list", cast.engagement))
    assert "Every six months is a good rhythm" in page.text
    assert "By the contract" not in page.text


@pytest.mark.parametrize("kind", ["baseline", "interim", "final", "orderer", "self"])
def test_each_occasion_has_its_page_and_says_the_confidence(cast: Cast, enter: Enter, kind: str) -> None:
    browser = enter(cast.lead)
    address = at("plan", cast.engagement)
    assert f"?kind={kind}" in browser.get(address).text
    page = browser.get(f"{address}?kind={kind}")
    assert page.context["form"]
    shown = "Your own: nobody but you" if kind == "self" else "By name" if kind == "orderer" else "Anonymous: nobody"
    assert shown in page.text


@pytest.mark.parametrize("query", ["?kind=session", "?kind=nothing", "?point=interim-99", ""])
def test_what_is_no_occasion_leads_to_the_choice(cast: Cast, enter: Enter, query: str) -> None:
    assert "On which occasion?" in enter(cast.lead).get(at("plan", cast.engagement) + query).text


def test_bad_input_is_said_beside_its_field_and_kept(cast: Cast, enter: Enter) -> None:
    sent = {"questionnaire": "interim", "mode": "named", "opens_on": "31.2.2027", "closes_on": "eilen"}
    page = enter(cast.lead).post(at("plan", cast.engagement) + "?kind=interim", sent)
    assert set(page.context["form"].errors) == {"mode", "opens_on", "closes_on"}
    assert "31.2.2027" in page.text
    late = {**sent, "mode": "anonymous", "opens_on": "24.11.2026", "closes_on": "23.11.2026"}
    page = enter(cast.lead).post(at("plan", cast.engagement) + "?kind=interim", late)
    assert page.context["form"].errors == {"closes_on": ["The last day cannot be before the round opens."]}
    asking.become(cast.lead)
    assert not Round.objects.exists()


def test_in_a_closed_process_nothing_is_planned(agreed: Cast, enter: Enter) -> None:
    asking.become(agreed.lead)
    values = {"state": State.CLOSED, "ending": "completed", "closed_at": NOW}
    Engagement.objects.filter(pk=agreed.engagement.pk).update(**values)
    page = enter(agreed.lead).get(at("list", agreed.engagement))
    assert "on offer or under way" in page.text
    assert at("plan_all", agreed.engagement) not in page.text


# --- the page of a round --------------------------------------------------------------------------------------------


def planned(cast: Cast, **values: Any) -> Round:
    asking.become(cast.lead)
    fields: dict[str, Any] = {
        "kind": "interim",
        "questionnaire": "interim",
        "mode": "anonymous",
        "opens_on": TODAY + DAY,
    }
    fields |= {"closes_on": TODAY + 9 * DAY, "by": cast.lead, "now": NOW}
    return actions.plan(cast.engagement, **fields | values)


def test_a_round_is_opened_put_later_ended_and_called_off_by_hand(cast: Cast, enter: Enter) -> None:
    made, browser = planned(cast), enter(cast.lead)
    page = browser.get(at("detail", made))
    assert "In this confidence nothing can be shown" in " ".join(page.text.split())
    page = browser.post(at("open", made), follow=True)
    assert "The evaluation is open" in page.text
    assert [one.person.name for one in page.context["asked"]] == ["Sanna Salo", "Ville Wikman", "Åsa Öberg"]
    page = browser.post(at("change", made), {"mode": "anonymous", "closes_on": "10.12.2026"}, follow=True)
    assert "10 Dec 2026" in page.text
    page = browser.post(at("close", made), follow=True)
    assert "Answering is being ended" in page.text
    assert at("close", made) not in page.text
    browser.post(at("call_off", made))
    assert only(cast).state == "called_off"
    assert "moved on" in browser.post(at("open", made), follow=True).text
    assert browser.get(at("change", made)).status_code == 302


def test_a_link_is_sent_again_and_one_without_address_is_handed_over(cast: Cast, enter: Enter) -> None:
    made, browser = planned(cast), enter(cast.lead)
    browser.post(at("open", made))
    asking.become(cast.lead)
    sanna, ville = (made.invitations.get(person=cast.people[place]) for place in (0, 2))
    page = browser.get(at("detail", made))
    assert at("again", made, sanna) in page.text
    assert at("again", made, ville) not in page.text
    assert reverse("answer:paper", args=[made.pk, ville.pk]) in page.text
    assert "just now" in browser.post(at("again", made, sanna), follow=True).text
    asking.become(cast.lead)
    Invitation.objects.update(sent_for=NOW - DAY)
    assert "sent again" in browser.post(at("again", made, sanna), follow=True).text


def mark(cast: Cast, made: Round) -> None:
    asking.become(cast.supervisee)
    token = links.mint_here(made.invitations.get(person=cast.people[0]).pk)
    standing = links.standing_of(token) if token else None
    assert standing
    asking.come_by_link(standing.link)
    assert answers.mark_used()
    asking.come_by_link(None)


def test_while_it_is_open_nobody_sees_who_has_answered_or_how_many(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    made = make_round(cast.engagement, cast.lead)
    browser = enter(cast.lead)

    def shown() -> list[str]:
        pages = (browser.get(at(name, about)).text for name, about in (("list", cast.engagement), ("detail", made)))
        return [text.split("<main")[1].split("csrfmiddlewaretoken")[0] for text in pages]

    before = shown()
    mark(cast, made)
    assert shown() == before


@pytest.mark.parametrize(("outcome", "words"), [
    ("shown", "The results are there to be read."), ("few", "there were too few answers"),
    ("near", "Only what was written in own words"), ("refused", "The answers are destroyed."),
    ("nobody", "no answers came in"),
])  # fmt: skip
def test_what_became_of_it_is_said_in_words_to_both(cast: Cast, enter: Enter, outcome: str, words: str) -> None:
    asking.become(cast.lead)
    made = make_round(cast.engagement, cast.lead, **CLOSED, outcome=outcome)
    for who in (cast.lead, cast.supervisee):
        browser = enter(who)
        for page in (browser.get(at("detail", made)), browser.get(at("list", cast.engagement))):
            assert words in page.text
            assert (reverse("results:round", args=[made.pk]) in page.text) == (outcome in ("shown", "near"))


def test_where_nothing_is_shown_it_is_not_said_that_all_had_answered(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    for outcome in ("few", "near", "refused", "shown"):
        made = make_round(cast.engagement, cast.lead, **CLOSED | {"closed_how": "all"}, outcome=outcome)
        page = enter(cast.lead).get(at("detail", made))
        assert ("when all had answered" in page.text) == (outcome == "shown")
        asking.become(cast.lead)


def test_a_supervisee_sees_what_was_asked_and_nothing_planned(cast: Cast, enter: Enter) -> None:
    plan, made = planned(cast), make_round(cast.engagement, cast.lead)
    browser = enter(cast.supervisee)
    page = browser.get(at("list", cast.engagement))
    assert at("detail", made) in page.text
    assert at("detail", plan) not in page.text
    assert "not even your supervisor" in page.text
    assert reverse("answer:own", args=[made.pk]) in page.text
    assert browser.get(at("detail", plan)).status_code == 404
    detail = browser.get(at("detail", made))
    assert "Åsa Öberg" not in detail.text
    mark(cast, made)
    assert reverse("answer:own", args=[made.pk]) not in browser.get(at("list", cast.engagement)).text


def test_a_self_evaluation_is_its_authors_alone(cast: Cast, enter: Enter) -> None:
    made = planned(cast, kind="self", questionnaire="self", mode="own")
    browser = enter(cast.lead)
    assert "The evaluation is open" in browser.post(at("open", made), follow=True).text
    assert "Only you" in browser.get(at("detail", made)).text
    other = enter(cast.co_supervisor)
    assert at("detail", made) not in other.get(at("list", cast.engagement)).text
    for name in ("detail", "change"):
        assert other.get(at(name, made)).status_code == 404
    for name in ("open", "close", "call_off"):
        assert other.post(at(name, made)).status_code == 404


# --- the session ----------------------------------------------------------------------------------------------------


def test_feedback_is_asked_from_the_page_of_a_held_session(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    held = make_session(cast.engagement, NOW - DAY, state="held")
    browser, address = enter(cast.lead), reverse("sessions:detail", args=[held.pk])
    feedback = at("feedback", held)
    assert feedback in browser.get(address).text
    assert feedback not in browser.get(reverse("sessions:detail", args=[cast.session.pk])).text
    page = browser.post(feedback, follow=True)
    assert "Feedback is asked" in page.text
    assert feedback not in page.text
    made = only(cast)
    assert at("detail", made) in page.text
    assert "planned already" in browser.post(feedback, follow=True).text
    assert at("detail", made) in enter(cast.supervisee).get(address).text


def test_feedback_in_another_way_is_planned_for_that_session(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    held = make_session(cast.engagement, NOW - DAY, state="held")
    address = f"{at('plan', cast.engagement)}?session={held.pk}"
    sent = {"questionnaire": "session", "mode": "anonymous", "opens_on": "", "closes_on": "30.11.2026"}
    enter(cast.lead).post(address, sent)
    assert (only(cast).session_id, only(cast).kind) == (held.pk, "session")
    for foreign in (cast.foreign_session.pk, "nothing"):
        assert enter(cast.lead).get(f"{at('plan', cast.engagement)}?session={foreign}").status_code == 404


# --- the homes ------------------------------------------------------------------------------------------------------


def test_today_tells_what_the_contract_wants_and_nobody_has_planned(agreed: Cast, enter: Enter) -> None:
    browser = enter(agreed.lead)
    assert "Plan the baseline evaluation: Otso" in labels(browser.get(reverse("today")))
    asking.become(agreed.lead)
    actions.plan_all(agreed.engagement, by=agreed.lead, now=NOW)
    assert not any("Plan the" in label for label in labels(browser.get(reverse("today"))))


def test_today_tells_of_what_was_never_opened_of_results_and_of_the_own_look(cast: Cast, enter: Enter) -> None:
    late = planned(cast)
    Round.objects.filter(pk=late.pk).update(opens_on=None, closes_on=TODAY - DAY)
    make_round(cast.engagement, cast.lead, **CLOSED, outcome="shown", kind="final")
    make_round(cast.engagement, cast.lead, **CLOSED, outcome="few")
    own = planned(cast, kind="self", questionnaire="self", mode="own")
    actions.open_round(own, by=cast.lead, now=NOW)
    tasks = enter(cast.lead).get(reverse("today")).context["tasks"]
    assert [task.label for task in tasks] == [
        "Answer your self-evaluation: Otso", "Results of an evaluation: Otso", "Plan the interim evaluation: Otso",
    ]  # fmt: skip
    assert tasks[-1].note == "Its last day has passed before it was opened."
    assert enter(cast.co_supervisor).get(reverse("today")).context["tasks"][0].label.startswith("Results")


def test_results_are_new_for_a_week(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    make_round(cast.engagement, cast.lead, **CLOSED | {"closed_at": NOW - 8 * DAY}, outcome="shown")
    assert labels(enter(cast.lead).get(reverse("today"))) == []


def test_a_supervisee_is_asked_until_they_have_answered(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    made = make_round(cast.engagement, cast.lead)
    browser = enter(cast.supervisee)
    assert labels(browser.get(reverse("portal"))) == ["Answer the evaluation: Otso"]
    mark(cast, made)
    assert labels(browser.get(reverse("portal"))) == []


def test_the_clients_contact_is_asked_for_their_view(cast: Cast, enter: Enter) -> None:
    made = planned(cast, kind="orderer", questionnaire="orderer", mode="named")
    actions.open_round(made, by=cast.lead, now=NOW)
    browser = enter(cast.contact)
    assert labels(browser.get(reverse("client_home"))) == ["Answer the evaluation: Otso"]
    assert browser.get(at("detail", made)).status_code == 404


def test_nobody_learns_of_another_whether_they_have_answered(cast: Cast) -> None:
    asking.become(cast.lead)
    make_round(cast.engagement, cast.lead)
    for who, expected in ((cast.supervisee, 1), (cast.lead, 0), (cast.co_supervisor, 0), (cast.stranger, 0), (None, 0)):
        asking.become(who)
        with connection.cursor() as cursor:
            cursor.execute("SELECT round FROM sec.own_open_rounds()")
            assert len(cursor.fetchall()) == expected


def test_the_timeline_tells_of_rounds_in_words(cast: Cast, enter: Enter) -> None:
    made = planned(cast)
    actions.open_round(made, by=cast.lead, now=NOW)
    for who in (cast.lead, cast.supervisee):
        page = enter(who).get(reverse("engagements:detail", args=[cast.engagement.pk]))
        assert "Open to be answered: interim evaluation" in page.text
        assert at("detail", made) in page.text
    page = enter(cast.contact).get(reverse("engagements:detail", args=[cast.engagement.pk]))
    assert "Open to be answered" not in page.text


# --- many -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["lead", "supervisee"])
def test_thirty_rounds_cost_as_many_queries_as_one(agreed: Cast, enter: Enter, who: str) -> None:
    browser = enter(agreed.members[who])
    asking.become(agreed.lead)
    version = make_version(agreed.engagement, agreed.lead)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            page = browser.get(at("list", agreed.engagement))
        assert page.status_code == 200
        return sum(not any(part in each["sql"] for part in FRAME) for each in queries)

    def make(count: int) -> None:
        asking.become(agreed.lead)
        for _number in range(count):
            make_round(agreed.engagement, agreed.lead, version=version)
            make_round(agreed.engagement, agreed.lead, version=version, **CLOSED, outcome="shown")

    make(1)
    few = asked()
    make(28)
    assert asked() == few <= MOST


@pytest.mark.parametrize("processes", [1, 30])
def test_today_asks_the_same_for_many_processes(agreed: Cast, enter: Enter, processes: int) -> None:
    asking.become(agreed.lead)
    for number in range(processes - 1):
        make_engagement(agreed.practice, agreed.lead, None, [], title=f"Prosessi {number}")
    contracts = panel.with_points(Contract.objects.led_by(agreed.lead).in_force(TODAY))
    with CaptureQueriesContext(connection) as queries:
        due = [engagement for engagement, _point in panel.to_plan(contracts, NOW)]
    assert (len(queries), due) == (1, [agreed.engagement])
