"""A report's journey by supervisor, two supervisees and contact; each page on each device and in three languages."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from audit import asking
from engagements.models import Told
from formats.clock import HELSINKI
from reports.actions import releasing, remarks, writing
from reports.models import Report
from reports.reading import current_body
from reports.text import Section
from tests.report_story import approve, ask, begin, clause, hand_over, leave

Cast = Any
NewPage = Callable[..., Page]
Enter = Callable[..., None]
Look = Callable[..., None]
pytestmark = pytest.mark.browser

WORDS = "We have spoken of how work is shared.\n\nNext we look at breaks."


@pytest.fixture
def two(settled: Cast) -> Cast:
    """The cast with a clause and two supervisees: one with an account, and one whom no mail reaches."""
    with transaction.atomic():
        clause(settled)
        settled.engagement.participations.filter(person=settled.people[1]).update(left_on=timezone.now().date())
        settled.organisation.public_body = True
        settled.organisation.save(update_fields=["public_body"])
    return settled


def newest(cast: Cast) -> Report:
    with transaction.atomic():
        asking.become(cast.lead)
        return Report.objects.latest("created_at")


def words_of(page: Page) -> Locator:
    """The field in which the supervisor writes."""
    return page.get_by_role("textbox", name="The supervisor's written assessment")


def out_of(two: Cast) -> Report:
    """A report that has left."""
    now = timezone.now()
    with transaction.atomic():
        report = begun(two)
        ask(two, report, answer_by=local(now) + timedelta(days=10), now=now)
        approve(two, report, now=now)
        hand_over(two, report, now=now)
    leave(now + releasing.UNDO)
    return report


def begun(two: Cast) -> Report:
    now = timezone.now()
    return begin(two, Told.DATES, Told.MINUTES, Told.GOALS, Told.TEXT, text=WORDS, until=local(now), now=now)


def local(now: Any) -> Any:
    return now.astimezone(HELSINKI).date()


def test_from_the_clause_to_the_client(two: Cast, new_page: NewPage, enter: Enter, assert_whole: Look) -> None:
    page, sanna, tiina = new_page(), new_page(), new_page()
    enter(page, two.lead)
    process = two.engagement.pk
    page.goto(f"/engagements/{process}/")
    page.get_by_role("link", name="Reports").click()
    assert_whole(page, "reports-none")
    page.get_by_role("link", name=re.compile("^Begin ?: interim report")).click()
    expect(page.get_by_label("Names of the supervisees")).to_be_disabled()
    assert_whole(page, "reports-begin")
    page.get_by_label("Themes the group has approved").uncheck()
    page.get_by_label("Summaries of evaluations").uncheck()
    page.get_by_role("button", name="Begin the report").click()

    words_of(page).fill(f"{WORDS} Sanna proposed it.")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".preview")).to_contain_text("Next we look at breaks.")
    assert_whole(page, "reports-preview")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("This names somebody in the process.")).to_be_visible()
    assert_whole(page, "reports-warned")
    words_of(page).fill(WORDS)
    page.get_by_role("button", name="Choose sections").click()
    page.get_by_label("Minutes held").uncheck()
    assert_whole(page, "reports-sections")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(words_of(page)).to_have_value(WORDS)
    expect(page.get_by_role("heading", name="Minutes held")).to_have_count(0)
    page.get_by_role("button", name="Show the draft to the supervisees").click()

    report = newest(two)
    enter(sanna, two.supervisee)
    sanna.goto(reverse("draft:read", args=[report.pk]))
    sanna.get_by_role("link", name=re.compile("^Comment or suggest ?: Next we look at breaks.")).click()
    sanna.get_by_role("radio").last.check()
    sanna.get_by_role("textbox").last.fill("Next we look at rest.")
    sanna.locator("main form button.primary").click()

    page.reload()
    words_of(page).fill(f"A beginning.\n\n{WORDS}")
    assert_whole(page, "reports-remark")
    page.get_by_role("button", name=re.compile("^Take this wording")).click()
    expect(words_of(page)).to_have_value(
        "A beginning.\n\nWe have spoken of how work is shared.\n\nNext we look at rest."
    )
    page.get_by_role("button", name="Ask for approval").click()
    assert_whole(page, "reports-ask")
    page.get_by_role("button", name="Ask for approval").click()
    assert_whole(page, "reports-asked")

    sanna.goto(reverse("draft:read", args=[report.pk]))
    expect(sanna.get_by_text("What has changed since you last read")).to_be_visible()
    sanna.get_by_role("radio").first.check()
    sanna.locator("main form button.primary").click()
    page.get_by_text("Approved in a session", exact=True).last.click()
    page.get_by_role("button", name=re.compile("^Write down the approval ?: Ville Wikman")).click()
    page.goto("/today/")
    page.get_by_role("link", name="Hand a report over: Otso").click()
    expect(page.get_by_text("Tiina Tamm")).to_be_visible()
    expect(page.get_by_text("The client is a public body")).to_be_visible()
    expect(page.locator("object.paper")).to_be_attached()
    assert_whole(page, "reports-release")
    page.get_by_role("button", name="Hand over exactly this file").click()
    assert_whole(page, "reports-leaves")
    page.get_by_role("button", name="Take it back").click()
    page.get_by_role("link", name="Hand over").click()
    page.get_by_role("button", name="Hand over exactly this file").click()
    leave(timezone.now() + releasing.UNDO)

    enter(tiina, two.contact)
    tiina.goto(reverse("received:report", args=[report.pk]))
    tiina.get_by_role("textbox").last.fill("Tiina Tamm")
    tiina.locator("main form button.primary").click()
    page.goto(reverse("reports:report", args=[report.pk]))
    expect(page.get_by_text("Acknowledged as read by Tiina Tamm")).to_be_visible()
    assert_whole(page, "reports-released")
    assert page.request.get(reverse("reports:file", args=[report.pk])).body().startswith(b"%PDF")
    page.get_by_role("link", name="Withdraw the report").click()
    assert_whole(page, "reports-withdraw")
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Withdraw the report").click()
    expect(page.get_by_text("The client reads: It contained an error.")).to_be_visible()
    page.get_by_role("button", name="Begin a correction").click()
    expect(page.get_by_role("link", name=re.compile("corrects the one of"))).to_be_visible()
    expect(words_of(page)).to_have_value(re.compile("Next we look at rest"))
    page.goto(reverse("reports:list", args=[process]))
    assert_whole(page, "reports-list")


def test_two_windows_lose_nothing_to_each_other(two: Cast, new_page: NewPage, enter: Enter, assert_whole: Look) -> None:
    with transaction.atomic():
        report = begun(two)
    first = new_page()
    enter(first, two.lead)
    second = first.context.new_page()
    for page in (first, second):
        page.goto(reverse("reports:report", args=[report.pk]))
    words_of(first).fill("The first window.")
    first.get_by_role("button", name="Save", exact=True).click()
    words_of(second).fill("The second window.")
    second.get_by_role("button", name="Save", exact=True).click()
    expect(second.get_by_text("Both texts stand here")).to_be_visible()
    expect(second.get_by_text("The first window.")).to_be_visible()
    expect(words_of(second)).to_have_value("The second window.")
    assert_whole(second, "reports-conflict")
    words_of(second).fill("Both windows.")
    second.get_by_role("button", name="Save", exact=True).click()
    expect(second.get_by_text("It is saved.")).to_be_visible()
    first.reload()
    expect(words_of(first)).to_have_value("Both windows.")


def test_a_report_is_written_without_scripts(two: Cast, new_page: NewPage, enter: Enter) -> None:
    with transaction.atomic():
        report = begun(two)
    page = new_page("phone", scripts=False)
    enter(page, two.lead)
    page.goto(reverse("reports:report", args=[report.pk]))
    words_of(page).fill("By hand.")
    page.get_by_role("button", name=re.compile("^The facts anew ?: minutes held")).click()
    expect(page.get_by_text("The facts are taken anew.")).to_be_visible()
    expect(words_of(page)).to_have_value("By hand.")
    page.get_by_role("button", name="Ask for approval").click()
    page.get_by_role("button", name="Ask for approval").click()
    expect(page.get_by_text("Has not answered yet").first).to_be_visible()


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_each_page_is_whole_in_finnish_and_swedish(
    two: Cast, new_page: NewPage, enter: Enter, assert_whole: Look, language: str
) -> None:
    now = timezone.now()
    out = out_of(two)
    with transaction.atomic():
        asking.become(two.lead)
        report = begun(two)
        body = current_body(report)
        text = "Silloin **Sannan** ehdotus auttoi. Asiakas, 14-vuotias, palasi.\n\nJatkamme."
        changed = body.having(Section(Told.TEXT, (), text))
        writing.write(report, changed, upon=report.revision, by=two.lead, now=now)
        writing.share(report, by=two.lead, now=now)
        asking.become(two.supervisee)
        remarks.remark(
            report, Told.TEXT, "Jatkamme.", "Jatkamme keväällä.", kind="suggestion", by=two.supervisee, now=now
        )
        asking.become(two.lead)
        one = report.remarks.get()
        User.objects.filter(pk=two.lead.pk).update(language=language)
    page = new_page(language=language)
    enter(page, two.lead)
    addresses = {
        "list": reverse("reports:list", args=[two.engagement.pk]),
        "begin": reverse("reports:begin", args=[two.engagement.pk, "final"]),
        "report": reverse("reports:report", args=[report.pk]),
        "sections": reverse("reports:sections", args=[report.pk]),
        "answer": reverse("reports:remark", args=[report.pk, one.pk]),
        "ask": reverse("reports:ask", args=[report.pk]),
        "release": reverse("reports:release", args=[report.pk]),
        "out": reverse("reports:report", args=[out.pk]),
        "withdraw": reverse("reports:withdraw", args=[out.pk]),
        "process": reverse("engagements:detail", args=[two.engagement.pk]),
    }
    for name, address in addresses.items():
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, name
        assert page.get_attribute("html", "lang") == language
        assert_whole(page, f"reports-{language}-{name}")
