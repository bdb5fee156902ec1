"""Somebody answers by a link: every mode, on one device and on two, in time and too late, with good input and bad."""

import logging
import re
from collections.abc import Iterator, Mapping
from threading import Thread
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import psycopg
import pytest
from django.conf import settings as site
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Person, User
from audit import asking
from audit.connecting import as_role
from audit.models import Entry
from audit.roles import Role, role_url
from engagements.models import Form, Goal, GoalLevels
from evaluations import answers, links
from evaluations.answering import paper, sending, sheet
from evaluations.models import Draft, Invitation, Mode, Outcome, Response, Round
from evaluations.questions import Kind, Option, Question
from tests.conftest import NOW, make_engagement
from tests.evaluation_story import give, link_for, make_round, make_version, settle

Cast = Any


class Visitor:
    """One browser that came by a link."""

    def __init__(self, token: str, browser: Client | None = None) -> None:
        self.token = token
        self.browser = browser or Client(headers={"accept-language": "en"})
        self.browser.cookies[site.LANGUAGE_COOKIE_NAME] = "en"
        standing = links.standing_of(token)
        assert standing
        self.link = standing.link

    def door(self) -> Any:
        return self.browser.get(reverse("answer:door", args=[self.token]))

    def enter(self) -> Any:
        # Like a browser, the test's sends every cookie everywhere; ours is looked at by name and link alone.
        return self.browser.post(reverse("answer:enter", args=[self.link]), {"token": self.token})

    def url(self, name: str, *about: Any) -> str:
        return reverse(f"answer:{name}", args=[self.link, *about])

    def get(self, name: str, *about: Any) -> Any:
        return self.browser.get(self.url(name, *about))

    def post(self, name: str, *about: Any, **data: Any) -> Any:
        return self.browser.post(self.url(name, *about), data)

    def answer(self, *given: Any) -> None:
        """Answer the questions one after another; None leaves one unanswered."""
        for number, each in enumerate(given, 1):
            data = {"go": "skip"} if each is None else {"answer": str(each), "go": "next"}
            assert self.post("question", number, **data).status_code == 302

    def send(self) -> str:
        """Send, and return the heading of the page that says what became of it."""
        answer = self.post("review")
        assert answer.status_code == 302
        return heading(self.browser.get(answer["Location"]))


def heading(answer: Any) -> str:
    found = re.search(r"<h1>(.*?)</h1>", answer.content.decode(), re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1]) if found else ""


def asked_round(cast: Cast, **fields: Any) -> list[Visitor]:
    """Open a round and return a browser for each who is asked, by their names."""
    with transaction.atomic():
        made = make_round(cast.engagement, cast.lead, **fields)
        invited = list(made.invitations.order_by("person__sort_key"))
    return [Visitor(link_for(each)) for each in invited]


@pytest.fixture
def visitor(settled: Cast) -> Visitor:
    """One who has come in by the door of an anonymous round."""
    came = asked_round(settled)[0]
    came.enter()
    return came


def newest(cast: Cast, by: User | None = None) -> Round:
    with transaction.atomic():
        asking.become(by or cast.lead)
        return Round.objects.select_related("engagement").latest("created_at")


def read(cast: Cast, *, by: User | None = None, outcome: str = Outcome.SHOWN) -> list[answers.Given]:
    """Close the round and return what may be read of it."""
    made = newest(cast, by)
    settle(made, outcome)
    with transaction.atomic():
        asking.become(by or cast.lead)
        return answers.answers_to([made])[made.pk]


def given(cast: Cast) -> list[Mapping[str, Any]]:
    """Close the round and return the answers alone."""
    return [{**each.figures, **each.texts} for each in read(cast)]


# --- the door -------------------------------------------------------------------------------------------------------


def test_the_door_says_who_asks_what_and_who_will_see_it(settled: Cast) -> None:
    came = asked_round(settled)[0]
    page = came.door().content.decode()
    for words in ("Liisa Lahti", "Kaari", "Otso", "3 questions", "about 2 minutes", "Anonymous: nobody can tell"):
        assert words in page
    assert page.count(came.token) == 3, "in the form that goes on, and where those of language and look come back to"


def test_looking_at_the_door_changes_nothing(settled: Cast) -> None:
    came = asked_round(settled)[0]
    for _ in range(3):
        answer = came.door()
        assert set(answer.cookies) <= {site.CSRF_COOKIE_NAME}
    assert links.standing_of(came.token).stands == "open"  # type: ignore[union-attr]


def test_the_cookie_is_for_the_pages_of_this_link_alone(settled: Cast) -> None:
    came = asked_round(settled)[0]
    answer = came.enter()
    assert answer["Location"] == came.url("start")
    assert came.token not in answer["Location"]
    cookie = answer.cookies[site.ANSWERING_COOKIE_NAME]
    assert cookie["path"] == f"/answering/{came.link}/"
    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["samesite"] == "Lax"


def test_no_page_is_kept_or_tells_another_site_where_one_came_from(visitor: Visitor) -> None:
    for answer in (visitor.door(), visitor.get("start"), visitor.get("question", 1), visitor.get("review")):
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("token", ["nobodys", "x" * 65, "x" * 5000, "ääkkösiä", "a.b", "%00"])
def test_a_link_that_is_nobodys_opens_a_calm_page(settled: Cast, token: str) -> None:
    answer = Client().get(reverse("answer:door", args=[token]))
    assert answer.status_code == 404
    assert "Tämä linkki" in answer.content.decode()


@pytest.mark.parametrize("cookie", ["", ".", "x", "x.y", "ä.ä", "." * 40, "x" * 9000, "x.AAAA"])
def test_without_the_cookie_of_this_link_no_page_opens(settled: Cast, cookie: str) -> None:
    came = asked_round(settled)[0]
    came.browser.cookies[site.ANSWERING_COOKIE_NAME] = cookie
    for name, about in (("start", ()), ("question", (1,)), ("review", ()), ("done", ()), ("remove", ())):
        for answer in (came.get(name, *about), came.post(name, *about, answer="1")):
            assert answer.status_code == 404
            assert "Open the link again" in answer.content.decode()


def test_the_cookie_of_one_link_opens_no_other(settled: Cast) -> None:
    one, other = asked_round(settled)[:2]
    one.enter()
    other.browser = one.browser
    assert other.get("start").status_code == 404
    assert other.browser.post(other.url("enter"), {"token": one.token}).status_code == 404


@pytest.mark.parametrize(
    ("language", "words"), [("fi", "Ennen ensimmäistä kysymystä"), ("sv", "Före den första frågan")]
)
def test_the_pages_speak_the_language_of_who_is_asked(settled: Cast, language: str, words: str) -> None:
    with transaction.atomic():
        asking.become(settled.lead)
        Person.objects.update(language=language)
    came = asked_round(settled)[1]
    came.browser = Client()
    came.door()
    came.enter()
    assert words in came.get("start").content.decode()
    came.browser.post(reverse("set_language"), {"language": "en"})
    assert "Before the first question" in came.get("start").content.decode()


# --- one question a page --------------------------------------------------------------------------------------------


def test_somebody_answers_one_question_a_page_and_sends(settled: Cast, visitor: Visitor) -> None:
    assert visitor.post("start")["Location"] == visitor.url("question", 1)
    page = visitor.get("question", 1).content.decode()
    assert "1/3" in page
    assert "5 – strongly agree" in page
    assert visitor.post("question", 1, answer="4", go="next")["Location"] == visitor.url("question", 2)
    assert visitor.post("question", 2, answer="10", go="next")["Location"] == visitor.url("question", 3)
    assert visitor.post("question", 3, answer="Lisää aikaa", go="next")["Location"] == visitor.url("review")
    assert "Lisää aikaa" in visitor.get("review").content.decode()
    assert visitor.send() == "Thank you"
    assert given(settled) == [{"climate": 4, "energy": 10, "own": "Lisää aikaa"}]


def test_answers_are_kept_on_the_way_back_and_changed_from_the_review(settled: Cast, visitor: Visitor) -> None:
    visitor.answer(4, 10, "Sana")
    assert visitor.post("question", 2, answer="9", go="back")["Location"] == visitor.url("question", 1)
    assert visitor.post("question", 1, go="back")["Location"] == visitor.url("question", 1)
    page = visitor.get("question", 1).content.decode()
    assert re.search(r'value="4"[^>]*checked', page)
    assert visitor.browser.get(visitor.url("question", 1) + "?change=1").status_code == 200
    assert visitor.post("question", 1, answer="dk", go="next", change="1")["Location"] == visitor.url("review")
    assert visitor.post("question", 3, go="skip", change="1")["Location"] == visitor.url("review")
    page = visitor.get("review").content.decode()
    assert "I cannot say" in page
    assert "Left unanswered" in page
    assert visitor.send() == "Thank you"
    assert given(settled) == [{"climate": "dk", "energy": 9}]


@pytest.mark.parametrize(
    ("number", "value"),
    [(1, "0"), (1, "6"), (1, "-1"), (1, "1.0"), (1, "yes"), (1, "\0"), (1, "1" * 100_000), (2, "11"), (2, "-1"),
     (2, "dk"), (2, "٣")],
)  # fmt: skip
def test_a_value_that_is_none_is_refused_with_a_sentence(visitor: Visitor, number: int, value: str) -> None:
    for go in ("next", "back"):
        answer = visitor.post("question", number, answer=value, go=go)
        assert answer.status_code == 200
        assert "That is not one of the choices here." in answer.content.decode()
    assert "Left unanswered" in visitor.get("review").content.decode()


def test_nothing_chosen_is_refused_with_a_sentence(visitor: Visitor) -> None:
    answer = visitor.post("question", 1, go="next")
    assert answer.status_code == 200
    assert "Choose one, or press “Leave unanswered”." in answer.content.decode()


@pytest.mark.parametrize("number", [0, 4, 99999999999999999999])
def test_there_is_no_question_of_another_number(visitor: Visitor, number: int) -> None:
    assert visitor.get("question", number).status_code == 404
    assert visitor.post("question", number, answer="1", go="next").status_code == 404


def test_a_text_may_have_four_thousand_characters_and_what_was_typed_too_much_stays(
    settled: Cast, visitor: Visitor
) -> None:
    for length in (4001, 100_000):
        answer = visitor.post("question", 3, answer="ä" * length, go="next")
        assert answer.status_code == 200
        page = answer.content.decode()
        assert f"At most 4000 characters fit here; this is {length}." in page
        assert "ä" * length in page
    assert visitor.post("question", 3, answer="\0" + "rivi\r\n" * 800, go="next").status_code == 302
    assert visitor.send() == "Thank you"
    assert given(settled) == [{"own": ("rivi\n" * 800).strip()}]


def test_an_empty_text_is_left_unanswered_and_nothing_at_all_is_not_sent(settled: Cast, visitor: Visitor) -> None:
    visitor.answer(None, None, "  ")
    answer = visitor.post("review")
    assert answer.status_code == 200
    assert "You have answered nothing yet." in answer.content.decode()
    assert links.standing_of(visitor.token).stands == "open"  # type: ignore[union-attr]


def test_a_choice_and_each_goal_have_pages_of_their_own(settled: Cast) -> None:
    steps = {"much_more": "Aina", "more": "Usein", "expected": "Viikoittain", "less": "Harvoin", "much_less": "Ei"}
    agreed = {"agreed_how": "session", "agreed_on": NOW.date(), "agreed_by": "Ryhmä"}
    with transaction.atomic():
        asking.become(settled.lead)
        for position, text in enumerate(("Yhdessä", "Sovimme työnjaosta")):
            goal = Goal.objects.create(engagement=settled.engagement, theme="meaning", text=text, position=position)
            GoalLevels.objects.create(
                goal=goal, version=1, described_at=NOW, described_by=settled.lead, **steps, **agreed
            )
        Goal.objects.create(engagement=settled.engagement, theme="meaning", text="Ilman tasoja")
    questions = [
        Question("how", Kind.CHOICE, {"en": "How?"},
                 options=[Option("near", {"en": "Near"}), Option("far", {"fi": "Kaukana"})]),
        Question("goals", Kind.GOALS, {"en": "How far was this goal reached?"}),
    ]  # fmt: skip
    with transaction.atomic():
        asking.become(settled.lead)
        version = make_version(settled.engagement, settled.lead, questions)
    came = asked_round(settled, version=version)[0]
    came.enter()
    assert came.post("question", 1, answer="elsewhere", go="next").status_code == 200
    came.answer("far")
    page = came.get("question", 2).content.decode()
    for words in ("2/3", "How far was this goal reached?", "Yhdessä", "Aina", "Viikoittain", "Ei"):
        assert words in page
    assert came.post("question", 2, answer="3", go="next").status_code == 200
    came.post("question", 2, answer="-2", go="next")
    came.post("question", 3, answer="1", go="next")
    assert came.send() == "Thank you"
    (found,) = given(settled)
    assert found.pop("how") == "far"  # type: ignore[attr-defined]
    assert sorted(found.values()) == [-2, 1]
    assert all(re.fullmatch(r"goal:[0-9a-f-]{36}:[0-9a-f-]{36}", key) for key in found)


def test_what_a_draft_holds_and_nobody_asked_is_dropped(settled: Cast, visitor: Visitor) -> None:
    visitor.answer(4, 10, "Sana")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheet.Page, "fits", lambda page, answer: page.key != "energy")
        assert visitor.send() == "Thank you"
    assert given(settled) == [{"climate": 4, "own": "Sana"}]


# --- consent --------------------------------------------------------------------------------------------------------


def alone(cast: Cast) -> Cast:
    """Make the process of the cast one of a single supervisee, who may answer by name."""
    with transaction.atomic():
        asking.become(cast.lead)
        one = make_engagement(cast.practice, cast.lead, cast.organisation, cast.people[:1], cast.client_contact)
        type(one).objects.filter(pk=one.pk).update(form=Form.INDIVIDUAL)
        one.refresh_from_db()
    cast.engagement = one
    return cast


@pytest.mark.parametrize("mode", [Mode.NAMED, Mode.SHARED])
def test_where_consent_decides_it_is_asked_before_the_first_question(settled: Cast, mode: str) -> None:
    came = asked_round(alone(settled) if mode == Mode.NAMED else settled, mode=mode)[0]
    came.enter()
    for name, about in (("question", (1,)), ("review", ())):
        assert came.get(name, *about)["Location"] == came.url("start")
        assert came.post(name, *about, answer="1", go="next")["Location"] == came.url("start")
    assert "Choose yes or no." in came.post("start").content.decode()
    assert "That is not one of the choices here." in came.post("start", consents="maybe").content.decode()
    assert came.post("start", consents="yes")["Location"] == came.url("question", 1)
    came.answer(5, None, None)
    assert came.send() == "Thank you"
    (found,) = read(settled)
    assert found.figures == {"climate": 5}
    assert (found.person == settled.people[0].pk) == (mode == Mode.NAMED)


@pytest.mark.parametrize("mode", [Mode.NAMED, Mode.SHARED])
def test_who_says_no_is_asked_nothing_and_leaves_nothing(settled: Cast, mode: str) -> None:
    came = asked_round(alone(settled) if mode == Mode.NAMED else settled, mode=mode)[0]
    came.enter()
    came.post("start", consents="yes")
    came.answer(5, None, "Sana")
    assert came.post("start", consents="no")["Location"] == came.url("review")
    page = came.get("review").content.decode()
    assert "Sana" not in page
    assert came.get("question", 1)["Location"] == came.url("start")
    assert came.send() == "Thank you"
    assert links.standing_of(came.token).stands == "used"  # type: ignore[union-attr]
    (found,) = read(settled)
    assert (found.figures, found.texts, found.person, found.participation) == ({}, {}, None, None)


def test_the_database_itself_keeps_no_answer_of_who_says_no(settled: Cast) -> None:
    came = asked_round(settled, mode=Mode.SHARED)[0]
    assert give(came.token, {"climate": 5, "own": "Sana"}, consents=False)
    (found,) = read(settled)
    assert (found.figures, found.texts) == ({}, {})


def test_the_same_person_has_the_same_code_in_every_round(settled: Cast) -> None:
    codes = []
    for _ in range(2):
        came = asked_round(settled, mode=Mode.CODED)[0]
        came.enter()
        assert "carry a code instead of your name" in came.get("start").content.decode()
        came.answer(5, None, None)
        assert came.send() == "Thank you"
        (found,) = read(settled)
        assert found.person is None
        codes.append(found.code)
    assert codes[0] == codes[1]
    assert codes[0]


def test_the_clients_contact_answers_by_name(settled: Cast) -> None:
    with transaction.atomic():
        made = make_round(settled.engagement, settled.lead, kind="orderer", mode=Mode.NAMED)
        made.invitations.all().delete()
        person = settled.client_contact.person
        invited = Invitation.objects.create(round=made, person=person, sent_for=NOW)
    came = Visitor(link_for(invited))
    came.enter()
    came.post("start", consents="yes")
    came.answer(2, 7, "Hyvin")
    assert "Supervisors and supervisees, by name" in came.get("review").content.decode()
    assert came.send() == "Thank you"
    (found,) = read(settled)
    assert found.person == person.pk


def test_a_supervisor_goes_straight_to_their_own_questions(settled: Cast) -> None:
    with transaction.atomic():
        made = make_round(settled.engagement, settled.lead, kind="self", mode=Mode.OWN)
        Invitation.objects.create(round=made, user=settled.lead, sent_for=NOW)
    browser = Client()
    browser.force_login(settled.lead)
    answer = browser.post(reverse("answer:own", args=[made.pk]))
    link = link_in(answer["Location"])
    assert answer["Location"] == reverse("answer:question", args=[link, 1])
    assert "Only you" in browser.get(answer["Location"]).content.decode()
    browser.post(answer["Location"], {"answer": "3", "go": "next"})
    done = browser.post(reverse("answer:review", args=[link]), follow=True)
    assert heading(done) == "Thank you"
    (found,) = read(settled)
    assert (found.figures, found.user) == ({"climate": 3}, settled.lead.pk)


# --- the device -----------------------------------------------------------------------------------------------------


def test_what_was_begun_goes_on_where_it_was_on_the_same_device(settled: Cast, visitor: Visitor) -> None:
    visitor.answer(4)
    assert visitor.enter()["Location"] == visitor.url("question", 2)
    assert "Go on where I was" in visitor.get("start").content.decode()
    assert visitor.post("start")["Location"] == visitor.url("question", 2)
    visitor.post("question", 2, answer="6", go="next")
    visitor.post("question", 3, go="skip")
    assert visitor.enter()["Location"] == visitor.url("review")
    assert visitor.send() == "Thank you"
    assert given(settled) == [{"climate": 4, "energy": 6}]


def test_another_device_begins_anew_and_the_first_to_send_has_answered(settled: Cast, visitor: Visitor) -> None:
    visitor.answer(4, None, "Ensimmäisellä")
    other = Visitor(visitor.token)
    assert other.enter()["Location"] == other.url("start")
    assert "Ensimmäisellä" not in other.get("review").content.decode()
    other.answer(1, None, None)
    assert other.send() == "Thank you"
    assert visitor.get("question", 1)["Location"] == visitor.url("done")
    assert visitor.send() == "This has been answered already"
    assert "What is on this device was not sent" in visitor.get("done").content.decode()
    assert given(settled) == [{"climate": 1}]


def test_two_devices_that_send_at_once_are_told_apart(
    settled: Cast, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are between their transactions: the one whose answers came second reads that they did not come in."""
    other = Visitor(visitor.token)
    other.enter()
    visitor.answer(4)
    other.answer(1)
    waiting: list[Any] = []
    monkeypatch.setattr("evaluations.answering.views.take_in", lambda *about, now: waiting.append((*about, now)))
    assert visitor.send() == other.send() == "Your answers have not come in"
    for link, device, now in waiting:
        sending.take_in(link, device, now=now)
    assert heading(visitor.get("done")) == "Thank you"
    assert heading(other.get("done")) == "This has been answered already"
    assert given(settled) == [{"climate": 4}]


def test_another_link_of_the_same_person_comes_too_late(settled: Cast) -> None:
    with transaction.atomic():
        invited = make_round(settled.engagement, settled.lead).invitations.first()
    assert invited
    first, second = Visitor(link_for(invited)), Visitor(link_for(invited))
    for each in (first, second):
        each.enter()
        each.answer(3)
    assert first.send() == "Thank you"
    assert second.send() == "This has been answered already"
    assert heading(second.door()) == "This has been answered already"
    assert given(settled) == [{"climate": 3}]


def test_what_was_begun_is_removed_from_a_device_that_others_use(settled: Cast, visitor: Visitor) -> None:
    visitor.answer(4)
    assert visitor.get("remove").status_code == 405
    assert heading(visitor.post("remove")) == "It is removed"
    assert visitor.get("start").status_code == 404
    visitor.enter()
    assert "Left unanswered" in visitor.get("review").content.decode()


def test_drafts_are_of_their_device_alone_and_go_when_the_answers_are_given(settled: Cast, visitor: Visitor) -> None:
    visitor.answer(4)
    assert drafts() == 1
    with transaction.atomic():
        asking.become(settled.lead)
        assert Draft.objects.count() == 0
        asking.come_by_link(visitor.link)
        assert Draft.objects.count() == 0
    assert visitor.send() == "Thank you"
    assert drafts() == 0


def drafts() -> int:
    with as_role(Role.BACKUP):
        return Draft.objects.count()


# --- between two transactions ---------------------------------------------------------------------------------------


def test_what_breaks_off_between_the_two_transactions_is_sent_again_and_comes_in_once(
    settled: Cast, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.answer(4, None, "Sana")
    with monkeypatch.context() as broken:
        broken.setattr(answers, "put_in", broken_off)
        assert visitor.send() == "Your answers have not come in"
        assert visitor.send() == "Your answers have not come in"
    assert links.standing_of(visitor.token).stands == "sending"  # type: ignore[union-attr]
    assert visitor.get("review").status_code == 200
    assert visitor.send() == "Thank you"
    assert visitor.send() == "Thank you"
    assert given(settled) == [{"climate": 4, "own": "Sana"}]


def broken_off(*_about: Any, **_named: Any) -> Any:
    raise DatabaseError("Sana")


def test_another_device_may_answer_when_the_first_broke_off(
    settled: Cast, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.answer(4)
    with monkeypatch.context() as broken:
        broken.setattr(answers, "put_in", broken_off)
        visitor.send()
    other = Visitor(visitor.token)
    assert heading(other.door()) == "How has the supervision gone?"
    other.enter()
    assert other.get("done")["Location"] == other.url("start")
    other.answer(2)
    assert other.send() == "Thank you"
    assert given(settled) == [{"climate": 2}]


def test_a_first_transaction_that_fails_leaves_everything_as_it_was(
    settled: Cast, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.answer(4)
    visitor.browser.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr(answers, "mark_used", broken_off)
        assert visitor.post("review").status_code == 500
    assert links.standing_of(visitor.token).stands == "open"  # type: ignore[union-attr]
    assert visitor.send() == "Thank you"
    assert given(settled) == [{"climate": 4}]


# --- too late -------------------------------------------------------------------------------------------------------


def test_a_round_that_closes_while_somebody_writes_takes_nothing_in_and_says_so(
    settled: Cast, visitor: Visitor
) -> None:
    visitor.answer(4)
    made = newest(settled)
    settle(made, Outcome.NOBODY, Round.Closed.HAND)
    assert drafts() == 0
    for name, about in (("start", ()), ("question", (2,)), ("review", ())):
        page = visitor.post(name, *about, answer="1", go="next")
        assert heading(page) == "This evaluation is closed"
        assert "Nothing was sent" in page.content.decode()
        assert heading(visitor.get(name, *about)) == "This evaluation is closed"
    assert heading(visitor.get("done")) == heading(visitor.door()) == "This evaluation is closed"
    assert visitor.enter()["Location"] == visitor.url("start")
    assert drafts() == 0


def test_a_round_that_closes_between_the_two_transactions_takes_nothing_in(
    settled: Cast, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.answer(4)
    made = newest(settled)

    def closed_meanwhile(*about: Any, now: Any) -> None:
        settle(made)
        sending.take_in(*about, now=now)

    monkeypatch.setattr("evaluations.answering.views.take_in", closed_meanwhile)
    assert visitor.send() == "This evaluation is closed"
    with transaction.atomic():
        asking.become(settled.lead)
        assert answers.answers_to([made])[made.pk] == []


def test_an_answer_that_waits_for_the_closing_is_late(settled: Cast, own_database: str) -> None:
    """The closing holds the lock of the round while the answer begins: it asks again, and hears that it is over."""
    came = asked_round(settled)[0]
    with transaction.atomic():
        asking.come_by_link(came.link)
        assert answers.mark_used()
    url = urlsplit(role_url(site.DATABASE_URL, Role.WORKER, site.DATABASE_ROLE_NAMES.prefix))
    closing = psycopg.connect(urlunsplit(url._replace(path=f"/{own_database}")))
    closing.execute("SELECT sec.settle_round(%s, 'date', 'shown')", [newest(settled).pk])
    found: list[bool] = []

    def come() -> None:
        found.append(give(came.token, {"climate": 4}))
        connections.close_all()

    waiting = Thread(target=come)
    waiting.start()
    waiting.join(0.5)
    assert waiting.is_alive()
    closing.commit()
    closing.close()
    waiting.join(10)
    assert found == [False]
    with as_role(Role.BACKUP):
        assert Response.objects.count() == 0


# --- signed in, and on paper ----------------------------------------------------------------------------------------


def link_in(address: str) -> UUID:
    found = re.search(r"/answering/([0-9a-f-]{36})/", address)
    assert found
    return UUID(found[1])


def test_who_is_signed_in_answers_without_a_mail_and_goes_on_where_they_were(settled: Cast) -> None:
    asked_round(settled)
    own = reverse("answer:own", args=[newest(settled).pk])
    browser = Client()
    browser.force_login(settled.supervisee)
    assert browser.get(own).status_code == 200
    link = link_in(browser.post(own)["Location"])
    browser.post(reverse("answer:question", args=[link, 1]), {"answer": "4", "go": "next"})
    assert browser.post(own)["Location"] == reverse("answer:question", args=[link, 2])
    assert heading(browser.post(reverse("answer:review", args=[link]), follow=True)) == "Thank you"
    assert browser.post(own)["Location"] == reverse("answer:start", args=[link])
    assert given(settled) == [{"climate": 4}]
    assert "closed" in browser.post(own).content.decode()


def test_nobody_answers_for_another(settled: Cast) -> None:
    asked_round(settled)
    own = reverse("answer:own", args=[newest(settled).pk])
    for member in ("lead", "co_supervisor", "stranger", "contact", "practice_admin", "administrator"):
        browser = Client()
        browser.force_login(settled.members[member])
        assert browser.get(own).status_code == browser.post(own).status_code == 404


def test_a_supervisor_hands_a_link_to_whom_no_mail_reaches_and_to_nobody_else(settled: Cast) -> None:
    asked_round(settled)
    made = newest(settled)
    with transaction.atomic():
        asking.become(settled.lead)
        (ville,) = paper.without_mail(made)
        others = [each.pk for each in made.invitations.exclude(pk=ville.pk)]
    browser = Client()
    browser.force_login(settled.lead)
    address = reverse("answer:paper", args=[made.pk, ville.pk])
    assert browser.get(address).status_code == 405
    page = browser.post(address).content.decode()
    assert "<svg" in page
    found = re.search(r"/answer/([\w-]{43})/", page)
    assert found
    came = Visitor(found[1])
    came.enter()
    came.answer(2)
    assert came.send() == "Thank you"
    for wrong in (*others, uuid4()):
        assert browser.post(reverse("answer:paper", args=[made.pk, wrong])).status_code == 404
    browser.force_login(settled.stranger)
    assert browser.post(address).status_code == 404


# --- what is written down of it -------------------------------------------------------------------------------------


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What the processes write into their logs, down to the least."""
    lines: list[str] = []
    root = logging.getLogger()
    level, console = root.level, next(each for each in root.handlers if each.filters)

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    keeper = Keeper(logging.DEBUG)
    keeper.setFormatter(console.formatter)
    for each in console.filters:
        keeper.addFilter(each)
    root.addHandler(keeper)
    root.setLevel(logging.INFO)
    yield lines
    root.removeHandler(keeper)
    root.setLevel(level)


def test_neither_a_token_nor_an_answer_is_written_into_a_log(
    settled: Cast, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    came = asked_round(settled)[0]
    came.door()
    came.enter()
    came.answer(4, None, "Kettulampi")
    with monkeypatch.context() as broken:
        broken.setattr(answers, "put_in", broken_off)
        came.send()
    came.send()
    Client().get(reverse("answer:door", args=["Kettulampi-ei-ole"]))
    written = "\n".join(logged)
    assert "were not put in" in written
    for secret in (
        came.token,
        "Kettulampi",
        "Sana",
        str(came.link),
        came.browser.cookies[site.ANSWERING_COOKIE_NAME].value,
    ):
        assert secret not in written


def test_an_answer_leaves_no_line_in_the_trail(settled: Cast, visitor: Visitor) -> None:
    with as_role(Role.BACKUP):
        before = Entry.objects.count()
    visitor.answer(4)
    visitor.send()
    with as_role(Role.BACKUP):
        assert Entry.objects.count() == before


# --- another confidence ---------------------------------------------------------------------------------------------


def change_mode(cast: Cast, mode: str) -> None:
    """As a supervisor may while nobody has answered."""
    with transaction.atomic():
        asking.become(cast.lead)
        assert Round.objects.filter(pk=newest(cast).pk).update(mode=mode)


def test_who_was_told_of_another_confidence_is_told_anew_before_going_on(settled: Cast, visitor: Visitor) -> None:
    assert visitor.post("question", 1, answer="4", go="next", mode=Mode.ANONYMOUS).status_code == 302
    change_mode(settled, Mode.CODED)
    for answer in (visitor.get("question", 2), visitor.get("review"), visitor.post("review", mode=Mode.ANONYMOUS)):
        assert answer["Location"].startswith(visitor.url("start"))
    page = visitor.get("start").content.decode()
    assert "Who sees the answers has changed" in page
    assert visitor.post("start", mode=Mode.CODED)["Location"] == visitor.url("question", 2)
    assert "Who sees the answers has changed" not in visitor.get("start").content.decode()


def test_the_first_answer_is_kept_when_the_confidence_changed_while_it_was_given(
    settled: Cast, visitor: Visitor
) -> None:
    change_mode(settled, Mode.CODED)
    answer = visitor.post("question", 1, answer="4", go="next", mode=Mode.ANONYMOUS)
    assert answer["Location"] == visitor.url("start") + "?changed=1"
    assert "Who sees the answers has changed" in visitor.browser.get(answer["Location"]).content.decode()
    visitor.post("start", mode=Mode.CODED)
    assert re.search(r'value="4"[^>]*checked', visitor.get("question", 1).content.decode())
