from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from audit import asking
from engagements import actions
from engagements.models import Contract, Event, Goal, State
from engagements.timeline import lines
from formats.clock import write_moment
from sessions.models import Session
from tests.conftest import NOW, Cast, make_engagement, make_session

Enter = Callable[[User], Client]
Tell = Callable[..., Contract]


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def url(cast: Cast) -> str:
    return reverse("engagements:detail", args=[cast.engagement.pk])


def main(response: Any) -> str:
    return unescape(response.content.decode().split("<main", 1)[1].split("</main>", 1)[0])


@pytest.fixture
def tell(cast: Cast, agree_anew: Callable[..., Contract]) -> Tell:
    """Return a function that agrees on a clause of one line: monthly to the readers, unless `line` says otherwise."""

    def agree_on(what: str, **line: str) -> Contract:
        asking.become(cast.lead)
        values = {"what": what, "when": "monthly", "approval": "none", "to": "readers", **line}
        return agree_anew(cast.engagement, told=[values], offered_at=NOW)

    return agree_on


def held(cast: Cast, *days_ago: int) -> None:
    asking.become(cast.lead)
    cast.engagement.starts_on = NOW.date() - timedelta(days=120)
    cast.engagement.save()
    for days in days_ago:
        Session.objects.filter(pk=make_session(cast.engagement, NOW - timedelta(days=days)).pk).update(state="held")


# --- the supervisor -------------------------------------------------------------------------------------------------


def test_a_supervisor_sees_how_much_is_used_and_what_comes_next(cast: Cast, enter: Enter, url: str) -> None:
    held(cast, 40, 20)
    response = enter(cast.lead).get(url)
    page = main(response)

    progress = response.context["progress"]
    assert (progress.held, progress.planned, progress.agreed) == (2, 3, 8)
    assert (progress.coming, progress.left, progress.last) == (1, 5, cast.session.starts_at)
    assert progress.next == cast.session
    assert "2/8 sessions" in page
    for name in ("sessions:list", "engagements:goals", "engagements:contract", "engagements:people"):
        assert f'href="{reverse(name, args=[cast.engagement.pk])}"' in page


def test_a_co_supervisor_sees_the_same_page(cast: Cast, enter: Enter, url: str) -> None:
    assert "engagements/detail.html" in [one.name for one in enter(cast.co_supervisor).get(url).templates]


def test_a_draft_leads_on_to_its_next_page(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    draft = make_engagement(cast.practice, cast.lead, None, [], state=State.DRAFT)
    draft.step = 3
    draft.save()
    page = main(enter(cast.lead).get(reverse("engagements:detail", args=[draft.pk])))

    assert reverse("engagements:price", args=[draft.pk]) in page
    assert reverse("engagements:discard", args=[draft.pk]) in page


@pytest.mark.parametrize(
    ("state", "shown", "not_shown"),
    [
        ("offered", {"agree", "withdraw", "close"}, {"pause", "resume", "discard"}),
        ("active", {"pause", "close"}, {"agree", "resume", "discard"}),
        ("paused", {"resume", "close"}, {"pause", "agree"}),
    ],
)
def test_the_page_offers_the_steps_of_its_state_and_no_others(
    cast: Cast, enter: Enter, url: str, state: str, shown: set[str], not_shown: set[str]
) -> None:
    asking.become(cast.lead)
    type(cast.engagement).objects.filter(pk=cast.engagement.pk).update(state=state)
    page = main(enter(cast.lead).get(url))

    assert {name for name in shown | not_shown if f"/{name}/" in page} == shown


def test_an_odd_number_after_the_start_warns_and_hinders_nothing(cast: Cast, enter: Enter, url: str) -> None:
    asking.become(cast.lead)
    actions.leave(cast.engagement.participations.all()[0], on=NOW.date(), by=cast.lead, now=NOW)

    assert "Group supervision has 3 to 12 supervisees. Named now: 2." in main(enter(cast.lead).get(url))


def test_sessions_that_nobody_has_marked_are_called_to_mind(cast: Cast, enter: Enter, url: str) -> None:
    asking.become(cast.lead)
    make_session(cast.engagement, NOW - timedelta(days=1))

    assert "1 session is over but not marked." in main(enter(cast.lead).get(url))


# --- the timeline ---------------------------------------------------------------------------------------------------


def test_every_kind_of_event_has_a_sentence_in_every_language(cast: Cast) -> None:
    asking.become(cast.lead)
    for language in ("fi", "sv", "en"):
        with translation.override(language):
            events = [Event(kind=kind, at=NOW, data={}) for kind in Event.Kind.values]
            said = [line.title for line in lines(events, links=True)]
            assert all(said)
            assert len(set(said)) == len(said)


def test_an_event_whose_data_is_not_as_expected_is_still_told(cast: Cast) -> None:
    asking.become(cast.lead)
    odd = {"person": "nobody", "on": "yesterday", "starts_at": 7, "session": None, "how": "loudly", "from": "x"}
    events = [Event(kind=kind, at=NOW, data=odd) for kind in Event.Kind.values]

    assert all(line.title and not line.url for line in lines(events, links=True))


def test_the_timeline_names_who_joined_and_when_a_session_is(cast: Cast) -> None:
    asking.become(cast.lead)
    person = cast.people[1]
    events = [
        Event(kind="joined", at=NOW, data={"person": str(person.pk), "on": "2026-11-20"}),
        Event(kind="moved", at=NOW, data={"session": str(cast.session.pk), "starts_at": NOW.isoformat(),
                                          "from": (NOW - timedelta(days=1)).isoformat()}),
        Event(kind="agreed", at=NOW, data={"how": "oral", "on": "2026-11-20", "version": 1}),
    ]  # fmt: skip
    with translation.override("en"):
        joined, moved, agreed = lines(events, links=True)
        before, after = write_moment(NOW - timedelta(days=1)), write_moment(NOW)

    assert (joined.title, joined.more) == ("Åsa Öberg joined the process", "From 20 Nov 2026.")
    assert (moved.title, moved.more) == (f"A session was moved to {after}", f"It had been {before}.")
    assert moved.url == reverse("sessions:detail", args=[cast.session.pk])
    assert agreed.title == "The contract was agreed orally on 20 Nov 2026"


def test_the_timeline_shows_twenty_and_leads_to_the_earlier_ones(cast: Cast, enter: Enter, url: str) -> None:
    asking.become(cast.lead)
    for number in range(45):
        Event.tell(cast.engagement, "held", by=cast.lead, now=NOW - timedelta(days=number // 3))
    browser, edge, seen = enter(cast.lead), "", []
    for _page in range(3):
        response = browser.get(url + edge)
        seen.append(len(response.context["events"]))
        edge = f"?before={response.context['earlier']}"

    assert seen == [20, 20, 5]
    assert browser.get(url + "?before=x").status_code == 200


def test_every_line_says_who_sees_it(cast: Cast, enter: Enter, url: str) -> None:
    asking.become(cast.lead)
    for audience in ("supervisors", "participants", "client"):
        Event.tell(cast.engagement, "paused", by=cast.lead, now=NOW, audience=audience)
    page = main(enter(cast.lead).get(url))

    assert page.count('class="who supervisors compact"') == 1
    assert page.count('class="who participants compact"') == 1
    assert page.count('class="who client compact"') == 1


# --- the supervisee -------------------------------------------------------------------------------------------------


def test_a_supervisee_sees_the_shared_goals_and_their_own_and_nobody_elses(cast: Cast, enter: Enter, url: str) -> None:
    asking.become(cast.lead)
    mine, other = cast.engagement.participations.order_by("person__sort_key")[:2]
    Goal.objects.create(engagement=cast.engagement, theme="meaning", text="Yhteinen tavoite")
    for owner in (mine, other):
        text = f"Oma tavoite: {owner.person.family_name}"
        Goal.objects.create(engagement=cast.engagement, theme="identity", text=text, owner=owner)
    page = main(enter(cast.supervisee).get(url))

    own = [goal for goal in ("Oma tavoite: Salo", "Oma tavoite: Wikman", "Oma tavoite: Öberg") if goal in page]
    assert "Yhteinen tavoite" in page
    assert own == ["Oma tavoite: Salo"]
    assert "What the client sees" in page


def test_a_supervisee_sees_no_line_that_is_the_supervisors_alone(cast: Cast, enter: Enter, url: str) -> None:
    asking.become(cast.lead)
    for audience in ("author", "supervisors", "participants"):
        Event.tell(cast.engagement, "paused", by=cast.lead, now=NOW, audience=audience)

    assert [line.who for line in enter(cast.supervisee).get(url).context["events"]] == ["participants"]


def test_a_supervisee_who_has_left_finds_nothing(cast: Cast, enter: Enter, url: str) -> None:
    asking.become(cast.lead)
    actions.leave(cast.engagement.participations.get(person=cast.people[0]), on=NOW.date(), by=cast.lead, now=NOW)

    assert enter(cast.supervisee).get(url).status_code == 404


# --- the client -----------------------------------------------------------------------------------------------------


def test_the_client_sees_the_frame_and_no_names_sessions_or_goals(
    cast: Cast, enter: Enter, url: str, tell: Tell
) -> None:
    held(cast, 40, 20)
    tell("counts", when="end")
    Goal.objects.create(
        engagement=cast.engagement, theme="identity", text="Oma tavoite", owner=cast.engagement.participations.all()[0]
    )
    for audience in ("author", "supervisors", "participants"):
        Event.tell(cast.engagement, "held", by=cast.lead, now=NOW, audience=audience)
    page = main(enter(cast.contact).get(url))

    assert "Liisa Lahti" in page
    assert "The contract does not tell of its course now." in page
    for hidden in ("Salo", "Öberg", "Wikman", "Oma tavoite", "held", "2/8", "Otsontie"):
        assert hidden not in page.replace("course now", "")


def test_the_client_is_told_the_dates_that_the_clause_names_up_to_the_month(
    cast: Cast, enter: Enter, url: str, tell: Tell
) -> None:
    held(cast, 60, 40, 2)
    tell("dates")
    response = enter(cast.contact).get(url)

    assert len(response.context["dates"]) == 2
    assert "2/8 sessions" in main(response)
    assert response.context["minutes"] is None


def test_the_client_is_told_how_many_took_part_where_the_clause_names_it(
    cast: Cast, enter: Enter, url: str, tell: Tell
) -> None:
    held(cast, 60)
    tell("counts")
    page = main(enter(cast.contact).get(url))

    assert "0 attendances in all." in page
    assert "sessions held" not in page


def test_the_client_is_told_the_names_that_the_clause_tells_and_of_its_days(
    cast: Cast, enter: Enter, url: str, tell: Tell
) -> None:
    held(cast, 60)
    asking.become(cast.lead)
    cast.engagement.participations.filter(person=cast.people[0]).update(joined_on=NOW.date() - timedelta(days=60))
    tell("names")
    page = main(enter(cast.contact).get(url))

    assert "Sanna Salo" in page
    assert "Öberg" not in page, "who joined this month is told when the month is over"


@pytest.mark.parametrize("changes", [{"when": "end"}, {"approval": "everyone"}, {"to": "line_manager"}])
def test_a_clause_for_later_for_approval_or_for_another_tells_the_client_nothing_now(
    cast: Cast, enter: Enter, url: str, tell: Tell, changes: dict[str, str]
) -> None:
    held(cast, 60)
    tell("dates", **changes)

    assert enter(cast.contact).get(url).context["dates"] is None


def test_a_contact_who_has_left_finds_nothing(cast: Cast, enter: Enter, url: str) -> None:
    asking.become(cast.lead)
    cast.client_contact.left_on = NOW.date()
    cast.client_contact.save()

    assert enter(cast.contact).get(url).status_code == 404


def test_the_page_of_the_client_ends_with_what_is_not_shown(cast: Cast, enter: Enter, url: str) -> None:
    assert "What we do not show, and why" in main(enter(cast.contact).get(url))


# --- strangers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["practice_admin", "administrator", "stranger", "stranger_supervisee"])
def test_nobody_else_finds_the_page(cast: Cast, enter: Enter, url: str, who: str) -> None:
    assert enter(cast.members[who]).get(url).status_code == 404


@pytest.mark.parametrize("who", ["lead", "supervisee", "contact"])
def test_the_page_costs_the_same_queries_with_one_event_and_with_twenty(
    cast: Cast, enter: Enter, url: str, tell: Tell, who: str
) -> None:
    asking.become(cast.lead)
    held(cast, 60)
    tell("dates")
    data = {"person": str(cast.people[0].pk)}
    Event.tell(cast.engagement, "joined", by=cast.lead, now=NOW, audience="client", **data)
    browser = enter(cast.members[who])
    browser.get(url)
    with CaptureQueriesContext(connection) as one:
        browser.get(url)
    asking.become(cast.lead)
    for number in range(19):
        person = str(cast.people[number % 3].pk)
        Event.tell(cast.engagement, "joined", by=cast.lead, now=NOW, audience="client", person=person)
    held(cast, *range(61, 91, 2))
    with CaptureQueriesContext(connection) as twenty:
        browser.get(url)

    assert len(one) == len(twenty)
    assert len(one) <= 26
