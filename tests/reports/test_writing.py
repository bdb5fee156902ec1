"""Writing a report on its page: nothing that was typed is lost, and what is shown of it is what was agreed."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import asking
from engagements.models import Told
from reports.actions import releasing, remarks, writing
from reports.models import Remark, Report, ReportState
from reports.reading import current, current_body
from tests.conftest import NOW
from tests.evaluation_story import answered, make_people
from tests.report_story import LATER, ask, begin, clause, hand_over, released

Cast = Any
Enter = Callable[[Any], Client]


@pytest.fixture(autouse=True)
def a_month_later() -> Any:
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def lead(cast: Cast, enter: Enter) -> Client:
    clause(cast)
    return enter(cast.lead)


def at(name: str, report: Report, *more: Any) -> str:
    return reverse(f"reports:{name}", args=[report.pk, *more])


def text_now(cast: Cast, report: Report, what: str = Told.TEXT) -> str:
    asking.become(cast.lead)
    report.refresh_from_db()
    section = current_body(report).section(what)
    return section.text if section else ""


def said(cast: Cast, report: Report, text: str, *, kind: str = "suggestion", quote: str = "") -> Remark:
    asking.become(cast.lead)
    if report.shared_at is None:
        writing.share(report, by=cast.lead, now=LATER)
    asking.become(cast.supervisee)
    made = remarks.remark(report, Told.TEXT, quote, text, kind=kind, by=cast.supervisee, now=LATER)
    asking.become(cast.lead)
    return made


# --- nothing is lost ------------------------------------------------------------------------------------------------


def test_every_button_keeps_what_was_typed(cast: Cast, lead: Client) -> None:
    report = begin(cast)
    one = said(cast, report, "Olemme sopineet työnjaosta.", quote="Olemme puhuneet työnjaosta.")
    typed = "Uusi alku.\n\nOlemme puhuneet työnjaosta."
    leads_to = {
        "save": at("report", report),
        "fill:dates": at("report", report),
        "sections": at("sections", report),
        f"answer:{one.pk}": at("remark", report, one.pk),
        "ask": at("ask", report),
    }
    for number, (do, place) in enumerate(leads_to.items()):
        report.refresh_from_db()
        words = f"{typed}\n\n{number}"
        answer = lead.post(at("report", report), {"upon": report.revision, Told.TEXT: words, "do": do})
        assert answer["Location"] == place, do
        assert text_now(cast, report) == words, do
    values = {"upon": report.revision, Told.TEXT: typed, "do": f"take:{one.pk}"}
    lead.post(at("report", report), values)
    assert text_now(cast, report) == "Uusi alku.\n\nOlemme sopineet työnjaosta."


def test_a_preview_shows_and_keeps_nothing(cast: Cast, lead: Client) -> None:
    report = begin(cast)
    before = report.revision
    values = {"upon": before, Told.TEXT: "**Keskeistä** on lepo.", "do": "preview"}
    page = lead.post(at("report", report), values)
    assert "<strong>Keskeistä</strong> on lepo." in page.text
    assert "**Keskeistä** on lepo.</textarea>" in page.text
    report.refresh_from_db()
    assert report.revision == before


def test_what_was_typed_in_a_section_that_somebody_took_out_stands_on_the_page(cast: Cast, lead: Client) -> None:
    report = begin(cast)
    upon = report.revision
    asking.become(cast.co_supervisor)
    writing.choose_sections(report, [Told.DATES, Told.THEMES], upon=upon, by=cast.co_supervisor, now=LATER)
    page = lead.post(at("report", report), {"upon": upon, Told.TEXT: "Liisan pitkä teksti."})
    assert page.status_code == 200
    assert "Liisan pitkä teksti." in page.text
    assert "was taken out meanwhile" in page.text


@pytest.mark.parametrize(
    "do",
    ["take:", "take:nothing", f"take:{UUID(int=7)}", "fill:costs", "fill:'", "answer:x", "explode:now", "\0", "a" * 61],
)
def test_a_button_that_is_none_does_nothing_and_breaks_nothing(cast: Cast, lead: Client, do: str) -> None:
    report = begin(cast)
    values = {"upon": report.revision, Told.TEXT: "Olemme puhuneet työnjaosta.", "do": do}
    assert lead.post(at("report", report), values).status_code in (200, 302)
    assert text_now(cast, report) == "Olemme puhuneet työnjaosta."


@pytest.mark.parametrize("upon", ["", "0", "-1", "x", "99999", "1e3"])
def test_a_wording_that_is_none_is_not_written_upon(cast: Cast, lead: Client, upon: str) -> None:
    report = begin(cast)
    page = lead.post(at("report", report), {"upon": upon, Told.TEXT: "Toinen."})
    assert page.status_code == 200
    assert "Toinen.</textarea>" in page.text
    assert text_now(cast, report) == "Olemme puhuneet työnjaosta."


def test_a_comment_is_not_taken_and_what_has_changed_says_so(cast: Cast, lead: Client) -> None:
    report = begin(cast)
    comment = said(cast, report, "Hyvä.", kind="comment")
    page = lead.post(at("report", report), {"upon": report.revision, "do": f"take:{comment.pk}"})
    assert "This is a comment, not another wording: answer it." in page.text
    wording = said(cast, report, "Toisin.", quote="Olemme puhuneet työnjaosta.")
    report.refresh_from_db()
    values = {"upon": report.revision, Told.TEXT: "Jotain muuta.", "do": f"take:{wording.pk}"}
    page = lead.post(at("report", report), values)
    assert "The paragraph has changed since" in page.text
    assert "Jotain muuta.</textarea>" in page.text


# --- what the clause allows -----------------------------------------------------------------------------------------


def test_a_section_that_the_clause_does_not_name_is_shown_with_its_reason(cast: Cast, enter: Enter) -> None:
    clause(cast, [(Told.DATES, "monthly", "none", None), (Told.TEXT, "request", "everyone", 14)])
    page = enter(cast.lead).get(reverse("reports:begin", args=[cast.engagement.pk, "interim"]))
    boxes = dict(re.findall(r'name="sections" value="(\w+)"([^>]*)>', page.text))
    assert {what for what, rest in boxes.items() if "disabled" not in rest} == {Told.DATES, Told.TEXT}
    assert page.text.count("The clause of the contract does not name this for such a report.") == 6
    assert "By the contract silence counts as a yes after 14 days." in page.text
    assert "By the clause alone, without approval. Told up to 30 Nov 2026 now." in page.text
    assert page.context["form"].initial["until"].isoformat() == "2026-11-30", "as far as all of it is told"


def test_where_nothing_is_named_no_form_stands(cast: Cast, enter: Enter) -> None:
    clause(cast, [(Told.DATES, "monthly", "none", None)])
    page = enter(cast.lead).get(reverse("reports:begin", args=[cast.engagement.pk, "final"]))
    assert page.status_code == 200
    assert "sections" in page.context["form"].fields
    clause(cast, [])
    page = enter(cast.lead).get(reverse("reports:begin", args=[cast.engagement.pk, "final"]))
    assert "agree on a change of the contract first" in page.text
    assert 'name="sections"' not in page.text


def test_sections_are_added_with_their_facts_and_never_all_taken_away(cast: Cast, lead: Client) -> None:
    report = begin(cast)
    answer = lead.post(at("sections", report), {"sections": [Told.MINUTES, Told.TEXT]})
    assert answer["Location"] == at("report", report)
    assert text_now(cast, report) == "Olemme puhuneet työnjaosta."
    assert current_body(report).names == [Told.MINUTES, Told.TEXT]
    assert "Choose at least one section." in lead.post(at("sections", report), {}).text
    page = lead.post(at("sections", report), {"sections": [Told.NAMES]})
    assert page.status_code == 200
    assert current_body(report).names == [Told.MINUTES, Told.TEXT]


# --- to look at again -----------------------------------------------------------------------------------------------


def test_warnings_stand_beside_the_draft_and_stop_nothing(cast: Cast, lead: Client) -> None:
    report = begin(cast, text="Hyvin meni.\n\nSilloin Sannan ehdotus auttoi. Asiakas, 14-vuotias, palasi.")
    page = lead.get(at("report", report))
    found = [(each.why, each.what, each.paragraph) for each in page.context["warnings"]]
    assert found == [("name", Told.TEXT, 2), ("client", Told.TEXT, 2)]
    assert "This names somebody in the process." in page.text
    answer = lead.post(at("ask", report), {"answer_by": f"{LATER + timedelta(days=10):%d.%m.%Y}"})
    assert answer["Location"] == at("report", report)
    assert lead.get(at("report", report)).context["warnings"]


def test_who_has_left_counts_as_named_and_a_draft_without_text_is_in_peace(cast: Cast, lead: Client) -> None:
    report = begin(cast, text="Villen lähtö näkyi.")
    asking.become(cast.lead)
    cast.engagement.participations.filter(person=cast.people[2]).update(left_on=LATER.date())
    assert [each.words for each in lead.get(at("report", report)).context["warnings"]] == ["Villen"]
    empty = begin(cast, Told.DATES)
    assert lead.get(at("report", empty)).context["warnings"] == []


def test_an_answer_to_an_evaluation_is_noticed_and_nobody_is_said_to_have_read_it(settled: Cast) -> None:
    with transaction.atomic():
        clause(settled)
        make_people(settled.engagement, settled.lead, 3)
    own = "Palaverit venyvät aina liian pitkiksi iltapäivisin"
    answered(settled.engagement, settled.lead, [{"climate": 3, "energy": 6, "own": own}] * 6)
    with transaction.atomic():
        report = begin(settled, text=f"Eräs sanoi, että {own.lower()}.")
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(settled.lead)
    page = browser.get(at("report", report))
    assert [each.why for each in page.context["warnings"]] == ["quote"]
    with transaction.atomic(), connection.cursor() as cursor:
        asking.become(settled.lead)
        cursor.execute("SELECT count(*) FROM audit_entry WHERE event = 'evaluation.read'")
        assert cursor.fetchone() == (0,)


# --- handing over ---------------------------------------------------------------------------------------------------


def test_the_page_of_handing_over_shows_the_file_and_lets_it_alone_be_shown(cast: Cast, lead: Client) -> None:
    report = begin(cast, Told.DATES)
    page = lead.get(at("release", report))
    assert f'<object class="paper" data="{at("file", report)}#' in page.text
    policy = page["Content-Security-Policy"]
    assert "object-src 'self'" in policy
    assert "default-src 'none'" in policy
    file = lead.get(at("file", report))
    assert "frame-ancestors 'self'" in file["Content-Security-Policy"]
    assert file["X-Frame-Options"] == "SAMEORIGIN"
    other = lead.get(at("report", report))
    assert "object-src 'none'" in other["Content-Security-Policy"]
    assert other["X-Frame-Options"] == "DENY"
    asking.become(cast.lead)
    assert page.context["revision"].pdf_sha256 == current(report).pdf_sha256 != ""


def test_what_stands_against_it_is_said_in_sentences_and_no_button_is_there(cast: Cast, lead: Client) -> None:
    report = ask(cast, begin(cast))
    page = lead.get(at("release", report))
    assert page.text.count("has not answered.") == 3
    assert "Hand over exactly this file" not in page.text


@pytest.mark.parametrize("seen", ["", "0" * 64, "x"])
def test_another_file_than_the_one_shown_is_not_handed_over(cast: Cast, lead: Client, seen: str) -> None:
    report = begin(cast, Told.DATES)
    page = lead.post(at("release", report), {"seen": seen})
    assert page.status_code == 200
    asking.become(cast.lead)
    report.refresh_from_db()
    assert report.state == ReportState.WRITING


def test_what_is_on_its_way_is_not_written(cast: Cast, lead: Client) -> None:
    report = hand_over(cast, begin(cast, Told.DATES))
    lead.post(at("report", report), {"upon": report.revision, "do": "fill:dates"})
    asking.become(cast.lead)
    report.refresh_from_db()
    assert report.state == ReportState.HANDED
    assert report.leaves_at == LATER + releasing.UNDO


def test_withdrawing_says_honestly_who_has_it_and_who_has_seen_it(settled: Cast) -> None:
    with transaction.atomic():
        clause(settled)
    report = released(settled)
    lead, tiina = Client(headers={"accept-language": "en"}), Client(headers={"accept-language": "en"})
    lead.force_login(settled.lead)
    tiina.force_login(settled.contact)
    page = lead.get(at("withdraw", report))
    assert "Tiina Tamm" in page.text
    assert "The client has not opened it here." in page.text
    assert tiina.get(reverse("received:file", args=[report.pk])).status_code == 200
    tiina.post(reverse("received:report", args=[report.pk]), {"name": "Tiina Tamm"})
    for name in ("withdraw", "report"):
        page = lead.get(at(name, report))
        assert re.search(r"The client has opened it [12] times?, last", page.text), name
        assert "Acknowledged as read by Tiina Tamm" in page.text, name


# --- what it costs --------------------------------------------------------------------------------------------------


def test_thirty_paragraphs_cost_as_many_queries_as_one(cast: Cast, lead: Client) -> None:
    def cost(report: Report) -> int:
        lead.get(at("report", report))
        with CaptureQueriesContext(connection) as captured:
            lead.get(at("report", report))
        return len(captured)

    one = cost(begin(cast, text="Hyvin meni."))
    assert cost(begin(cast, text="\n\n".join(f"Sanna sanoi {n}." for n in range(30)))) == one


def test_the_days_of_a_report_begin_after_the_last_one_that_left(settled: Cast) -> None:
    with transaction.atomic():
        clause(settled)
    released(settled, until=NOW.date() + timedelta(days=10))
    lead = Client(headers={"accept-language": "en"})
    lead.force_login(settled.lead)
    page = lead.get(reverse("reports:begin", args=[settled.engagement.pk, "interim"]))
    assert page.context["form"].initial["since"] == NOW.date() + timedelta(days=11)


@pytest.mark.parametrize("why", ["", "spite"])
def test_a_report_is_not_withdrawn_without_a_reason_of_ours(settled: Cast, why: str) -> None:
    with transaction.atomic():
        clause(settled)
    report = released(settled)
    lead = Client(headers={"accept-language": "en"})
    lead.force_login(settled.lead)
    page = lead.post(at("withdraw", report), {"why": why})
    assert page.context["form"].errors["why"]
    with transaction.atomic():
        asking.become(settled.lead)
        report.refresh_from_db()
        assert report.state == ReportState.RELEASED
