"""Who may open what: every address of ours × every member of the cast × own and foreign objects, by GET and by POST.

A page without a row fails, and so does a row without a page. A stranger gets 404, never 403.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import Invitation, Membership
from audit import asking
from billing.actions import mark_invoiced
from billing.reading import Inside, all_open
from documents.uploads import Clean
from engagements import actions
from engagements.actions.statutory import mark_statutory
from engagements.models import (
    ContractParty,
    ContractTemplate,
    CoSupervisor,
    Engagement,
    Goal,
    LibraryGoal,
    Proposal,
    SignatureRequest,
    State,
)
from evaluations.effects.totals import tell
from evaluations.questionnaires import actions as questionnaires
from evaluations.results.changes import agree
from formats.clock import HELSINKI
from notifications import outbox
from notifications.models import Message
from portfolio import actions as portfolio
from portfolio.cases import actions as cases
from portfolio.cases.written import Written as CaseText
from portfolio.ethics import SHIPPED
from portfolio.models import KeptFile, Training
from privacy.duties.actions import write_down
from privacy.incidents.actions import write_down as write_breach_down
from privacy.models import DutyReport
from privacy.own.actions import ask as ask_about_data
from privacy.retention import holding
from privacy.visibility.rows import Level, level, rows, rows_of
from reports.actions.remarks import remark
from sessions.board.actions import put_up
from sessions.busy import actions as busy
from sessions.busy.reading import Found
from sessions.closing import agenda, words
from sessions.closing.actions import add_to_memo
from sessions.community.themes import propose
from sessions.diary.actions import write
from sessions.models import (
    Attendance,
    FacilitationTemplate,
    Fee,
    Note,
    NoteTemplate,
    Offer,
    OfferedTime,
    Series,
    Session,
    Word,
)
from sessions.notes import actions as notes
from sessions.notes.written import Written
from sessions.progress.actions import note_progress
from sessions.tasks import actions as tasks
from sessions.tasks import answering
from tests.conftest import NOW, make_engagement, make_session
from tests.evaluation_story import make_round
from tests.report_story import ask, begin, clause
from transfer.archive.keys import own_key
from transfer.importing import actions as importing
from transfer.models import Receiver
from vault import opening

Cast = Any

LEADING: Final = {"lead", "co_supervisor"}
SUPERVISORS: Final = LEADING | {"stranger"}
SUPERVISEES: Final = {"supervisee", "stranger_supervisee"}
ADMINS: Final = {"lead", "practice_admin"}
INSIDE: Final = LEADING | {"practice_admin"}
#: Pages that are a mail.
MAILS: Final = {"notifications:kind_html"}
EVERYBODY: Final = SUPERVISORS | SUPERVISEES | {"contact", "practice_admin", "administrator"}

#: Pages that a visitor may open without signing in.
PUBLIC: Final = {
    "home",
    "set_language",
    "set_theme",
    "set_keys",
    "security_txt",
    "csp_report",
    "accounts:invitation",
    "accounts:openid_log_in",
    "accounts:openid_back",
    "notifications:decline",
    "sign:link",
    "sign:new_link",
    "documents:check",
    "law:register",
    "law:entry",
    "law:aids",
    "law:aid",
    "visibility",
    "help",
    "feeds:feed",
    "answer:door",
    "answer:start",
    "answer:enter",
    "answer:question",
    "answer:review",
    "answer:done",
    "answer:remove",
    "papers:notice",
    "papers:notice_pdf",
}

#: Page → the object its address names and who may open it. "" names none; then strangers open their own such page.
ACCESS: Final[dict[str, tuple[str, set[str]]]] = {
    # homes
    "switch_role": ("", EVERYBODY),
    "today": ("", SUPERVISORS),
    "first_steps_dismiss": ("", SUPERVISORS),
    "example_make": ("", SUPERVISORS),
    "example_remove": ("", SUPERVISORS),
    "portal": ("", SUPERVISEES),
    "client_home": ("", {"contact"}),
    "practice_home": ("", ADMINS | {"stranger"}),
    "practice_supervisors": ("", ADMINS | {"stranger"}),
    "practice_reports": ("", ADMINS | {"stranger"}),
    "practice_message_log": ("", ADMINS | {"stranger"}),
    "practice_messages": ("", ADMINS | {"stranger"}),
    "practice_message_again": ("given_up", ADMINS),
    "search": ("", EVERYBODY - {"administrator"}),
    # the key of one's notes
    **{
        f"vault:{page}": ("", SUPERVISORS)
        for page in (
            "key",
            "create",
            "sheet",
            "sheet_new",
            "sheet_pdf",
            "passphrase",
            "replace",
            "recover",
            "unlock",
            "lock",
            "state",
            "stay",
        )
    },
    # one's own data, requests about it, the papers of data protection, breaches
    "own:data": ("", EVERYBODY),
    "own:json": ("", EVERYBODY),
    "own:pdf": ("", EVERYBODY),
    "own:ask": ("", EVERYBODY),
    "own:request": ("data_request", {"supervisee"}),
    "own:received": ("", INSIDE | {"stranger"}),
    "own:handle": ("data_request", ADMINS),
    "own:extend": ("data_request", ADMINS),
    "papers:list": ("practice", INSIDE),
    "papers:contact": ("practice", ADMINS),
    "papers:paper": ("paper", INSIDE),
    "papers:pdf": ("paper", INSIDE),
    "incidents:log": ("practice", INSIDE),
    "incidents:new": ("practice", INSIDE),
    "incidents:incident": ("incident", INSIDE),
    "incidents:edit": ("incident", INSIDE),
    "incidents:pdf": ("incident", INSIDE),
    # people
    "people:list": ("", INSIDE | {"stranger"}),
    "people:person": ("person", INSIDE),
    "people:edit": ("person", INSIDE),
    # sessions
    "sessions:list": ("engagement", LEADING | {"supervisee"}),
    "sessions:book": ("engagement", LEADING),
    "sessions:book_any": ("", SUPERVISORS),
    "sessions:series": ("engagement", LEADING),
    "sessions:series_dates": ("engagement", LEADING),
    "sessions:move_several": ("of_series", LEADING),
    "sessions:place_several": ("of_series", LEADING),
    "sessions:cancel_several": ("of_series", LEADING),
    "sessions:detail": ("session", LEADING | {"supervisee"}),
    "sessions:move": ("session", LEADING),
    "sessions:place": ("session", LEADING),
    "sessions:cancel": ("session", LEADING),
    "sessions:held": ("session", LEADING),
    "sessions:close": ("session", LEADING),
    "sessions:waive": ("session", LEADING),
    "sessions:unmarked": ("", SUPERVISORS),
    "sessions:memo": ("session", LEADING),
    "sessions:memo_keep": ("session", LEADING),
    "sessions:memo_versions": ("session", LEADING),
    "sessions:additions": ("session", {"supervisee"}),
    "sessions:addition": ("addition", {"supervisee"}),
    "sessions:addition_remove": ("addition", {"supervisee"}),
    "sessions:agenda": ("session", LEADING | {"supervisee"}),
    "sessions:agenda_item": ("point", LEADING | {"supervisee"}),
    "sessions:words": ("", SUPERVISORS),
    "sessions:word": ("word", LEADING),
    "sessions:word_away": ("word", LEADING),
    "sessions:no_show": ("session", LEADING),
    "sessions:cancel_own": ("session", {"supervisee"}),
    # calendars elsewhere
    "offers:new": ("engagement", LEADING),
    "offers:offer": ("offer", LEADING | {"supervisee"}),
    "offers:record": ("offer_person", LEADING),
    "offers:choose": ("offer_time", LEADING),
    "offers:withdraw": ("offer", LEADING),
    "sessions:cannot_come": ("session", {"supervisee"}),
    "notifications:own": ("", EVERYBODY),
    "notifications:kinds": ("", EVERYBODY),
    "notifications:kind": ("kind_of_message", EVERYBODY),
    "notifications:kind_html": ("kind_of_message", EVERYBODY),
    "notifications:defaults": ("practice", ADMINS),
    "feeds:own": ("", EVERYBODY),
    "busy:own": ("", SUPERVISORS),
    "busy:add_address": ("", SUPERVISORS),
    "busy:add_file": ("", SUPERVISORS),
    "busy:replace": ("busy_file", {"lead"}),
    "busy:again": ("busy_calendar", {"lead"}),
    "busy:remove": ("busy_calendar", {"lead"}),
    "feeds:revoke": ("", EVERYBODY),
    "feeds:by_mail": ("", EVERYBODY),
    # billing
    "billing:list": ("", INSIDE | {"stranger"}),
    "billing:told": ("", {"contact"}),
    "billing:process": ("engagement", INSIDE),
    "billing:travel": ("session", LEADING),
    **{f"billing:{page}": ("open_statement", INSIDE) for page in ("open", "open_pdf", "open_csv")},
    "billing:invoice": ("open_statement", {"lead", "practice_admin"}),
    **{f"billing:{page}": ("basis", INSIDE) for page in ("invoiced", "invoiced_pdf", "invoiced_csv")},
    "sessions:undo": ("session", LEADING),
    # one's own portfolio: what is in it is its owner's alone
    **{
        f"portfolio:{page}": ("", SUPERVISORS)
        for page in ("overview", "ethics", "log", "log_csv", "hours", "hours_csv", "reminder", "summary")
    },
    "portfolio:summary_pdf": ("pdf_language", SUPERVISORS),
    "portfolio:add": ("portfolio_sort", SUPERVISORS),
    "portfolio:commit": ("ethics_version", SUPERVISORS),
    "portfolio:change": ("portfolio_row", {"lead"}),
    "portfolio:remove": ("portfolio_row", {"lead"}),
    "portfolio:file": ("portfolio_file", {"lead"}),
    "portfolio:file_remove": ("portfolio_file", {"lead"}),
    # what goes, what is held, who is erased
    "retention:going": ("", INSIDE | {"stranger"}),
    "retention:hold_process": ("engagement", INSIDE),
    "retention:hold_person": ("person", INSIDE),
    "retention:lift": ("hold", INSIDE),
    "retention:erase": ("person", INSIDE),
    # what comes in from spreadsheets, and what is taken along
    "transfer:imports": ("", INSIDE | {"stranger"}),
    "transfer:batch": ("spreadsheet", {"lead"}),
    "transfer:columns": ("spreadsheet", {"lead"}),
    "transfer:errors": ("spreadsheet", {"lead"}),
    "transfer:leave": ("spreadsheet", {"lead"}),
    "transfer:undo": ("spreadsheet", {"lead"}),
    "transfer:export": ("", SUPERVISORS),
    "transfer:moving": ("practice", ADMINS),
    "transfer:archive": ("moving", ADMINS),
    "transfer:stay": ("practice", ADMINS),
    # tasks between sessions
    "tasks:list": ("engagement", LEADING | {"supervisee"}),
    "tasks:give": ("engagement", LEADING),
    "tasks:own": ("", SUPERVISEES),
    "tasks:detail": ("task", LEADING | {"supervisee"}),
    "tasks:change": ("task", LEADING),
    "tasks:withdraw": ("task", LEADING),
    "tasks:discuss": ("task", LEADING),
    "tasks:reopen": ("task", LEADING),
    "tasks:save": ("task", {"supervisee"}),
    "tasks:comment": ("answer", LEADING),
    "tasks:comment_remove": ("comment", {"lead"}),
    "tasks:file": ("answer_file", LEADING | {"supervisee"}),
    "tasks:file_remove": ("answer_file", {"supervisee"}),
    # evaluations: the supervisee sees what was asked of them, of a round that is closed what came of it
    "rounds:list": ("engagement", LEADING | {"supervisee"}),
    "rounds:plan": ("engagement", LEADING),
    "rounds:plan_all": ("engagement", LEADING),
    "rounds:feedback": ("session", LEADING),
    "rounds:detail": ("round", LEADING | {"supervisee"}),
    "rounds:change": ("round", LEADING),
    "rounds:open": ("round", LEADING),
    "rounds:close": ("round", LEADING),
    "rounds:call_off": ("round", LEADING),
    "rounds:again": ("asked_in_round", LEADING),
    "reports:list": ("engagement", LEADING),
    "reports:begin": ("report_kind", LEADING),
    "reports:report": ("report", LEADING),
    "reports:sections": ("report", LEADING),
    "reports:file": ("report", LEADING),
    "reports:release": ("report", LEADING),
    "reports:withdraw": ("report", LEADING),
    "reports:ask": ("report", LEADING),
    "reports:remark": ("report_said", LEADING),
    "reports:share": ("report", LEADING),
    "reports:discard": ("report", LEADING),
    "reports:take_back": ("report", LEADING),
    "reports:correct": ("report", LEADING),
    "reports:record": ("report_person", LEADING),
    "draft:list": ("engagement", LEADING | {"supervisee"}),
    "draft:read": ("report", {"supervisee"}),
    "draft:file": ("report", {"supervisee"}),
    "draft:answer": ("report", {"supervisee"}),
    "draft:remark": ("report_paragraph", {"supervisee"}),
    "draft:remove": ("report_said", {"supervisee"}),
    # What has not left nobody of the client opens; what has, its recipients do: tests/reports/test_pages.py.
    "received:list": ("", EVERYBODY),
    "received:not_shown": ("", {"contact"}),
    "received:report": ("report", set()),
    "received:meeting": ("engagement", {"contact"}),
    "received:year": ("client_year", {"contact"}),
    "received:year_file": ("client_year", {"contact"}),
    "received:file": ("report", set()),
    # the proof of statutory supervision, and what its author alone has reported
    "provision:told": ("client_year", {"contact"}),
    "provision:told_file": ("client_year", {"contact"}),
    "provision:own": ("client_year", LEADING),
    "provision:own_to": ("client_year_person", LEADING),
    "provision:own_file": ("client_year_person", LEADING),
    "duties:log": ("", SUPERVISORS),
    "duties:new": ("", SUPERVISORS),
    "duties:correct": ("duty", {"lead"}),
    "certificates:list": ("engagement", LEADING | {"supervisee"}),
    "certificates:pdf": ("certificate", LEADING | {"supervisee"}),
    "results:round": ("closed_round", LEADING | {"supervisee"}),
    "results:pdf": ("closed_round", LEADING | {"supervisee"}),
    "results:over_rounds": ("engagement", LEADING | {"supervisee"}),
    "results:agree": ("closed_round", LEADING),
    "results:look_again": ("agreed_change", LEADING),
    "results:take_back": ("agreed", LEADING),
    # private notes: their author's, and of one that is shared its reader's
    "notes:write": ("session", LEADING),
    "notes:of_engagement": ("engagement", LEADING),
    "notes:write_free": ("engagement", LEADING),
    "notes:list": ("", SUPERVISORS),
    "notes:search": ("", SUPERVISORS),
    "notes:preview": ("", SUPERVISORS),
    "notes:export": ("", SUPERVISORS),
    "notes:templates": ("", SUPERVISORS),
    "notes:template_new": ("", SUPERVISORS),
    "notes:template_edit": ("note_template", LEADING),
    "notes:template_archive": ("note_template", LEADING),
    "notes:note": ("note", {"lead"}),
    "notes:edit": ("note", {"lead"}),
    "notes:autosave": ("note", {"lead"}),
    "notes:lock": ("note", {"lead"}),
    "notes:amend": ("note", {"lead"}),
    "notes:version": ("note_version", {"lead"}),
    "notes:share": ("note", {"lead"}),
    "notes:pdf": ("note", {"lead"}),
    "notes:delete": ("note", {"lead"}),
    # cases for ToTo: their author's alone
    "cases:list": ("", SUPERVISORS),
    "cases:new": ("", SUPERVISORS),
    "cases:case": ("case", {"lead"}),
    "cases:delete": ("case", {"lead"}),
    # the calendar
    "calendar:calendar": ("", SUPERVISORS),
    "calendar:working_time": ("", SUPERVISORS),
    "calendar:marks": ("", SUPERVISORS),
    # engagements
    "engagements:list": ("", SUPERVISORS),
    "engagements:open": ("", SUPERVISORS),
    "engagements:detail": ("engagement", LEADING | {"supervisee", "contact"}),
    "engagements:copy": ("engagement", LEADING),
    "engagements:who": ("engagement", LEADING),
    "engagements:how": ("engagement", LEADING),
    "engagements:fill": ("engagement", LEADING),
    "engagements:price": ("engagement", LEADING),
    "engagements:review": ("engagement", LEADING),
    "engagements:people": ("engagement", LEADING),
    "engagements:leave": ("participation", LEADING),
    "engagements:co_supervisors": ("engagement", {"lead"}),
    "engagements:goals": ("engagement", LEADING),
    "engagements:goal": ("goal", LEADING),
    "engagements:levels": ("goal", LEADING),
    "engagements:statutory": ("engagement", {"lead"}),
    # how goals go, the board, the diary, and who has opened what
    "progress:goals": ("engagement", LEADING | {"supervisee"}),
    "progress:goal": ("shared_goal", LEADING | {"supervisee"}),
    "progress:take_back": ("progress", {"lead"}),
    "progress:session": ("session", LEADING | {"supervisee"}),
    "community:sub_groups": ("community", LEADING),
    "community:sub_group": ("sub_group", LEADING),
    "community:sub_group_end": ("sub_group", LEADING),
    "community:company": ("session", LEADING),
    "community:themes": ("community", LEADING | {"supervisee"}),
    "community:theme_support": ("theme", {"supervisee"}),
    "community:theme_recorded": ("theme", LEADING),
    "community:theme_remove": ("theme", LEADING),
    "board:board": ("engagement", LEADING | {"supervisee"}),
    "board:entry": ("board", {"supervisee"}),
    "board:remove": ("board", LEADING | {"supervisee"}),
    "diary:list": ("", {"supervisee", "stranger_supervisee"}),
    "diary:new": ("", {"supervisee", "stranger_supervisee"}),
    "diary:download": ("shape", {"supervisee", "stranger_supervisee"}),
    "diary:entry": ("diary", {"supervisee"}),
    "diary:save": ("diary", {"supervisee"}),
    "diary:delete": ("diary", {"supervisee"}),
    "phases:phase": ("engagement", LEADING),
    "phases:fill": ("session", LEADING),
    "phases:templates": ("", SUPERVISORS),
    "phases:template_new": ("", SUPERVISORS),
    "phases:template_edit": ("facilitation", LEADING),
    "phases:template_archive": ("facilitation", LEADING),
    "reads:reads": ("engagement", LEADING | {"supervisee"}),
    "engagements:send": ("engagement", LEADING),
    "engagements:signing": ("engagement", LEADING),
    "engagements:signing_again": ("asked", LEADING),
    "engagements:signing_deadline": ("asked", LEADING),
    "engagements:signing_paper": ("asked", LEADING),
    "engagements:joining_file": ("asked", LEADING),
    "engagements:joining_ask": ("participation", LEADING),
    "engagements:proposal": ("proposal", LEADING),
    # what is asked of the supervisee
    "sign:read": ("signing", {"supervisee"}),
    "sign:pdf": ("signing", {"supervisee"}),
    "sign:sheet": ("signing", {"supervisee"}),
    "sign:file": ("signing", {"supervisee"}),
    "sign:strong": ("provider", {"supervisee"}),
    "sign:proven": ("signing", {"supervisee"}),
    "sign:confirm": ("signing", {"supervisee"}),
    "sign:code": ("signing", {"supervisee"}),
    "sign:decline": ("signing", {"supervisee"}),
    "sign:propose": ("signing", {"supervisee"}),
    "engagements:withdraw": ("engagement", LEADING),
    "engagements:agree": ("engagement", LEADING),
    "engagements:pause": ("engagement", LEADING),
    "engagements:resume": ("engagement", LEADING),
    "engagements:close": ("engagement", LEADING),
    "engagements:discard": ("engagement", {"lead"}),
    "engagements:amend": ("engagement", LEADING),
    "engagements:grow": ("engagement", LEADING),
    "urgent:begin": ("", SUPERVISORS),
    "engagements:amend_discard": ("engagement", LEADING),
    # contracts, and what a practice keeps for them
    "engagements:contract": ("engagement", INSIDE | {"supervisee", "contact"}),
    "engagements:contract_version": ("version", INSIDE | {"supervisee", "contact"}),
    "engagements:contract_pdf": ("version", INSIDE | {"supervisee", "contact"}),
    "engagements:contract_scan_add": ("version", LEADING),
    "engagements:contract_scan": ("scan", INSIDE | {"supervisee", "contact"}),
    "engagements:contract_scan_withdraw": ("scan", LEADING),
    "engagements:templates": ("", SUPERVISORS),
    "engagements:templates_ship": ("", SUPERVISORS),
    "engagements:template_new": ("", SUPERVISORS),
    "engagements:template_edit": ("template", LEADING),
    "engagements:template_archive": ("template", LEADING),
    "engagements:library": ("", SUPERVISORS),
    "engagements:library_goal": ("entry", LEADING),
    "engagements:library_delete": ("entry", LEADING),
    # evaluations: who is asked themselves, and who hands over a link
    "answer:own": ("round", {"supervisee"}),
    "answer:paper": ("on_paper", LEADING),
    # effects over the years, and what clients tell of their years
    "effects:own": ("", SUPERVISORS),
    "effects:csv": ("", SUPERVISORS),
    "effects:practice": ("practice", LEADING),
    "effects:practice_csv": ("practice", LEADING),
    "effects:totals": ("client", LEADING | {"contact"}),
    "effects:totals_tell": ("client", LEADING | {"contact"}),
    "effects:totals_year": ("client_year", LEADING | {"contact"}),
    # accounts
    "accounts:practice": ("", INSIDE | {"stranger"}),
    "accounts:practice_new": ("", EVERYBODY),
    "accounts:practice_edit": ("practice", ADMINS),
    "accounts:invite": ("practice", ADMINS),
    "accounts:invitation_resend": ("invitation", ADMINS),
    "accounts:invitation_revoke": ("invitation", ADMINS),
    "accounts:membership_end": ("membership", ADMINS),
    "accounts:organisations": ("", INSIDE | {"stranger"}),
    "accounts:organisation_new": ("", INSIDE | {"stranger"}),
    # questionnaires
    "questionnaires:list": ("", SUPERVISORS),
    "questionnaires:new": ("", SUPERVISORS),
    "questionnaires:ours": ("ours", SUPERVISORS),
    "questionnaires:edit": ("questionnaire", LEADING),
    "questionnaires:preview": ("questionnaire", LEADING),
    "questionnaires:arrange": ("questionnaire", LEADING),
    "questionnaires:pick": ("questionnaire", LEADING),
    "questionnaires:question_new": ("questionnaire", LEADING),
    "questionnaires:question": ("question", LEADING),
    "questionnaires:archive": ("questionnaire", LEADING),
    "accounts:organisation": ("organisation", INSIDE),
    "accounts:organisation_edit": ("organisation", INSIDE),
    "accounts:organisation_archive": ("organisation", INSIDE),
    "accounts:contact_new": ("organisation", INSIDE),
    "accounts:contact_edit": ("contact", INSIDE),
    "accounts:contact_left": ("contact", INSIDE),
    "accounts:profile": ("", EVERYBODY),
    "accounts:token": ("", EVERYBODY),
}


def names(patterns: list[Any], namespace: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else namespace)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield f"{namespace}{pattern.name}"


def our_pages() -> set[str]:
    """All pages but those of the admin site and allauth, whose doors have tests of their own."""
    theirs = ("admin:", "account_", "mfa_", "usersessions_")
    return {name for name in names(get_resolver().url_patterns) if not name.startswith(theirs)}


def offered(cast: Cast) -> dict[str, dict[str, UUID | int | str]]:
    """Times offered in the process of the cast."""
    asking.become(cast.lead)
    offer = Offer.objects.create(
        engagement=cast.engagement, kind="poll", mode="remote", made_by=cast.lead,
        answer_by=timezone.now().date() + timedelta(days=3),
    )  # fmt: skip
    starts_at = timezone.now() + timedelta(days=4)
    time = OfferedTime.objects.create(offer=offer, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    person = cast.engagement.participations.order_by("pk")[0]
    return {
        "offer": {"pk": offer.pk},
        "offer_time": {"pk": offer.pk, "time": time.pk},
        "offer_person": {"pk": offer.pk, "participation": person.pk},
    }


def community(cast: Cast) -> dict[str, dict[str, UUID | int | str]]:
    """A work community with a sub-group and a theme, of the same people."""
    asking.become(cast.lead)
    process = make_engagement(cast.practice, cast.lead, cast.organisation, cast.people[:1], title="Yhteisö")
    Engagement.objects.filter(pk=process.pk).update(form="community")
    CoSupervisor.objects.create(engagement=process, user=cast.co_supervisor)
    process.refresh_from_db()
    group = actions.make_sub_group(process, "Yövuoro", [], by=cast.lead, now=timezone.now())
    theme = propose(process, "Palautuminen", by=cast.lead, now=timezone.now())
    asking.become(None)
    return {"community": {"pk": process.pk}, "sub_group": {"pk": group.pk}, "theme": {"pk": theme.pk}}


def objects(cast: Cast) -> dict[str, dict[str, UUID | int | str]]:
    """Return, for each kind of object, what stands in the address of one of our practice."""
    asking.become(cast.lead)
    engagement = cast.engagement
    goal = Goal.objects.create(engagement=engagement, theme="meaning", text="Yhdessä")
    template = ContractTemplate.objects.create(practice=cast.practice, name="Oma")
    entry = LibraryGoal.objects.create(practice=cast.practice, theme="meaning", text="Yhdessä")
    invitation = Invitation.objects.create(
        practice=cast.practice, email="uusi@kaari.example", kind=Membership.Kind.SUPERVISOR, invited_by=cast.lead,
        expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    membership = Membership.objects.get(user=cast.co_supervisor)
    participation = engagement.participations.order_by("pk")[0]
    of_series = one_of_a_series(cast)
    scan = Clean(b"%PDF-1.7", "application/pdf", "pdf", "sopimus.pdf")
    actions.add_scans(engagement.contracts.get(), [scan], to_parties=True, by=cast.lead, now=timezone.now())
    for supervisor in (cast.lead, cast.co_supervisor, cast.stranger):
        asking.become(supervisor)
        opening.create(supervisor.pk, "kettu lampi siilo varis honka", now=timezone.now())
    asking.become(cast.lead)
    note = private_note(cast)
    prompts = NoteTemplate.objects.create(practice=cast.practice, title="Oma", text="Mitä jäi auki?")
    questions = FacilitationTemplate.objects.create(practice=cast.practice, title="Alku", text="Mikä tuo meidät tänne?")
    case = cases.keep(CaseText("", "Näin kävi", ""), by=cast.lead, now=timezone.now())
    signing = asked_to_sign(cast)
    of_task = answered_task(cast)
    asking.become(cast.lead)
    noted = note_progress(goal, remark="Alussa", by=cast.lead, now=timezone.now())
    words.add(cast.practice, Word.Kind.METHOD, "Kortit")
    held = make_session(engagement, cast.session.starts_at - timedelta(days=7), state="held")
    asking.become(cast.supervisee)
    point = agenda.add(cast.session, "Työnjako", by=cast.supervisee, now=timezone.now())
    addition = add_to_memo(held, "Näin minäkin sen näin.", by=cast.supervisee, now=timezone.now())
    proposal = Proposal.objects.create(request=signing, text="Joka toinen viikko", at=timezone.now())
    on_board = put_up(engagement, "Kuuntelemme", by=cast.supervisee, now=timezone.now())
    in_diary = write(uuid4(), "Mietin", 0, by=cast.supervisee, now=timezone.now())
    asking.become(cast.lead)
    word = cast.practice.words.get(text="Kortit")
    asked = questionnaires.make(
        cast.practice, name="Oma", kind="final", start="final", by=cast.lead, now=timezone.now()
    )
    evaluation = make_round(engagement, cast.lead)
    on_paper = evaluation.invitations.get(person=cast.people[2])
    asking.become(None)
    of_offer = {"pk": signing.contract.engagement_id}
    year = told_year(cast)
    return {
        "": {},
        "round": {"pk": evaluation.pk},
        "on_paper": {"pk": evaluation.pk, "invitation": on_paper.pk},
        "engagement": {"pk": engagement.pk},
        "version": {"pk": engagement.pk, "version": 1},
        "scan": {"pk": engagement.pk, "version": 1, "number": 1},
        "participation": {"pk": engagement.pk, "participation": participation.pk},
        "certificate": attended(cast),
        "goal": {"pk": engagement.pk, "goal": goal.pk},
        "shared_goal": {"pk": goal.pk},
        "progress": {"pk": noted.pk},
        "board": {"pk": on_board.pk},
        **community(cast),
        "diary": {"pk": in_diary.pk},
        "shape": {"shape": "text"},
        **offered(cast),
        "kind_of_message": {"name": "session_reminder"},
        "session": {"pk": cast.session.pk},
        "addition": {"pk": held.pk, "item": addition.pk},
        "point": {"pk": cast.session.pk, "item": point.pk},
        "word": {"pk": word.pk},
        "of_series": {"pk": of_series.pk},
        **of_task,
        **rounds_of(cast),
        **reports_of(cast),
        **billed(cast),
        **brought(cast),
        **calendars_elsewhere(cast),
        **portfolio_of(cast),
        "given_up": {"pk": given_up(cast)},
        "hold": {"pk": held_back(cast)},
        "note": {"pk": note.pk},
        "note_version": {"pk": note.pk, "number": 1},
        "note_template": {"pk": prompts.pk},
        "facilitation": {"pk": questions.pk},
        "case": {"pk": case.pk},
        "asked": {**of_offer, "signing": signing.pk},
        "proposal": {**of_offer, "proposal": proposal.pk},
        "signing": {"pk": signing.pk},
        "provider": {"pk": signing.pk, "provider": "none"},
        "questionnaire": {"pk": asked.pk},
        "question": {"pk": asked.pk, "key": "bank.wellbeing.1"},
        "ours": {"key": "baseline"},
        "template": {"pk": template.pk},
        "entry": {"pk": entry.pk},
        "practice": {"pk": cast.practice.pk},
        "paper": {"pk": cast.practice.pk, "key": "record"},
        "data_request": {"pk": asked_about_data(cast)},
        "incident": {"pk": breach(cast)},
        "organisation": {"pk": cast.organisation.pk},
        "client": {"organisation": cast.organisation.pk},
        "client_year": {"organisation": cast.organisation.pk, "year": year},
        "client_year_person": {
            "organisation": cast.organisation.pk,
            "year": year,
            "person": cast.client_contact.person_id,
        },
        "duty": {"pk": reported_duty(cast).pk},
        "person": {"pk": cast.people[0].pk},
        "contact": {"pk": cast.client_contact.pk},
        "invitation": {"pk": invitation.pk},
        "membership": {"pk": membership.pk},
    }


def reported_duty(cast: Cast) -> DutyReport:
    """A row of the lead's own log; the process is marked as statutory too, so that there is a proof of it."""
    with asking.acting_as(cast.lead):
        mark_statutory(cast.engagement, "terveydenhuoltolaki", by=cast.lead, now=NOW)
        return write_down(
            by=cast.lead, now=NOW, reported_at=NOW, ground="lastensuojelulaki", authority="welfare_area",
            engagement=cast.engagement,
        )  # fmt: skip


def attended(cast: Cast) -> dict[str, UUID | int | str]:
    """What the supervisee has attended, of which they may have a certificate."""
    with asking.acting_as(cast.lead):
        mine = cast.engagement.participations.get(person=cast.people[0])
        session = make_session(cast.engagement, timezone.now() - timedelta(days=30), state="held")
        Attendance.objects.create(session=session, participation=mine, presence="present")
    return {"pk": cast.engagement.pk, "participation": mine.pk}


def one_of_a_series(cast: Cast) -> Session:
    at = cast.session.starts_at + timedelta(days=1)
    series = Series.objects.create(
        engagement=cast.engagement, every=1, unit="weeks", weekday=4, clock=at.time(), minutes=90, by=cast.lead
    )
    return make_session(cast.engagement, at, series=series)


def calendars_elsewhere(cast: Cast) -> dict[str, dict[str, UUID]]:
    now = timezone.now()
    with asking.acting_as(cast.lead):
        by_address = busy.add_address(cast.lead, "Outlook", "https://calendar.example/secret.ics", now=now)
        by_file = busy.add_file(cast.lead, "Perhe", Found([], 0), now=now)
    return {"busy_calendar": {"pk": by_address.pk}, "busy_file": {"pk": by_file.pk}}


def portfolio_of(cast: Cast) -> dict[str, dict[str, UUID | str]]:
    """A training of the lead's with its certificate."""
    now = timezone.now()
    with asking.acting_as(cast.lead):
        training = Training()
        portfolio.keep(training, {"programme": "Työnohjaajakoulutus", "provider": "Opisto"}, by=cast.lead)
        portfolio.attach(
            training, [Clean(b"%PDF-1.7", "application/pdf", "pdf", "todistus.pdf")], by=cast.lead, now=now
        )
        file = KeptFile.objects.get(training=training).pk
    return {
        "pdf_language": {"language": "en"},
        "portfolio_sort": {"sort": "training"},
        "ethics_version": {"version": SHIPPED[0].version},
        "portfolio_row": {"sort": "training", "pk": training.pk},
        "portfolio_file": {"pk": file},
    }


def told_year(cast: Cast) -> int:
    """The totals of a year that the client's contact has told."""
    now = timezone.now()
    values = {"employees": 40, "covers": "", "absence_days": 300, "note": ""}
    with asking.acting_as(cast.contact):
        return tell(cast.organisation, now.year, values, seen=0, by=cast.contact, now=now).year


def held_back(cast: Cast) -> UUID:
    with asking.acting_as(cast.lead):
        until, now = timezone.localdate() + timedelta(days=9), timezone.now()
        return holding.hold(cast.engagement, grounds="Vaatimus", until=until, by=cast.lead, now=now).pk


def given_up(cast: Cast) -> UUID:
    """A message to a supervisee that could not be delivered."""
    now = timezone.now()
    with asking.acting_as(cast.lead):
        outbox.queue("session_reminder", obj=cast.session.pk, next_at=now, now=now, person=cast.people[0])
        made = Message.objects.filter(obj=cast.session.pk)
        made.update(state=Message.State.DEAD, attempts=12)
        return made.get().pk


def billed(cast: Cast) -> dict[str, dict[str, UUID | int]]:
    """A month that was invoiced, and one that is open: a session each."""
    now = timezone.now()
    with asking.acting_as(cast.lead):
        for days in (40, 70):
            session = make_session(cast.engagement, now - timedelta(days=days), state="held", marked_at=now)
            Fee.objects.create(session=session, percent=100, since=now)
        latest, earlier = all_open(Inside(cast.lead), now)
        basis = mark_invoiced(latest.key, seen=latest.seen, invoice_number="7", by=cast.lead, now=now)
    month = earlier.key.month
    place = {"lead": cast.lead.pk, "payer": cast.organisation.pk, "year": month.year, "month": month.month}
    return {"basis": {"pk": basis}, "open_statement": place}


def brought(cast: Cast) -> dict[str, dict[str, UUID | int]]:
    """A spreadsheet that is looked through, and a practice that has named where it moves."""
    now = timezone.now()
    content = b"Tunnus;Muoto\nTO-1;pari\n"
    with asking.acting_as(cast.lead):
        batch = importing.begin(content, "lista.csv", kind="work", practice=cast.practice, by=cast.lead, now=now)
        Receiver.objects.create(practice=cast.practice, key=str(own_key()), asked_by=cast.lead, asked_at=now)
    return {"spreadsheet": {"pk": batch.pk}, "moving": {"pk": cast.practice.pk}}


def answered_task(cast: Cast) -> dict[str, dict[str, UUID | int]]:
    """A task that the supervisee has answered with a file, and the lead has commented on."""
    now = timezone.now()
    with asking.acting_as(cast.lead):
        task = tasks.give(
            cast.engagement, text="Kokeile", to=None, due_on=None, until_next=True, visibility="supervisors",
            session=None, by=cast.lead, now=now,
        )  # fmt: skip
    with asking.acting_as(cast.supervisee):
        mine = cast.engagement.participations.get(person=cast.people[0])
        answer = answering.save(task, mine, text="Kokeilin", rev=0, by=cast.supervisee, now=now, giving=True)
        file = Clean(b"%PDF-1.7", "application/pdf", "pdf", "kuva.pdf")
        answering.add_files(task, answer, [file], by=cast.supervisee, now=now)
    with asking.acting_as(cast.lead):
        tasks.comment(answer, "Hyvä", by=cast.lead, now=now)
        rows = {"task": task, "answer": answer, "answer_file": answer.files.get(), "comment": answer.comments.get()}
    return {name: {"pk": row.pk} for name, row in rows.items()}


def rounds_of(cast: Cast) -> dict[str, dict[str, UUID | int | str]]:
    """A round that asks everybody, and one that has closed."""
    made = make_round(cast.engagement, cast.lead)
    asked = made.invitations.get(person=cast.people[0])
    values: dict[str, Any] = {"state": "closed", "closed_at": timezone.now(), "closed_how": "date", "outcome": "shown"}
    done = make_round(cast.engagement, cast.lead, **values)
    change = agree(done, "Aloitamme ajoissa", agreed_on=NOW.date(), by=cast.lead, now=timezone.now())
    later = make_round(cast.engagement, cast.lead, **values | {"closed_at": timezone.now()})
    return {
        "round": {"pk": made.pk},
        "asked_in_round": {"pk": made.pk, "invitation": asked.pk},
        "closed_round": {"pk": done.pk},
        "agreed": {"pk": change.pk},
        "agreed_change": {"pk": later.pk, "change": change.pk},
    }


def reports_of(cast: Cast) -> dict[str, dict[str, UUID | int | str]]:
    """A report about which everybody is asked, and what the supervisee has said to it."""
    now = timezone.now()
    clause(cast)
    report = begin(cast, until=now.astimezone(HELSINKI).date(), now=now)
    ask(cast, report, answer_by=now.astimezone(HELSINKI).date() + timedelta(days=10), now=now)
    with asking.acting_as(cast.supervisee):
        said = remark(report, "text", "", "Hyvä.", kind="comment", by=cast.supervisee, now=now)
    participation = cast.engagement.participations.order_by("pk")[0]
    here = {"pk": report.pk}
    return {
        "report": here,
        "report_kind": {"pk": cast.engagement.pk, "kind": "interim"},
        "report_person": {**here, "participation": participation.pk},
        "report_said": {**here, "remark": said.pk},
        "report_paragraph": {**here, "what": "text", "number": 0},
    }


def asked_about_data(cast: Cast) -> UUID:
    """A request of the supervisee's to the practice."""
    with asking.acting_as(cast.supervisee):
        return ask_about_data(cast.people[0], "correct", "Nimi", by=cast.supervisee, now=timezone.now()).pk


def breach(cast: Cast) -> UUID:
    """A personal data breach of the practice."""
    now = timezone.now()
    values = {
        "sorts": [],
        "what": "Kirje",
        "categories": "Nimiä",
        "people": 1,
        "effects": "",
        "measures": "",
        "why_not": "",
    }
    with asking.acting_as(cast.lead):
        return write_breach_down(cast.practice, {"discovered_at": now}, values, by=cast.lead, now=now).pk


def private_note(cast: Cast) -> Note:
    """A note of the lead's with an earlier text."""
    note = notes.write(cast.engagement, cast.session, "Salaista", by=cast.lead, now=timezone.now())
    return notes.save(note, Written("", "Salaisempaa"), rev=1, by=cast.lead, now=timezone.now())


def asked_to_sign(cast: Cast) -> SignatureRequest:
    """What the supervisee is asked to sign, in a process that the co-supervisor leads too."""
    draft = make_engagement(
        cast.practice, cast.lead, cast.organisation, cast.people, cast.client_contact, state=State.DRAFT
    )
    CoSupervisor.objects.create(engagement=draft, user=cast.co_supervisor)
    ContractParty.objects.create(contract=draft.contracts.get(), kind="supervisee", signs=True)
    actions.offer(draft, by=cast.lead, now=timezone.now())
    return SignatureRequest.objects.select_related("contract").get(contract__engagement=draft, person=cast.people[0])


def status(client: Client, method: str, url: str) -> int:
    """Return the status of a request whose changes are taken back at once."""
    with transaction.atomic():
        answer = client.generic(method, url, "", content_type="application/x-www-form-urlencoded")
        transaction.set_rollback(True)
    return answer.status_code


def test_every_page_is_in_the_table_and_every_row_is_a_page() -> None:
    assert our_pages() == set(ACCESS) | PUBLIC


#: In which roles of the visibility table each member of the cast is here. Strangers are so where they are at home.
ROLES_OF: Final = {
    **{role: {role} for role in ("co_supervisor", "supervisee", "contact", "practice_admin", "administrator")},
    "lead": {"lead", "practice_admin"},
    "stranger": {"lead", "practice_admin"},
    "stranger_supervisee": {"supervisee"},
}
WHAT_TO_DO: Final = (
    "Each page belongs to one row of privacy/visibility/rows.py: put its URL name (or its namespace, as `goals:*`) into"
    " the `pages` of the row of what it shows, or write a row for it. Then run `bin/manage visibility` and translate."
)


def test_every_page_belongs_to_one_row_of_who_sees_what() -> None:
    found = {name: [str(row.what) for row in rows_of(name)] for name in ACCESS}
    assert {name: whats for name, whats in found.items() if len(whats) != 1} == {}, WHAT_TO_DO


def test_every_page_that_a_row_names_is_there() -> None:
    namespaces = {f"{name.partition(':')[0]}:*" for name in ACCESS}
    named = {name for row in rows() for name in [*row.names, *row.also_on.split()]}
    assert named - namespaces - set(ACCESS) == set()


def contradictions(access: dict[str, tuple[str, set[str]]]) -> list[str]:
    """Return where `access` opens a page to somebody to whose every role its row says no."""
    return [
        f"{name} is open to {member}; “{row.what}” says no"
        for name, (_kind, allowed) in access.items()
        for row in rows_of(name)
        for member in sorted(allowed)
        if all(level(row, role) == Level.NO for role in ROLES_OF[member])
    ]


def test_no_page_is_open_to_a_role_to_which_who_sees_what_says_no() -> None:
    assert contradictions(ACCESS) == [], WHAT_TO_DO


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("notes:note", "contact"),
        ("sessions:memo_versions", "supervisee"),
        ("diary:list", "lead"),
        ("search", "administrator"),
    ],
)
def test_a_page_opened_too_far_is_told(name: str, member: str) -> None:
    kind, allowed = ACCESS[name]
    told = contradictions(ACCESS | {name: (kind, allowed | {member})})
    assert [each for each in told if each.startswith(f"{name} is open to {member}; ")] == told != []


@pytest.mark.parametrize("role", ["lead", "co_supervisor", "supervisee", "contact", "practice_admin"])
def test_whoever_sees_something_has_a_page_that_shows_it(role: str) -> None:
    """The administrator's pages are those of the admin site."""
    open_to = {name for name, (_kind, allowed) in ACCESS.items() if role in allowed}
    empty = [
        str(row.what)
        for row in rows()
        if level(row, role) != Level.NO
        and not any(row in rows_of(name) or name in row.also_on.split() for name in open_to)
    ]
    assert empty == [], "Name in `also_on` the page on which it stands, or say no."


@pytest.mark.parametrize("member", sorted(EVERYBODY))
def test_each_opens_what_the_table_says_and_nothing_else(cast: Cast, client: Client, member: str) -> None:
    about = objects(cast)
    client.force_login(cast.members[member])
    wrong = {}
    for name, (kind, allowed) in ACCESS.items():
        url = reverse(name, kwargs=about[kind])
        found = {method: status(client, method, url) for method in ("GET", "POST")}
        open_ = any(code != 404 for code in found.values()) and found["GET"] != 403 and found["POST"] != 403
        if name == "switch_role":  # POST alone, and what it is asked for decides
            continue
        refused = all(code in (404, 405) for code in found.values()) and 404 in found.values()
        if (member in allowed and not open_) or (member not in allowed and not refused):
            wrong[name] = found
    assert wrong == {}


@pytest.mark.parametrize(
    "kind", ["engagement", "session", "organisation", "practice", "contact", "membership", "person"]
)
def test_an_object_that_is_not_there_answers_like_a_foreign_one(cast: Cast, client: Client, kind: str) -> None:
    client.force_login(cast.lead)
    for name, (about, _allowed) in ACCESS.items():
        if about == kind:
            assert 404 in (status(client, method, reverse(name, kwargs={"pk": uuid4()})) for method in ("GET", "POST"))


def test_a_visitor_is_asked_to_sign_in(cast: Cast, client: Client) -> None:
    about = objects(cast)
    for name, (kind, _allowed) in ACCESS.items():
        answer = client.get(reverse(name, kwargs=about[kind]))
        assert answer.status_code == 302, name
        assert answer["Location"].startswith("/account/login/"), name


def test_no_page_is_kept_by_the_browser_or_a_proxy_nor_runs_foreign_code(cast: Cast, client: Client) -> None:
    client.force_login(cast.lead)
    about = objects(cast)
    for name, (kind, _allowed) in ACCESS.items():
        answer = client.get(reverse(name, kwargs=about[kind]))
        assert "no-store" in answer["Cache-Control"], name
        assert "default-src 'none'" in answer["Content-Security-Policy"], name
        if name in MAILS:  # as a mail program shows it: its style stands in it
            assert "script-src" not in answer["Content-Security-Policy"], name
            continue
        assert "unsafe" not in answer["Content-Security-Policy"], name


@pytest.mark.parametrize("member", ["lead", "co_supervisor", "practice_admin", "administrator"])
def test_without_a_second_factor_nothing_is_shown(cast: Cast, client: Client, member: str) -> None:
    user = cast.members[member]
    user.authenticator_set.all().delete()
    client.force_login(user)
    about = objects(cast)
    for name, (kind, _allowed) in ACCESS.items():
        answer = client.get(reverse(name, kwargs=about[kind]))
        assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index")), name
