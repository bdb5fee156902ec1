"""Who sees what: the one source of the public page, of docs/visibility.md and of what tests/test_access.py allows.

Each page of the product belongs to exactly one row, by its URL name (`goals:list`) or by its namespace (`goals:*`; a
name of its own comes first). A page may be open only to roles to whom its row answers something else than no.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Level(StrEnum):
    YES = "yes"
    PART = "part"
    NO = "no"


@dataclass(frozen=True)
class Answer:
    text: Promise | str
    level: Level


@dataclass(frozen=True)
class Row:
    """What is seen, by whom, where that is kept; the pages that show it and nothing else, and others it stands on."""

    what: Promise
    answers: tuple[Answer, Answer, Answer, Answer, Answer, Answer]
    kept_in: str
    pages: str = ""
    also_on: str = ""

    @property
    def names(self) -> list[str]:
        return self.pages.split()


@dataclass(frozen=True)
class Section:
    title: Promise
    rows: Sequence[Row]


#: The columns. In the code of tests a role is a member of the cast.
ROLES: Final = (
    ("lead", pgettext_lazy("role", "Lead supervisor")),
    ("co_supervisor", pgettext_lazy("role", "Co-supervisor")),
    ("supervisee", pgettext_lazy("role", "Supervisee in it")),
    ("contact", pgettext_lazy("role", "Client contact")),
    ("practice_admin", pgettext_lazy("role", "Practice administrator")),
    ("administrator", pgettext_lazy("role", "Administrator")),
)

YES: Final = Answer(pgettext_lazy("sees it", "yes"), Level.YES)
NO: Final = Answer(pgettext_lazy("sees it", "no"), Level.NO)
NONE: Final = Answer("–", Level.NO)


def part(text: Promise) -> Answer:
    return Answer(text, Level.PART)


OWN: Final = part(pgettext_lazy("sees it", "own"))
SAME: Final = part(pgettext_lazy("sees it", "the same"))
BY_CLAUSE: Final = part(_("if the clause says so"))
OFFERED: Final = part(_("offered and later"))
SHOWN_SCAN: Final = part(_("when shown to the parties"))
AS_GOAL: Final = part(_("as its goal"))
CONCERNS: Final = part(_("what concerns them"))
HELD: Final = part(_("of held sessions"))
GIVEN: Final = part(_("given ones"))
LEFT: Final = part(_("that they left"))
EXISTENCE: Final = part(_("that it exists"))
FIVE: Final = part(_("from five answers up"))
BY_LINES: Final = part(_("what they may see by these lines"))

PROCESS: Final = Section(
    _("The process and its contract"),
    (
        Row(
            _("That the process exists, its form and frame"),
            (YES, YES, YES, part(_("party to it")), YES, part(_("form, frame, supervisor; no title, no client"))),
            "`Engagement.objects.visible_to`, `administered_by`; view `engagements_frame`",
            "engagements:list engagements:detail",
            "practice_home",
        ),
        Row(
            _("Opening, changing and closing a process"),
            (YES, YES, NO, NO, NO, NO),
            "`Engagement.objects.led_by`; policies on `engagements_engagement`",
            "engagements:open engagements:copy engagements:who engagements:how engagements:fill engagements:price"
            " engagements:review engagements:co_supervisors engagements:withdraw engagements:agree engagements:pause"
            " engagements:resume engagements:close engagements:discard engagements:amend engagements:amend_discard"
            " engagements:grow engagements:statutory urgent:begin example_make example_remove",
        ),
        Row(
            _("Names of participants"),
            (YES, YES, YES, part(_("only if the clause says so")), part(_("names and addresses, not in which process")),
             NO),
            "`engagements/clause.py`, `engagements/persons.py`",
            "engagements:people engagements:leave people:*",
            "engagements:detail",
        ),
        Row(
            _("Contract"),
            (YES, YES, OFFERED, part(_("if party")), OFFERED, NO),
            "`Contract.objects.visible_to`",
            "engagements:contract engagements:contract_version engagements:contract_pdf",
        ),
        Row(
            _("Signatures, and what somebody proposes to change before signing"),
            (YES, YES, OWN, OWN, NO, NO),
            "`SignatureRequest`; policies on `engagements_signaturerequest`",
            "sign:* engagements:send engagements:signing engagements:signing_again engagements:signing_deadline"
            " engagements:signing_paper engagements:joining_file engagements:joining_ask engagements:proposal",
            "engagements:contract",
        ),
        Row(
            _("Scanned agreement"),
            (YES, YES, SHOWN_SCAN, SHOWN_SCAN, YES, NO),
            "`engagements/scans.py`, policies on `documents_attachment`",
            "engagements:contract_scan engagements:contract_scan_add engagements:contract_scan_withdraw",
        ),
        Row(
            _("Private goals"),
            (YES, YES, OWN, NO, NO, NO),
            "`Goal.objects.visible_to`",
            "engagements:goals engagements:goal progress:goals",
        ),
        Row(
            _("Levels of a goal"),
            (AS_GOAL, AS_GOAL, AS_GOAL, part(_("of shared goals")), NO, NO),
            "`GoalLevels.objects.visible_to`, policy on `engagements_goallevels`",
            "engagements:levels",
            "progress:goal engagements:contract",
        ),
        Row(
            _("Progress towards a goal"),
            (YES, YES, part(_("of shared and own goals")), NO, NO, NO),
            "`Progress.objects.visible_to`, policy on `supervision_progress`",
            "progress:*",
        ),
        Row(
            _("The phase of a process, and its questions"),
            (YES, YES, NO, NO, NO, NO),
            "policy on `supervision_phasebyhand`",
            "phases:*",
            "engagements:detail",
        ),
        Row(
            _("Sub-groups, for whom a session is, whether the line manager comes"),
            (YES, YES, YES, NO, NO, NO),
            "policies on `engagements_subgroup`, `engagements_subgroupmember`, `supervision_sessionsubgroup`; the"
            " worker: whom a session is for",
            "community:sub_groups community:sub_group community:sub_group_end community:company",
            "sessions:detail",
        ),
        Row(
            _("Timeline"),
            (part(pgettext_lazy("sees of it", "all")), part(pgettext_lazy("sees of it", "all")),
             part(_("what is for supervisees")), part(_("what is for the client")), NO, NO),
            "`Event.objects.seen_by`",
            also_on="engagements:detail",
        ),
        Row(
            _("Who has opened what"),
            (CONCERNS, CONCERNS, CONCERNS, NO, NO, NO),
            "`sec.reads_of`, policy on `audit_entry`",
            "reads:reads",
        ),
    ),
)  # fmt: skip

SESSIONS: Final = Section(
    _("Sessions"),
    (
        Row(
            _("Dates held, minutes, counts"),
            (YES, YES, YES, BY_CLAUSE, part(_("counts and minutes, no dates")),
             part(_("counts: by month, length and state, no day"))),
            "`engagements/clause.py`, `sec.practice_counts`; view `supervision_frame`",
            "sessions:list sessions:detail sessions:unmarked calendar:calendar calendar:marks received:meeting"
            " received:year received:year_file",
            "practice_home",
        ),
        Row(
            _("Booking, moving and cancelling sessions"),
            (YES, YES, part(_("cancels where nobody else comes")), NO, NO, NO),
            "`Session.objects.led_by`, `sec.cancel_own`; policies on `supervision_session`",
            "sessions:book sessions:book_any sessions:series sessions:series_dates sessions:move sessions:place"
            " sessions:cancel sessions:move_several sessions:place_several sessions:cancel_several sessions:undo"
            " sessions:cancel_own",
        ),
        Row(
            _("Attendance by name"),
            (YES, YES, OWN, NO, NO, NO),
            "policy on `supervision_attendance`",
            "sessions:held sessions:no_show sessions:close",
            "sessions:detail",
        ),
        Row(
            _("Methods and themes of a session"),
            (YES, YES, HELD, NO, NO, NO),
            "policies on `supervision_word`, `supervision_sessionword`",
            "sessions:words sessions:word sessions:word_away",
            "sessions:detail",
        ),
        Row(
            pgettext_lazy("of a session", "Agenda"),
            (YES, YES, YES, NO, NO, NO),
            "encrypted; policy on `supervision_agendaitem`",
            "sessions:agenda sessions:agenda_item",
        ),
        Row(
            _("Memo, and what supervisees add"),
            (YES, YES, HELD, NO, NO, NO),
            "encrypted; policies on `supervision_memo`, `supervision_memoaddition`",
            "sessions:memo sessions:memo_keep sessions:additions sessions:addition sessions:addition_remove",
        ),
        Row(
            _("Earlier texts of a memo"),
            (YES, YES, NO, NO, NO, NO),
            "encrypted; policy on `supervision_memoversion`",
            "sessions:memo_versions",
        ),
        Row(
            _("Working hours, travel time"),
            (OWN, OWN, NONE, NONE, NO, NO),
            "policy on `supervision_workinghours`, `supervision_workingtime`",
            "calendar:working_time",
        ),
        Row(
            _("When one is taken elsewhere"),
            (part(_("own; of who leads with them that there is something, for a time they ask about")), SAME, NONE,
             NONE, NO, NO),
            "policy on `supervision_busycalendar`, `supervision_busytime`; `sec.taken_elsewhere`",
            "busy:*",
        ),
        Row(
            _("Times offered"),
            (YES, YES, part(_("the times")), NO, NO, NO),
            "`Offer.objects.visible_to`, policies on `supervision_offer`, `supervision_offeredtime`",
            "offers:*",
        ),
        Row(
            _("Answers to times offered"),
            (YES, YES, OWN, NO, NO, NO),
            "policy on `supervision_timeanswer`; the worker: who has answered, never what",
            "offers:record",
            "offers:offer",
        ),
        Row(
            _("Who said that they cannot come"),
            (YES, YES, OWN, NO, NO, NO),
            "policy on `supervision_cannotcome`",
            "sessions:cannot_come",
            "sessions:detail",
        ),
    ),
)  # fmt: skip

BETWEEN: Final = Section(
    _("Between sessions, and what is written"),
    (
        Row(
            _("Tasks between sessions"),
            (YES, YES, part(_("those given to them or to all, and those whose answers all see")), NO, NO, NO),
            "`Task.objects.visible_to`, policy on `supervision_task`; the worker: that there is one, for whom, by when",
            "tasks:*",
        ),
        Row(
            _("Answers to tasks, their files, comments"),
            (GIVEN, GIVEN, part(_("own; others’ when the task says everybody")), NO, NO, NO),
            "`TaskAnswer.objects.visible_to`, policies on `supervision_taskanswer`, `supervision_answerfile…`,"
            " `supervision_answercomment`",
            "tasks:comment tasks:comment_remove tasks:file tasks:file_remove",
        ),
        Row(
            _("Answers that are not given yet"),
            (NO, NO, OWN, NO, NO, NO),
            "`answered_at` in the policy on `supervision_taskanswer`",
            "tasks:save",
        ),
        Row(
            _("Board"),
            (YES, YES, YES, NO, NO, NO),
            "`BoardEntry.objects.visible_to`, policy on `supervision_boardentry`",
            "board:*",
        ),
        Row(
            _("Themes that a work community proposes for itself"),
            (YES, YES, YES, NO, NO, NO),
            "encrypted; `ThemeProposal.objects.visible_to`, policy on `supervision_themeproposal`",
            "community:themes community:theme_remove",
        ),
        Row(
            _("Who supports such a theme"),
            (part(_("how many; and of those who cannot log in, whom they wrote down")), SAME,
             part(_("how many; and oneself")), NO, NO, NO),
            "policy on `supervision_themesupport`, `sec.theme_counts`",
            "community:theme_support community:theme_recorded",
        ),
        Row(
            _("Diary"),
            (NO, NO, OWN, NO, NO, NO),
            "`DiaryEntry.objects.written_by`, policy on `supervision_diaryentry`; sealed with its author's key",
            "diary:*",
        ),
        Row(
            _("Private notes"),
            (part(_("their author; of one that is shared, its reader")), SAME, NO, NO, NO, NO),
            "sealed to its readers' keys (`vault/texts.py`); `Note.objects.readable_by`, policy on `supervision_note`",
            "notes:*",
        ),
        Row(
            _("Earlier texts of a note"),
            (part(_("their author")), part(_("their author")), NO, NO, NO, NO),
            "policy on `supervision_noteversion`",
            "notes:version",
            "notes:edit notes:list",
        ),
        Row(
            _("Templates of notes"),
            (part(_("own and the practice’s")), SAME, NO, NO, NO, NO),
            "`NoteTemplate.objects.usable_by`, policy on `supervision_notetemplate`",
            "notes:templates notes:template_new notes:template_edit notes:template_archive",
        ),
        Row(
            _("The key of one’s notes, and where it is open"),
            (part(_("own; of a colleague who leads with them the four words")), SAME, NONE, NONE, NO, NO),
            "policies on `vault_vaultkey`, `vault_wrap`, `vault_opening`",
            "vault:*",
        ),
    ),
)  # fmt: skip

OUTCOMES: Final = Section(
    _("Evaluations and reports"),
    (
        Row(
            _("That an evaluation is asked for, of whom, until when"),
            (YES, YES, part(_("what is asked of them")), NO, NO, NO),
            "`Round.objects.visible_to`, policies on `evaluations_round`",
            "rounds:*",
        ),
        Row(
            _("Evaluation answers"),
            (part(_("named ones by consent")), SAME, OWN, OWN, NO, NO),
            "sealed; policies on `evaluations_response`, `evaluations_draft`",
            "answer:*",
            "rounds:detail client_home",
        ),
        Row(
            _("Results of an evaluation"),
            (FIVE, FIVE, FIVE, part(_("from five answers up, and in an approved report")), NO, NO),
            "`evaluations/suppression.py`, `evaluations/results`",
            "results:*",
            "received:list",
        ),
        Row(
            _("Effects over many processes"),
            (part(_("sums of their own processes and of their practice")), SAME, NO, NO, NO, NO),
            "`sec.effect_responses`, `evaluations/effects/pool.py`, `evaluations/suppression.py`; no page reads who"
            " stands in which crowd",
            "effects:*",
        ),
        Row(
            _("Yearly totals of a client"),
            (part(_("of clients for whom they lead an agreed process")), SAME, NO,
             part(_("of their own organisation")), NO, NO),
            "`YearTotals.objects.visible_to`, policy on `evaluations_yeartotals`",
            "effects:totals effects:totals_tell effects:totals_year",
        ),
        Row(
            _("Draft of a report, and what is said to it"),
            (YES, YES, part(_("once it is shown to them or asked of them")), NO, NO, NO),
            "encrypted; `Report.objects.led_by`, `attended_by`, policies on `reports_report`, `reports_revision`",
            "reports:* draft:*",
        ),
        Row(
            _("Report that was handed over"),
            (YES, YES, YES, part(_("who receives it by the contract")), EXISTENCE, EXISTENCE),
            "`Report.objects.received_by`, `handed_over_in`; policies on `reports_report`, `reports_recipient`",
            "received:* practice_reports",
            "reports:list draft:list",
        ),
        Row(
            _("Certificates of taking part"),
            (YES, YES, OWN, NO, NO, NO),
            "`reports/certificates/`: made of what they attended, kept nowhere",
            "certificates:*",
        ),
        Row(
            _("Proof of statutory supervision"),
            (part(_("of processes they lead, as a named reader is told")), SAME, NO,
             part(_("as the clause tells them")), NO, NO),
            "`reports/provision/proof.py`, `sec.told_in_year`, `sec.told_to`",
            "provision:*",
        ),
    ),
)  # fmt: skip

MONEY: Final = Section(
    _("Money, clients and the practice"),
    (
        Row(
            _("Billing basis of a session"),
            (YES, YES, NO, part(_("how many at what percentage, if the clause says so")),
             part(_("how many, not which")), NO),
            "policy on `supervision_fee`; `sec.told_costs`, `sec.practice_billing`",
            "billing:* sessions:waive",
        ),
        Row(
            _("Clients and those who speak for them"),
            (YES, YES, NO, NO, YES, part(_("name, business ID and sector"))),
            "`ClientOrganisation.objects.of_practices_of`; policies on `accounts_clientorganisation`",
            "accounts:organisations accounts:organisation accounts:organisation_new accounts:organisation_edit"
            " accounts:organisation_archive accounts:contact_new accounts:contact_edit accounts:contact_left",
        ),
        Row(
            _("Templates of contracts and goals, questionnaires"),
            (YES, YES, NO, NO, NO, part(_("templates of contracts"))),
            "`Practice.objects.supervised_by`; policies on `engagements_contracttemplate`,"
            " `evaluations_questionnaire`",
            "engagements:templates engagements:templates_ship engagements:template_new engagements:template_edit"
            " engagements:template_archive engagements:library engagements:library_goal engagements:library_delete"
            " questionnaires:* phases:templates phases:template_new phases:template_edit phases:template_archive",
        ),
        Row(
            _("The practice and who works in it"),
            (YES, YES, NO, NO, YES, YES),
            "`Practice.objects.of`; policies on `accounts_practice`, `accounts_membership`",
            "accounts:practice accounts:practice_edit accounts:invite accounts:invitation_resend"
            " accounts:invitation_revoke accounts:membership_end practice_supervisors",
        ),
    ),
)  # fmt: skip

MESSAGES: Final = Section(
    _("Messages and one’s own things"),
    (
        Row(
            _("Messages"),
            (LEFT, LEFT, OWN, OWN, part(_("kind, name of the recipient, state and times of the last week")),
             part(_("the queue: kind, state and times by id"))),
            "ids only in `notifications_message`; `sec.troubled_messages`, `sec.delivery_log`",
            "practice_messages practice_message_log practice_message_again",
            "engagements:detail notifications:own",
        ),
        Row(
            _("Of what one wants to hear, and when"),
            (part(_("own; the defaults of the practice")), SAME, OWN, OWN,
             part(_("own; the defaults of the practice")), OWN),
            "policy on `notifications_preference`; the worker reads all",
            "notifications:*",
        ),
        Row(
            _("One’s own account, calendar address and first page"),
            (OWN, OWN, OWN, OWN, OWN, OWN),
            "`request.user` alone; policies on `accounts_user`, `supervision_feed`",
            "accounts:profile accounts:token accounts:practice_new switch_role feeds:* today first_steps_dismiss portal"
            " client_home practice_home",
        ),
        Row(
            _("What a search finds"),
            (BY_LINES, BY_LINES, BY_LINES, BY_LINES, BY_LINES, NO),
            "`tyonohjaus/search/kinds.py`: the querysets above; nothing that is encrypted",
            "search",
        ),
    ),
)  # fmt: skip

GROWTH: Final = Section(
    _("The supervisor’s own growth"),
    (
        Row(
            _("Portfolio: training, membership, sectors, languages, commitments, log, files, choices"),
            (OWN, OWN, NONE, NONE, NO, NO),
            "policies on `portfolio_…`: its owner alone; notes, files and their names sealed with their key; the"
            " worker: whose own supervision is thin and since when, `sec.toto_thin`",
            "portfolio:*",
        ),
        Row(
            _("Cases for one’s own supervision"),
            (OWN, OWN, NONE, NONE, NO, NO),
            "sealed to their author's key; policy on `portfolio_case`",
            "cases:*",
        ),
        Row(
            _("That something was reported under a duty"),
            (OWN, OWN, NO, NO, NO, NO),
            "`DutyReport.objects.written_by`, policy on `privacy_dutyreport`; without content",
            "duties:*",
        ),
    ),
)  # fmt: skip

DATA: Final = Section(
    _("Data protection"),
    (
        Row(
            _("What is held on oneself"),
            (OWN, OWN, OWN, OWN, OWN, OWN),
            "`privacy/own/collect.py`, `sec.own_…` functions",
            "own:data own:json own:pdf own:ask",
        ),
        Row(
            _("What somebody asks about their data, and the answer"),
            (part(_("of processes they lead, and about their own notes")), part(_("about their own notes")), OWN, OWN,
             part(_("what is asked of the practice")), NO),
            "sealed; `DataRequest.objects.handled_by`, policy on `privacy_datarequest`; the worker: that there is one",
            "own:request own:received own:handle own:extend",
            "own:data",
        ),
        Row(
            _("Papers of data protection"),
            (YES, YES, part(_("the privacy notice")), part(_("the privacy notice")), YES, NO),
            "`privacy/papers/`, `sec.privacy_notice`",
            "papers:*",
            "own:data",
        ),
        Row(
            _("Personal data breaches"),
            (YES, YES, NO, NO, YES, NO),
            "sealed; policies on `privacy_incident`, `privacy_incidentversion`",
            "incidents:*",
        ),
        Row(
            _("What goes when"),
            (part(_("own processes by name")), SAME, NO, NO, part(_("of which form and whose, how many and when")),
             part(_("how much went each night"))),
            "`sec.going_next`; policy on `privacy_retentionrun`",
            "retention:going",
        ),
        Row(
            _("Holding back what should go, and erasing a person"),
            (YES, YES, NO, NO, YES, NO),
            "policy on `privacy_hold`, `sec.may_erase`, `sec.erase_person`",
            "retention:*",
        ),
        Row(
            _("Spreadsheets on their way in"),
            (OWN, OWN, NONE, NONE, part(_("own; of others that there is one, who, when and how many")), NO),
            "policies on `transfer_importbatch`, `transfer_importfile`; the worker lets files go and reads none",
            "transfer:imports transfer:batch transfer:columns transfer:errors transfer:leave transfer:undo",
        ),
        Row(
            _("One’s own processes as files"),
            (OWN, OWN, NONE, NONE, NO, NO),
            "the querysets above; private notes as text only while they are open",
            "transfer:export",
        ),
        Row(
            _("The whole practice as an archive"),
            (NONE, NONE, NONE, NONE, part(_("makes and carries it, sealed for the receiver; reads nothing of it")),
             part(_("accepts the receiver"))),
            "`sec.practice_rows`, policy on `transfer_receiver`",
            "transfer:moving transfer:archive transfer:stay",
        ),
    ),
)  # fmt: skip

SECTIONS: Final = (PROCESS, SESSIONS, BETWEEN, OUTCOMES, MONEY, GROWTH, DATA, MESSAGES)

NOTES: Final = (
    _("A draft of a process is seen by its supervisors alone. Who has left a process or an organisation sees it no"
      " more."),
    _("Who leads a process no more still reads and destroys their own notes of it, and what others shared with them"
      " there no more."),
    _("An example process is seen by the supervisor for whom it was made, and by nobody else, administrators"
      " included."),
    _("A diary stays its author’s when they have left. Supervisors who are supervised have one too."),
    _("A memo that was begun before its session is held is a draft: until then its supervisors alone see it. Every"
      " reading of a memo by another than its last writer is written down, once per reader and hour."),
    _("Nobody else sees anything: to a stranger a page that is not theirs is not there."),
)  # fmt: skip


def rows() -> list[Row]:
    return [row for section in SECTIONS for row in section.rows]


def rows_of(name: str) -> list[Row]:
    """Return the rows that the page `name` belongs to: those that name it, else those that have its namespace."""
    named = [row for row in rows() if name in row.names]
    return named or [row for row in rows() if f"{name.partition(':')[0]}:*" in row.names and ":" in name]


def level(row: Row, role: str) -> Level:
    return row.answers[[key for key, _label in ROLES].index(role)].level
