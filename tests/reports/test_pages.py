"""The pages of reports: a supervisor's, two supervisees' and a contact's, from the first draft to *read*."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from accounts.models import Contact, Person, User
from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from engagements.models import Contract, ContractParty, Engagement, Participation, Told
from reports.actions import releasing
from reports.models import Report, ReportState, Verdict
from reports.panel import to_approve
from reports.reading import current
from tests.conftest import make_next_version, make_person, make_user
from tests.report_story import (
    ANSWER_BY,
    CLAUSE,
    LATER,
    approve,
    ask,
    begin,
    clause,
    hand_over,
    leave,
    people,
    released,
)

Cast = Any


@pytest.fixture
def agreed(settled: Cast) -> Cast:
    """The cast of a database of its own, with a clause; it is a month later."""
    with transaction.atomic():
        clause(settled)
    return settled


@pytest.fixture(autouse=True)
def a_month_later() -> Any:
    with time_machine.travel(LATER, tick=False):
        yield


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def newest(cast: Cast) -> Report:
    with transaction.atomic():
        asking.become(cast.lead)
        return Report.objects.select_related("engagement").latest("created_at")


def as_lead(cast: Cast, what: Callable[[], Any]) -> Any:
    with transaction.atomic():
        asking.become(cast.lead)
        return what()


def test_from_the_first_draft_to_read(agreed: Cast) -> None:
    lead, sanna, tiina = (browser(user) for user in (agreed.lead, agreed.supervisee, agreed.contact))
    process = agreed.engagement.pk
    page = lead.get(reverse("reports:list", args=[process]))
    assert "Interim report" in text(page)
    frame = {"since": "23.11.2026", "until": "23.12.2026", "language": "en", "sections": [Told.DATES, Told.TEXT]}
    made = lead.post(reverse("reports:begin", args=[process, "interim"]), frame)
    report = newest(agreed)
    here = reverse("reports:report", args=[report.pk])
    assert made["Location"] == here
    assert sanna.get(reverse("draft:read", args=[report.pk])).status_code == 404, "not shown yet"

    words = "We spoke of how work is shared.\n\nNext we look at breaks."
    assert lead.post(here, {"upon": 1, Told.TEXT: words}).status_code == 302
    lead.post(reverse("reports:share", args=[report.pk]))
    page = sanna.get(reverse("draft:read", args=[report.pk]))
    assert "We spoke of how work is shared." in text(page)
    quote = "Next we look at breaks."
    suggestion = {"kind": "suggestion", "text": "Next we look at rest.", "quote": quote}
    assert sanna.post(reverse("draft:remark", args=[report.pk, Told.TEXT, 2]), suggestion).status_code == 302
    assert "Next we look at rest." in text(lead.get(here))
    said = as_lead(agreed, lambda: report.remarks.get())
    lead.post(here, {"upon": newest(agreed).revision, Told.TEXT: words, "do": f"take:{said.pk}"})
    words_seen = text(sanna.get(reverse("draft:read", args=[report.pk])))
    assert "What has changed since you last read" in words_seen
    assert "The wording was taken." in words_seen

    lead.post(reverse("reports:ask", args=[report.pk]), {"answer_by": f"{ANSWER_BY:%d.%m.%Y}"})
    words_seen = text(sanna.get(reverse("draft:read", args=[report.pk])))
    assert "Silence never counts as a yes." in words_seen
    assert "0 of 3 have approved." in words_seen
    assert "Tiina Tamm" in words_seen, "who will read it"
    seen = as_lead(agreed, lambda: current(newest(agreed)).hash)
    answer = {"verdict": Verdict.APPROVES, "seen": seen}
    assert sanna.post(reverse("draft:answer", args=[report.pk]), answer).status_code == 302
    with transaction.atomic():
        others = [one for one in people(agreed) if one.person.user_id != agreed.supervisee.pk]
    for one in others:
        lead.post(reverse("reports:record", args=[report.pk, one.pk]), {"seen": seen})
    page = lead.get(reverse("reports:release", args=[report.pk]))
    assert "Tiina Tamm" in text(page)
    shown = re.search(r'name="seen" value="([0-9a-f]{64})"', page.content.decode())
    assert shown
    lead.post(reverse("reports:release", args=[report.pk]), {"seen": shown[1]})
    assert newest(agreed).state == ReportState.HANDED
    theirs = reverse("received:report", args=[report.pk])
    assert tiina.get(theirs).status_code == 404, "it can be taken back still"

    leave()
    assert "new" in text(tiina.get(reverse("client_home")))
    assert text(tiina.get(theirs)).count("Interim report") >= 1
    file = tiina.get(reverse("received:file", args=[report.pk]))
    assert file.content.startswith(b"%PDF")
    assert tiina.post(theirs, {"name": ""}).status_code == 200
    assert tiina.post(theirs, {"name": "Tiina Tamm"}).status_code == 302
    assert "Acknowledged as read by Tiina Tamm" in text(sanna.get(reverse("draft:read", args=[report.pk])))
    assert "The report that was handed over" in text(sanna.get(reverse("reads:reads", args=[process])))
    assert file.content == lead.get(reverse("reports:file", args=[report.pk])).content


def test_what_the_clause_does_not_name_cannot_be_chosen_and_the_page_says_why(agreed: Cast) -> None:
    lead = browser(agreed.lead)
    page = lead.get(reverse("reports:begin", args=[agreed.engagement.pk, "attendance"]))
    assert "The clause of the contract does not name this for such a report." in text(page)
    frame = {"since": "23.11.2026", "until": "23.12.2026", "language": "en", "sections": [Told.TEXT]}
    answer = lead.post(reverse("reports:begin", args=[agreed.engagement.pk, "attendance"]), frame)
    assert answer.status_code == 200
    assert not as_lead(agreed, lambda: Report.objects.exists())


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"since": "31.12.2026"}, "The last day cannot be before the first."),
        ({"until": "31.12.2026"}, "The last day is still to come."),
        ({"since": "1.1.2020"}, "A report tells of three years at most."),
        ({"until": "soon"}, "day"),
        ({"sections": []}, "Choose at least one section."),
        ({"language": "de"}, "Select a valid choice"),
    ],
)
def test_a_frame_that_cannot_be_gets_a_sentence(agreed: Cast, values: dict[str, Any], sentence: str) -> None:
    frame = {"since": "23.11.2026", "until": "23.12.2026", "language": "en", "sections": [Told.TEXT]} | values
    answer = browser(agreed.lead).post(reverse("reports:begin", args=[agreed.engagement.pk, "interim"]), frame)
    assert answer.status_code == 200
    assert sentence in text(answer)
    if isinstance(values.get("since"), str):
        assert f'value="{values["since"]}"' in answer.content.decode()


def test_a_text_written_upon_an_older_one_is_not_lost(agreed: Cast) -> None:
    report = as_lead(agreed, lambda: begin(agreed))
    lead, co = browser(agreed.lead), browser(agreed.co_supervisor)
    here = reverse("reports:report", args=[report.pk])
    upon = newest(agreed).revision
    co.post(here, {"upon": upon, Told.TEXT: "Kalle wrote this."})
    page = lead.post(here, {"upon": upon, Told.TEXT: "Liisa wrote that."})
    assert "Somebody else has changed the report meanwhile." in text(page)
    assert "Kalle wrote this." in text(page)
    assert "Liisa wrote that." in page.content.decode()
    assert lead.post(here, {"upon": upon + 1, Told.TEXT: "Both."}).status_code == 302


def test_a_text_that_is_too_long_gets_a_sentence_and_stays(agreed: Cast) -> None:
    report = as_lead(agreed, lambda: begin(agreed))
    here = reverse("reports:report", args=[report.pk])
    page = browser(agreed.lead).post(here, {"upon": newest(agreed).revision, Told.TEXT: "ä" * 100_000})
    assert page.status_code == 200
    assert "20" in text(page)
    assert "ä" * 100_000 in page.content.decode()


def test_an_objection_needs_its_reason_and_a_changed_text_is_read_again(agreed: Cast) -> None:
    report = as_lead(agreed, lambda: ask(agreed, begin(agreed)))
    sanna = browser(agreed.supervisee)
    there = reverse("draft:answer", args=[report.pk])
    page = sanna.post(there, {"verdict": Verdict.OBJECTS, "seen": "0" * 64, "reason": ""})
    assert "Say what you object to" in text(page)
    page = sanna.post(there, {"verdict": Verdict.OBJECTS, "seen": "0" * 64, "reason": "Not like this."})
    assert "The text has changed since you opened it." in text(page)
    assert "Not like this." in page.content.decode()
    seen = as_lead(agreed, lambda: current(newest(agreed)).hash)
    assert sanna.post(there, {"verdict": Verdict.OBJECTS, "seen": seen, "reason": "Not like this."}).status_code == 302
    assert "Not like this." in text(browser(agreed.lead).get(reverse("reports:report", args=[report.pk])))


def test_who_has_left_reads_what_they_were_asked_and_may_object(agreed: Cast) -> None:
    report = as_lead(agreed, lambda: ask(agreed, begin(agreed)))
    with transaction.atomic():
        [mine] = [one for one in people(agreed) if one.person.user_id == agreed.supervisee.pk]
        mine.left_on = LATER.date()
        mine.save()
    sanna = browser(agreed.supervisee)
    page = sanna.get(reverse("draft:read", args=[report.pk]))
    assert "Olemme puhuneet työnjaosta." in text(page)
    seen = as_lead(agreed, lambda: current(newest(agreed)).hash)
    values = {"verdict": Verdict.OBJECTS, "seen": seen, "reason": "I was there."}
    assert sanna.post(reverse("draft:answer", args=[report.pk]), values).status_code == 302
    codes = as_lead(agreed, lambda: [stop.code for stop in releasing.stops(newest(agreed), now=LATER)])
    assert "objects" in codes


def test_who_has_left_finds_on_their_own_page_what_they_are_asked(agreed: Cast) -> None:
    report = as_lead(agreed, lambda: ask(agreed, begin(agreed)))
    with transaction.atomic():
        asking.become(agreed.lead)
        Participation.objects.filter(person__user=agreed.supervisee).update(left_on=LATER.date())
    with transaction.atomic():
        asking.become(agreed.supervisee)
        assert [each.report_id for each in to_approve(agreed.supervisee, most=3)] == [report.pk]
        assert not Engagement.objects.visible_to(agreed.supervisee).exists()


def test_the_practice_knows_that_a_report_is_out_and_nothing_of_it(agreed: Cast) -> None:
    released(agreed)
    as_lead(agreed, lambda: begin(agreed))
    page = browser(agreed.practice_admin).get(reverse("practice_reports"))
    assert text(page).count("Interim report: Otso") == 1
    assert "Olemme puhuneet" not in text(page)
    assert not browser(agreed.stranger).get(reverse("practice_reports")).context["page"].rows


def test_a_contact_that_leaves_loses_access_at_once(agreed: Cast) -> None:
    report = released(agreed)
    tiina = browser(agreed.contact)
    addresses = [reverse(f"received:{name}", args=[report.pk]) for name in ("report", "file")]
    assert [tiina.get(each).status_code for each in addresses] == [200, 200]
    with transaction.atomic():
        asking.become(agreed.lead)
        Contact.objects.filter(pk=agreed.client_contact.pk).update(left_on=LATER.date())
    assert [tiina.get(each).status_code for each in addresses] == [404, 404]
    assert "Interim report" not in text(tiina.get(reverse("received:list")))


def named(agreed: Cast, *, contact: bool, manager: Person | None = None) -> None:
    """Agree on a version that names the contact or not, and a line manager who reads reports or none."""

    def name(draft: Contract) -> None:
        draft.parties.exclude(kind=ContractParty.Kind.SUPERVISOR).delete()
        if contact:
            ContractParty.objects.create(
                contract=draft, kind=ContractParty.Kind.CONTACT, person=agreed.client_contact.person,
                contact=agreed.client_contact, orders=True, reads_reports=True,
            )  # fmt: skip
        if manager:
            ContractParty.objects.create(
                contract=draft, kind=ContractParty.Kind.LINE_MANAGER, person=manager, reads_reports=True
            )

    with transaction.atomic():
        asking.become(agreed.lead)
        told = [{"what": what, "when": when, "approval": approval} for what, when, approval, _silence in CLAUSE]
        make_next_version(agreed.engagement, told=told, parties=name)


def test_a_line_manager_whom_a_later_version_drops_loses_access_at_once(agreed: Cast) -> None:
    with transaction.atomic():
        boss = make_user("paavo@otso.example", "Paavo Pomo")
        asking.become(agreed.lead)
        manager = make_person(agreed.practice, "Paavo", "Pomo", boss)
    named(agreed, contact=True, manager=manager)
    there = reverse("received:report", args=[released(agreed).pk])
    assert browser(boss).get(there).status_code == 200
    named(agreed, contact=True)
    assert browser(boss).get(there).status_code == 404
    assert browser(agreed.contact).get(there).status_code == 200


def test_a_contact_whom_a_later_version_does_not_name_keeps_what_was_handed_over(agreed: Cast) -> None:
    report = released(agreed)
    named(agreed, contact=False)
    tiina = browser(agreed.contact)
    assert tiina.get(reverse("received:report", args=[report.pk])).status_code == 200
    assert tiina.get(reverse("received:file", args=[report.pk])).status_code == 200
    assert "Interim report" in text(tiina.get(reverse("received:list")))
    assert tiina.get(reverse("engagements:detail", args=[agreed.engagement.pk])).status_code == 404


def test_who_left_and_came_back_answers_once_and_their_objection_stays_until_they_do(agreed: Cast) -> None:
    report = as_lead(agreed, lambda: ask(agreed, begin(agreed)))
    [mine] = [one for one in as_lead(agreed, lambda: people(agreed)) if one.person.user_id == agreed.supervisee.pk]

    def say(verdict: str) -> None:
        seen = as_lead(agreed, lambda: current(newest(agreed)).hash)
        values = {"verdict": verdict, "seen": seen, "reason": "Not like this."}
        assert browser(agreed.supervisee).post(reverse("draft:answer", args=[report.pk]), values).status_code == 302

    def stands() -> list[str]:
        found: list[str] = as_lead(agreed, lambda: [stop.code for stop in releasing.stops(newest(agreed), now=LATER)])
        return sorted(found)

    say(Verdict.OBJECTS)
    with transaction.atomic():
        asking.become(agreed.lead)
        mine.left_on = LATER.date()
        mine.save()
        Participation.objects.create(engagement=agreed.engagement, person=mine.person, joined_on=LATER.date())
    with as_role(Role.WORKER):
        releasing.move(LATER)
    assert stands() == ["objects", "waiting", "waiting"], "removing somebody removes no objection"
    with time_machine.travel(LATER + timedelta(minutes=5), tick=False):
        say(Verdict.APPROVES)
    assert stands() == ["waiting", "waiting"]


def test_a_withdrawn_report_leaves_a_dated_notice_and_no_file(agreed: Cast) -> None:
    report = released(agreed)
    lead, tiina = browser(agreed.lead), browser(agreed.contact)
    with time_machine.travel(LATER + timedelta(minutes=20)):
        lead.post(reverse("reports:withdraw", args=[report.pk]), {"why": "error"})
        page = text(tiina.get(reverse("received:report", args=[report.pk])))
        assert "withdrawn on 23 Dec 2026" in page
        assert "It contained an error." in page
        assert tiina.get(reverse("received:file", args=[report.pk])).status_code == 404
        made = lead.post(reverse("reports:correct", args=[report.pk]))
        assert "corrects the one of" in text(lead.get(made["Location"]))


def test_a_page_costs_as_many_queries_for_thirty_remarks_as_for_one(agreed: Cast) -> None:
    report = as_lead(agreed, lambda: begin(agreed, text="\n\n".join(f"Kappale {n}." for n in range(30))))
    lead, sanna = browser(agreed.lead), browser(agreed.supervisee)
    lead.post(reverse("reports:share", args=[report.pk]))

    def say(number: int) -> None:
        there = reverse("draft:remark", args=[report.pk, Told.TEXT, number])
        values = {"kind": "comment", "text": "Hyvä.", "quote": f"Kappale {number - 1}."}
        assert sanna.post(there, values).status_code == 302

    def cost(client: Client, name: str) -> int:
        client.get(reverse(name, args=[report.pk]))
        with connection.execute_wrapper(counted := Counted()):
            client.get(reverse(name, args=[report.pk]))
        return counted.number

    say(1)
    before = cost(lead, "reports:report"), cost(sanna, "draft:read")
    for number in range(2, 31):
        say(number)
    assert (cost(lead, "reports:report"), cost(sanna, "draft:read")) == before


class Counted:
    def __init__(self) -> None:
        self.number = 0

    def __call__(self, execute: Any, *arguments: Any) -> Any:
        self.number += 1
        return execute(*arguments)


def test_nothing_that_is_typed_becomes_markup(agreed: Cast) -> None:
    report = as_lead(agreed, lambda: begin(agreed, text="<script>alert(1)</script>"))
    page = browser(agreed.lead).get(reverse("reports:report", args=[report.pk])).content.decode()
    assert "<script>alert(1)" not in page
    assert escape("<script>alert(1)") in page


def test_what_is_handed_over_is_in_hand_for_ten_minutes(agreed: Cast) -> None:
    report = as_lead(agreed, lambda: hand_over(agreed, approve(agreed, ask(agreed, begin(agreed)))))
    lead = browser(agreed.lead)
    assert "Take it back" in text(lead.get(reverse("reports:release", args=[report.pk])))
    lead.post(reverse("reports:take_back", args=[report.pk]))
    assert newest(agreed).state == ReportState.ASKED
