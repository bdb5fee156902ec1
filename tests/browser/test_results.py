"""From the supervisor who asks, by the mails and telephones of six people, to results; and these on every device."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Person, User
from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from engagements.actions import describe_levels
from engagements.models import LEVELS, Goal, GoalLevels
from evaluations.models import Mode, Round
from evaluations.questions import Answers, Kind, Option, Question
from evaluations.results.changes import agree, look_again
from evaluations.rounds import closing
from formats.clock import HELSINKI
from notifications import outbox
from notifications.dispatch import Dispatcher
from tests.evaluation_story import answered, make_people, make_version
from tests.notifications.conftest import Sink, free_port, serving
from tests.signing_story import Mail, read_mail

Cast = Any
NewPage = Callable[..., Page]
Enter = Callable[..., None]
Look = Callable[..., None]
pytestmark = pytest.mark.browser

QUESTIONS = [
    Question("climate", Kind.AGREE, {"en": "We speak about hard things in time.",
                                     "fi": "Puhumme vaikeista asioista ajoissa.",
                                     "sv": "Vi talar om svåra saker i tid."}, theme="dialogue"),
    Question("energy", Kind.SCALE, {"en": "How much energy do you have for your work?",
                                    "fi": "Kuinka paljon sinulla on voimia työhösi?",
                                    "sv": "Hur mycket energi har du för ditt arbete?"}, theme="wellbeing"),
    Question("how", Kind.CHOICE, {"en": "How do you like to meet?", "fi": "Miten tapaat mieluiten?",
                                  "sv": "Hur möts du helst?"},
             options=[Option("near", {"en": "In one room", "fi": "Samassa huoneessa", "sv": "I samma rum"}),
                      Option("far", {"en": "Remotely", "fi": "Etänä", "sv": "På distans"})]),
    Question("goals", Kind.GOALS, {"en": "How far was this goal reached?", "fi": "Kuinka hyvin tavoite toteutui?",
                                   "sv": "Hur väl nåddes målet?"}),
    Question("own", Kind.TEXT, {"en": "What would you change?", "fi": "Mitä muuttaisit?",
                                "sv": "Vad skulle du ändra?"}),
]  # fmt: skip
BEFORE, AFTER = (1, 2, 2, 3, 3, 2), (3, 4, 3, 5, 4, 4)


@pytest.fixture
def six(settled: Cast) -> Cast:
    """The cast with six supervisees, all of whom mail reaches."""
    with transaction.atomic():
        make_people(settled.engagement, settled.lead, 3)
        Person.objects.filter(given_name="Ville").update(email="ville@otso.example")
    return settled


def goal_with_levels(cast: Cast) -> str:
    """A shared goal, and the key under which its question is answered."""
    with transaction.atomic():
        asking.become(cast.lead)
        goal = Goal.objects.create(engagement=cast.engagement, theme="fluency", text="Jaamme työt reilusti")
        words = ("Jaamme työt itse", "Jaamme useimmiten", "Jaamme yhdessä", "Jaamme joskus", "Emme jaa")
        now = timezone.now() - timedelta(days=60)
        levels = describe_levels(
            goal, dict(zip(LEVELS, words, strict=True)), agreed_how=GoalLevels.How.SESSION, agreed_on=now.date(),
            agreed_by="Ryhmä", by=cast.lead, now=now,
        )  # fmt: skip
    return f"goal:{goal.pk}:{levels.pk}"


def two_rounds(cast: Cast) -> tuple[Round, Round]:
    """A baseline and an interim evaluation that six have answered, and what was agreed over them."""
    key = goal_with_levels(cast)
    now = timezone.now()
    made = []
    for kind, steps in (("baseline", BEFORE), ("interim", AFTER)):
        with transaction.atomic():
            asking.become(cast.lead)
            version = make_version(cast.engagement, cast.lead, QUESTIONS, kind=kind)
        given: list[Answers] = [
            {"climate": step, "energy": 2 * step, "how": "near", key: step - 3, "own": f"{kind} {step}"}
            for step in steps
        ]  # fmt: skip
        made.append(
            answered(cast.engagement, cast.lead, given, version=version, kind=kind, mode=Mode.CODED, opened_at=now)
        )
    first, second = made
    with transaction.atomic():
        asking.become(cast.lead)
        first, second = (Round.objects.select_related("engagement").get(pk=each.pk) for each in made)
        now = timezone.now()
        today = timezone.localdate()
        change = agree(first, "Aloitamme ajoissa.", agreed_on=today, by=cast.lead, now=now)
        look_again(change, "partly", "Useimmiten.", in_round=second, by=cast.lead, now=now)
        agree(first, "Jokainen saa puhua loppuun.", agreed_on=today, by=cast.lead, now=now)
    return first, second


@pytest.mark.parametrize(("device", "language"), [("laptop", "fi"), ("phone", "sv")])
def test_results_are_whole(
    six: Cast, new_page: NewPage, enter: Enter, assert_whole: Look, device: str, language: str
) -> None:
    """By lead and supervisee, by eye and by axe, in light and dark: charts, tables, levels, words, what was agreed."""
    first, second = two_rounds(six)
    with transaction.atomic():
        User.objects.update(language=language)  # one who is signed in reads their own language
    for who in (six.lead, six.supervisee):
        page = new_page(device, language=language)
        enter(page, who)
        for number, address in enumerate(
            (
                reverse("results:round", args=[second.pk]),
                reverse("results:round", args=[first.pk]),
                reverse("results:over_rounds", args=[six.engagement.pk]),
                reverse("rounds:list", args=[six.engagement.pk]),
            )
        ):
            given = page.goto(address)
            assert given is not None
            assert given.status == 200
            assert page.get_attribute("html", "lang") == language
            assert page.locator("svg.chart").count() >= (2 if "results" in address else 0)
            page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true })")
            assert_whole(page, f"results-{who.email.split('@')[0]}-{number}-{language}", device)


def test_what_a_chart_shows_is_reached_by_keys_and_stands_in_a_table(
    six: Cast, new_page: NewPage, enter: Enter
) -> None:
    _first, second = two_rounds(six)
    page = new_page()
    enter(page, six.supervisee)
    page.goto(reverse("results:round", args=[second.pk]))
    chart = page.locator("svg.chart").first
    described = chart.get_attribute("aria-labelledby") or ""
    said = " ".join(page.locator(f"#{each}").text_content() or "" for each in described.split())
    assert re.search(r"6 answers\. Median", said), said
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.result summary')"):
            break
    page.keyboard.press("Enter")
    table = page.locator(".result details[open] table").first
    expect(table).to_be_visible()
    numbers = [int(cell) for cell in table.locator("tbody td").all_text_contents()]
    assert sum(numbers) == len(AFTER)


def test_a_change_is_agreed_looked_at_again_and_taken_back(
    six: Cast, new_page: NewPage, enter: Enter, assert_whole: Look
) -> None:
    _first, second = two_rounds(six)
    page = new_page("phone")
    enter(page, six.lead)
    page.goto(reverse("results:round", args=[second.pk]))
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("Write what you agreed to change.", exact=True)).to_be_visible()
    page.get_by_role("textbox", name="What we change").fill("Pidämme tauon. " * 60)
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_label("What we change")).to_have_value("Pidämme tauon. " * 60)
    assert_whole(page, "results-agree-wrong", "phone")
    page.get_by_role("textbox", name="What we change").fill("Pidämme tauon.")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("Pidämme tauon.", exact=True)).to_be_visible()
    page.get_by_role("link", name="Say how it went").first.click()
    assert_whole(page, "results-look-again", "phone")
    page.get_by_label("done", exact=True).check()
    page.get_by_role("button").filter(has_text=re.compile("Save|Write")).first.click()
    expect(page.get_by_text("done", exact=True).first).to_be_visible()
    page.goto(reverse("results:round", args=[second.pk]))
    page.get_by_role("button", name="Take back").first.click()
    expect(page.get_by_text("Pidämme tauon.")).to_have_count(0)


def test_the_summary_is_a_file(six: Cast, new_page: NewPage, enter: Enter) -> None:
    _first, second = two_rounds(six)
    page = new_page()
    enter(page, six.supervisee)
    page.goto(reverse("results:round", args=[second.pk]))
    address = page.get_by_role("link", name="Summary (PDF)").get_attribute("href")
    assert address
    given = page.request.get(address)
    assert given.headers["content-type"] == "application/pdf"
    assert given.body().startswith(b"%PDF")


# --- the whole journey ----------------------------------------------------------------------------------------------


@pytest.fixture
def sink(settings: LazySettings) -> Iterator[Sink]:
    with serving(free_port()) as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", running.port, 5
        yield running


def mails(sink: Sink, seen: int = 0) -> list[Mail]:
    """What the worker says now, and what waits for the morning when it is night."""
    noon = datetime.combine(timezone.localdate() + timedelta(days=1), datetime.min.time(), HELSINKI)
    with as_role(Role.WORKER):
        closing.move(timezone.now())
        outbox.plan(timezone.now())
        Dispatcher().run()
        Dispatcher(clock=lambda: noon + timedelta(hours=12)).run()
    return [read_mail(message) for message in sink.taken[seen:]]


def link_in(mail: Mail) -> str:
    """The path of the page to which the mail's button leads."""
    return next(path for path in mail.links if path.startswith(("/answer/", "/evaluations/")))


def test_from_the_supervisor_by_six_telephones_to_results(
    six: Cast, sink: Sink, new_page: NewPage, enter: Enter
) -> None:
    page = new_page()
    enter(page, six.lead)
    page.goto(reverse("rounds:plan", args=[six.engagement.pk]) + "?kind=interim")
    page.get_by_role("button").filter(has_text=re.compile("Plan|Save")).first.click()
    page.get_by_role("button", name="Open it now").click()
    page.get_by_text("The evaluation is open").wait_for()
    asked = [mail for mail in mails(sink) if "/answer/" in mail.text]
    assert len(asked) == 6
    assert len({mail.to for mail in asked}) == 6
    for number, mail in enumerate(asked):
        answer_by(mail, new_page("phone", scripts=number % 2 == 0), number)
    told = mails(sink, seen=len(sink.taken))
    assert [mail.to for mail in told] == [six.lead.email]
    page.goto(link_in(told[0]))
    page.get_by_role("link", name="Results").first.click()
    expect(page.locator("svg.chart").first).to_be_visible()
    page.get_by_role("textbox", name="What we change").fill("Aloitamme ajoissa.")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("Aloitamme ajoissa.", exact=True)).to_be_visible()
    results = page.url
    theirs = new_page("phone")
    enter(theirs, six.supervisee)
    theirs.goto(results)
    expect(theirs.get_by_text("Aloitamme ajoissa.", exact=True)).to_be_visible()
    assert theirs.get_by_role("textbox", name="What we change").count() == 0
    client = new_page(expecting=["404"])
    enter(client, six.contact)
    refused = client.goto(results)
    assert refused is not None
    assert refused.status == 404


def answer_by(mail: Mail, phone: Page, number: int) -> None:
    """Answer every question as one does with a thumb: the steps are chosen around the middle, no two people alike."""
    phone.goto(link_in(mail))
    phone.get_by_role("button", name="Go on to the questions").click()
    phone.get_by_role("button", name="To the first question").click()
    for place in range(40):
        if phone.get_by_role("button", name="Send my answers").count():
            break
        steps = phone.get_by_role("radio")
        if steps.count():
            steps.nth((number + place) % min(5, steps.count())).check()
            phone.get_by_role("button", name="Next").click()
        else:
            phone.get_by_role("button", name="Leave unanswered").click()
    phone.get_by_role("button", name="Send my answers").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you")
