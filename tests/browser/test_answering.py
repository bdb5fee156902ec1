"""Somebody answers on a telephone, in a real browser: by keys alone, without scripts, in each language and look."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from playwright.sync_api import Page, expect

from accounts.models import Person
from audit import asking
from engagements.models import Goal, GoalLevels
from evaluations import answers, links
from evaluations.models import Mode, Round
from evaluations.questions import Kind, Option, Question
from tests.conftest import NOW
from tests.evaluation_story import give, link_for, make_round, make_version, settle

Cast = Any
NewPage = Callable[..., Page]
Look = Callable[..., None]
pytestmark = pytest.mark.browser

QUESTIONS = [
    Question("climate", Kind.AGREE, {"en": "We speak about hard things in time.",
                                     "fi": "Puhumme vaikeista asioista ajoissa.",
                                     "sv": "Vi talar om svåra saker i tid."}),
    Question("energy", Kind.SCALE, {"en": "How much energy do you have for your work?",
                                    "fi": "Kuinka paljon sinulla on voimia työhösi?",
                                    "sv": "Hur mycket energi har du för ditt arbete?"}),
    Question("how", Kind.CHOICE, {"en": "How do you like to meet?", "fi": "Miten tapaat mieluiten?",
                                  "sv": "Hur möts du helst?"},
             options=[Option("near", {"en": "In one room", "fi": "Samassa huoneessa", "sv": "I samma rum"}),
                      Option("far", {"en": "Remotely", "fi": "Etänä", "sv": "På distans"})]),
    Question("goals", Kind.GOALS, {"en": "How far was this goal reached?", "fi": "Kuinka hyvin tavoite toteutui?",
                                   "sv": "Hur väl nåddes målet?"}),
    Question("own", Kind.TEXT, {"en": "What would you change?", "fi": "Mitä muuttaisit?",
                                "sv": "Vad skulle du ändra?"}),
]  # fmt: skip


def asked(cast: Cast, *, mode: str = Mode.ANONYMOUS, language: str = "en") -> tuple[Round, list[str]]:
    """Open a round with every kind of question, and return its links."""
    levels = {
        "much_more": "Jaamme työt joka viikko itse", "more": "Jaamme työt useimmiten",
        "expected": "Jaamme työt yhdessä",
        "less": "Jaamme joskus", "much_less": "Emme jaa", "agreed_how": "session", "agreed_on": NOW.date(),
        "agreed_by": "Ryhmä", "described_by": cast.lead, "described_at": NOW,
    }  # fmt: skip
    with transaction.atomic():
        asking.become(cast.lead)
        Person.objects.update(language=language)
        goal = Goal.objects.create(engagement=cast.engagement, theme="fluency", text="Jaamme työt reilusti")
        GoalLevels.objects.create(goal=goal, **levels)
        version = make_version(cast.engagement, cast.lead, QUESTIONS)
        made = make_round(cast.engagement, cast.lead, version=version, mode=mode)
        invited = list(made.invitations.order_by("person__sort_key"))
    return made, [link_for(each) for each in invited]


def say(language: str, text: str, context: str = "") -> str:
    with translation.override(language):
        return translation.pgettext(context, text) if context else translation.gettext(text)


def door(token: str) -> str:
    return reverse("answer:door", args=[token])


def do_not_look(_page: Page, _name: str, _opened_on: str = "") -> None:
    pass


@pytest.mark.parametrize("language", ["en", "fi", "sv"])
def test_somebody_answers_on_a_phone_without_scripts(
    settled: Cast, new_page: NewPage, assert_whole: Look, language: str
) -> None:
    """Every kind of page on the way; what axe finds is looked for in Finnish, whose words are the longest."""
    made, tokens = asked(settled, language=language)
    page = new_page("phone", language=language, scripts=False)

    def press(text: str, context: str = "") -> None:
        page.get_by_role("button", name=say(language, text, context), exact=True).click()

    page.goto(door(tokens[0]))
    expect(page.get_by_role("heading", level=1)).to_have_text(say(language, "How has the supervision gone?"))
    press("Go on to the questions")
    assert tokens[0] not in page.url
    press("To the first question")
    expect(page.get_by_text("1/5")).to_be_visible()
    press("Next", "question")
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label(say(language, "4 – rather agree")).check()
    press("Next", "question")
    page.get_by_label("10", exact=True).check()
    press("Next", "question")
    press("Leave unanswered")
    expect(page.get_by_text("Jaamme työt reilusti")).to_be_visible()
    page.get_by_label("Jaamme työt useimmiten").check()
    press("Next", "question")
    page.get_by_label(QUESTIONS[-1].text[language]).fill("Aikaa")
    press("Back")
    expect(page.get_by_text("4/5")).to_be_visible()
    press("Next", "question")
    expect(page.get_by_label(QUESTIONS[-1].text[language])).to_have_value("Aikaa")
    press("Next", "question")
    expect(page.get_by_role("heading", level=1)).to_have_text(say(language, "Look at your answers"))
    page.get_by_role("link", name=QUESTIONS[2].text[language]).click()
    page.get_by_label(QUESTIONS[2].options[1].text[language]).check()
    press("Keep and go back to all answers")
    press("Send my answers")
    expect(page.get_by_role("heading", level=1)).to_have_text(say(language, "Thank you"))
    settle(made)
    with transaction.atomic():
        asking.become(settled.lead)
        (found,) = answers.answers_to([made])[made.pk]
    goal = next(key for key in found.figures if key.startswith("goal:"))
    assert found.figures == {"climate": 4, "energy": 10, "how": "far", goal: 1}
    assert found.texts == {"own": "Aikaa"}


def test_somebody_answers_by_keys_alone(settled: Cast, new_page: NewPage) -> None:
    _made, tokens = asked(settled)
    page = new_page("phone")
    page.goto(door(tokens[0]))
    reach(page, "Go on to the questions")
    page.keyboard.press("Enter")
    expect(page.get_by_text("To the first question")).to_be_visible()
    reach(page, "To the first question")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1/5")).to_be_visible()
    reach(page, "answer")
    page.keyboard.press("ArrowDown")  # from the first step to the second
    page.keyboard.press("Enter")
    expect(page.get_by_text("2/5")).to_be_visible()
    reach(page, "answer")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    for number in (3, 4):
        expect(page.get_by_text(f"{number}/5")).to_be_visible()
        reach(page, "Leave unanswered")
        page.keyboard.press("Enter")
    expect(page.get_by_text("5/5")).to_be_visible()
    reach(page, "answer")
    page.keyboard.type("Ajan")
    reach(page, "Next")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 – rather disagree")).to_be_visible()
    expect(page.get_by_text("0 on a scale from 0 to 10")).to_be_visible()
    expect(page.get_by_text("Ajan")).to_be_visible()
    reach(page, "Send my answers")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")


def reach(page: Page, name: str) -> None:
    """Go on by the tab key to the button that says `name`, or to the field of that name."""
    for _ in range(40):
        page.keyboard.press("Tab")
        here = page.evaluate("[document.activeElement.textContent.trim(), document.activeElement.name || '']")
        if name in here:
            return
    raise AssertionError(f"no way by keys to {name!r} on {page.url}")


@pytest.mark.parametrize("opened_on", ["laptop", "phone"])
def test_every_page_is_whole(settled: Cast, new_page: NewPage, assert_whole: Look, opened_on: str) -> None:
    _made, tokens = asked(settled, language="fi")
    page = new_page(opened_on, language="fi")

    def press(text: str, context: str = "") -> None:
        page.get_by_role("button", name=say("fi", text, context), exact=True).click()

    def look(name: str) -> None:
        assert_whole(page, f"answering-{name}", opened_on)

    page.goto(door("nobodys"))
    look("unknown")
    page.goto(door(tokens[0]))
    look("door")
    press("Go on to the questions")
    look("start")
    press("To the first question")
    start = urlsplit(page.url).path.removesuffix("1/")
    look("agree")
    press("Next", "question")
    look("agree-wrong")
    for name in ("agree", "scale", "choice", "goal"):
        look(f"{name}-before")
        page.get_by_role("radio").nth(1).check()
        look(name)
        press("Next", "question")
    page.get_by_role("textbox").fill("Pitkä ajatus. " * 400)
    press("Next", "question")
    look("text-wrong")
    page.get_by_role("textbox").fill("Pitkä ajatus. " * 40)
    look("text")
    press("Next", "question")
    look("review")
    page.goto(f"{start}1/?change=1")
    look("change")
    page.goto(start)
    look("start-begun")
    assert give(tokens[0], {"climate": 1})  # meanwhile, on another device
    page.goto(f"{start}done/")
    look("used-unsent")
    page.goto(door(tokens[0]))
    look("used")
    page.goto(door(tokens[1]))
    press("Go on to the questions")
    press("To the first question")
    page.get_by_role("radio").nth(1).check()
    press("Next", "question")
    page.goto(page.url.replace("/2/", "/review/"))
    press("Send my answers")
    look("done")
    page.goto(door(tokens[2]))
    press("Go on to the questions")
    page.context.clear_cookies()
    page.reload()
    look("elsewhere")


def test_every_page_around_a_consent_is_whole(settled: Cast, new_page: NewPage, assert_whole: Look) -> None:
    made, tokens = asked(settled, mode=Mode.SHARED, language="sv")
    page = new_page("phone", language="sv")

    def press(text: str) -> None:
        page.get_by_role("button", name=say("sv", text), exact=True).click()

    page.goto(door(tokens[0]))
    press("Go on to the questions")
    assert_whole(page, "answering-consent", "phone")
    press("Go on")
    assert_whole(page, "answering-consent-wrong", "phone")
    page.get_by_label(say("sv", "No, do not show the answers")).check()
    press("Go on")
    assert_whole(page, "answering-no", "phone")
    page.get_by_role("link", name=say("sv", "Change my consent")).click()
    page.get_by_label(say("sv", "Yes, I agree")).check()
    press("Go on")
    expect(page.get_by_text("1/5")).to_be_visible()
    settle(made)
    press("Leave unanswered")
    assert_whole(page, "answering-over", "phone")


def test_what_broke_off_is_sent_again(
    settled: Cast, new_page: NewPage, assert_whole: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    _made, tokens = asked(settled)
    page = new_page("phone")
    page.goto(door(tokens[0]))
    page.get_by_role("button", name="Go on to the questions").click()
    page.get_by_role("button", name="To the first question").click()
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Next").click()
    page.goto(page.url.replace("/2/", "/review/"))
    with monkeypatch.context() as broken:
        broken.setattr(answers, "put_in", lambda *_about, **_named: 1 / 0)
        page.get_by_role("button", name="Send my answers").click()
        assert_whole(page, "answering-again", "phone")
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")


def test_a_supervisor_hands_over_a_link(
    settled: Cast, new_page: NewPage, enter: Callable[..., None], assert_whole: Look
) -> None:
    """The button stands on the page of the round; here it is pressed without it."""
    made, _tokens = asked(settled)
    with transaction.atomic():
        asking.become(settled.lead)
        ville = made.invitations.get(person__given_name="Ville")
    page = new_page("laptop")
    enter(page, settled.lead)
    page.goto(reverse("today"))
    address = reverse("answer:paper", args=[made.pk, ville.pk])
    page.evaluate(
        """address => {
          const form = document.createElement("form"), token = document.createElement("input");
          form.method = "post"; form.action = address; token.name = "csrfmiddlewaretoken";
          token.value = document.querySelector("meta[name=csrf-token]").content;
          form.append(token); document.body.append(form); form.submit();
        }""",
        address,
    )
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ville")
    assert_whole(page, "answering-paper", "laptop")
    token = urlsplit(page.locator(".secret").inner_text()).path.split("/")[2]
    standing = links.standing_of(token)
    assert standing
    assert standing.round == made.pk


def test_who_is_signed_in_comes_in_without_a_mail(
    settled: Cast, new_page: NewPage, enter: Callable[..., None], assert_whole: Look
) -> None:
    made, _tokens = asked(settled)
    page = new_page("phone")
    enter(page, settled.supervisee)
    own = reverse("answer:own", args=[made.pk])
    for again in range(2):
        page.goto(own)
        assert_whole(page, "answering-own", "phone")
        page.get_by_role("button", name="Go on to the questions").click()
        if again:  # it goes on where it was
            break
        page.get_by_role("button", name="To the first question").click()
        page.get_by_role("radio").first.check()
        page.get_by_role("button", name="Next").click()
        expect(page.get_by_text("2/5")).to_be_visible()
    expect(page.get_by_text("2/5")).to_be_visible()
