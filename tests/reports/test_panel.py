"""What *Tänään*, the page of a process and the list of its reports show of reports."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import asking
from engagements.models import Engagement, Told
from reports import panel
from reports.actions import approving
from reports.models import Report, ReportState, Verdict
from reports.reading import current
from tests.report_story import LATER, approve, ask, begin, clause, people

Cast = Any
Enter = Callable[[Any], Client]
HELSINKI = ZoneInfo("Europe/Helsinki")


@pytest.fixture(autouse=True)
def a_month_later() -> Any:
    with time_machine.travel(LATER, tick=False):
        yield


def waiting(browser: Client) -> list[str]:
    return [task.label for task in browser.get(reverse("today")).context["tasks"] if "report" in task.label]


def test_what_is_settled_and_what_is_objected_to_wait_for_the_supervisor(cast: Cast, enter: Enter) -> None:
    clause(cast)
    report = ask(cast, begin(cast))
    browser = enter(cast.lead)
    assert waiting(browser) == []
    [one] = [each for each in people(cast) if each.person.user]
    seen = current(report).hash
    asking.become(cast.supervisee)
    approving.give(report, one, Verdict.OBJECTS, reason="Ei näin.", seen=seen, by=cast.supervisee, now=LATER)
    assert waiting(browser) == ["Somebody does not approve a report: Otso"]
    asking.become(cast.supervisee)
    later = LATER + timedelta(minutes=1)
    approving.give(report, one, Verdict.APPROVES, seen=seen, by=cast.supervisee, now=later)
    asking.become(cast.lead)
    for each in people(cast):
        if not each.person.user:
            approving.record_in_session(report, each, seen=seen, by=cast.lead, now=later)
    assert waiting(browser) == ["Hand a report over: Otso"]
    assert waiting(enter(cast.co_supervisor)) == ["Hand a report over: Otso"]
    assert waiting(enter(cast.stranger)) == []


def engagement(**values: Any) -> Engagement:
    return Engagement(**{"starts_on": date(2026, 1, 15), "ends_on": date(2026, 12, 15)} | values)


@pytest.mark.parametrize(
    ("when", "values", "today", "due"),
    [
        ("monthly", {}, date(2026, 3, 10), date(2026, 3, 1)),
        ("monthly", {}, date(2026, 1, 20), None),
        ("half_yearly", {}, date(2026, 7, 14), None),
        ("half_yearly", {}, date(2026, 7, 15), date(2026, 7, 15)),
        ("half_yearly", {}, date(2027, 2, 1), date(2027, 1, 15)),
        ("half_yearly", {"starts_on": None}, date(2027, 2, 1), None),
        ("midpoint", {}, date(2026, 6, 30), None),
        ("midpoint", {}, date(2026, 7, 5), date(2026, 7, 1)),
        ("midpoint", {"ends_on": None}, date(2026, 7, 5), None),
        ("end", {}, date(2026, 12, 14), None),
        ("end", {}, date(2026, 12, 16), date(2026, 12, 15)),
        ("end", {"closed_at": datetime(2026, 9, 1, 12, tzinfo=HELSINKI)}, date(2026, 9, 2), date(2026, 9, 1)),
    ],
)
def test_a_report_falls_due_when_the_clause_says(
    when: str, values: dict[str, Any], today: date, due: date | None
) -> None:
    assert panel.due_on(when, engagement(**values), today) == due


def test_a_report_that_is_due_is_named_until_it_is_begun(cast: Cast, enter: Enter) -> None:
    clause(cast, [(Told.TEXT, "end", "everyone", None), (Told.DATES, "monthly", "none", None)])
    asking.become(cast.lead)
    Engagement.objects.filter(pk=cast.engagement.pk).update(ends_on=LATER.date())
    cast.engagement.refresh_from_db()
    assert panel.due(cast.engagement, LATER) == {"final": LATER.date()}
    page = enter(cast.lead).get(reverse("reports:list", args=[cast.engagement.pk]))
    assert "By the contract from 23 Dec 2026 on" in page.text
    begin(cast, Told.TEXT, kind="final")
    assert panel.due(cast.engagement, LATER) == {}
    Report.objects.all().delete()
    asked_long_ago = LATER + panel.ASKED_FOR + timedelta(days=1)
    assert panel.due(cast.engagement, asked_long_ago) == {}, "what nobody wrote in time is no news"


def test_the_page_of_the_process_leads_to_its_reports(cast: Cast, enter: Enter) -> None:
    clause(cast)
    report = begin(cast)
    browser = enter(cast.lead)
    page = browser.get(reverse("engagements:detail", args=[cast.engagement.pk]))
    assert reverse("reports:report", args=[report.pk]) in page.text
    assert reverse("reports:list", args=[cast.engagement.pk]) in page.text
    for other in (cast.supervisee, cast.contact):
        page = enter(other).get(reverse("engagements:detail", args=[cast.engagement.pk]))
        assert reverse("reports:report", args=[report.pk]) not in page.text


def test_the_list_says_how_approvals_stand_and_costs_the_same_at_one_report_and_at_thirty(
    cast: Cast, enter: Enter
) -> None:
    clause(cast)
    approve(cast, ask(cast, begin(cast)))
    browser = enter(cast.lead)
    address = reverse("reports:list", args=[cast.engagement.pk])

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get(address)
        return len(captured)

    browser.get(address)
    before = cost()
    page = browser.get(address)
    assert "3 of 3 settled" in page.text
    asking.become(cast.lead)
    [first] = Report.objects.all()
    for _number in range(29):
        Report.objects.create(
            engagement=cast.engagement, kind="interim", since=first.since, until=first.until, language="fi",
            created_by=cast.lead, created_at=LATER, state=ReportState.WRITING,
        )  # fmt: skip
    assert cost() == before
    page = browser.get(address)
    assert len(page.context["reports"]) == 20
    assert page.context["page"].next
