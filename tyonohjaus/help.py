"""What people ask, answered shortly: one page, in the order of the work, and from every page a way to its own part."""
# ruff: noqa: E501 - texts are read best as they stand

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Topic:
    """One part of the page: `key` is its anchor, `areas` the namespaces and names of the pages that it is about."""

    key: str
    title: Promise
    answers: Sequence[Promise]
    areas: frozenset[str]


@dataclass(frozen=True)
class Part:
    """Topics for one sort of readers."""

    title: Promise
    topics: Sequence[Topic]


def topic(key: str, title: Promise, areas: str, *answers: Promise) -> Topic:
    return Topic(key, title, answers, frozenset(areas.split()))


PARTS: Final = (
    Part(
        _("For supervisors"),
        (
            topic(
                "beginning",
                _("Beginning"),
                "today home example_make accounts:practice_edit accounts:practice",
                _(
                    "Today shows what the day holds and what waits for you. The first steps tick themselves off by what is "
                    "there; hide them when you need them no more."
                ),
                _(
                    "An example process shows how everything looks when it has been used for a while. It is marked, nothing "
                    "of it is sent, booked or counted, and it goes in one click."
                ),
                _(
                    "What you kept in a workbook comes in under Import and export: you say what the columns are, see every "
                    "row before anything is written, and can take it back for seven days."
                ),
            ),
            topic(
                "contract",
                _("A process and its contract"),
                "engagements urgent sign people",
                _(
                    "Opening a process takes four short pages: who, how, what for, and for what price. You can leave at any "
                    "time; what you have filled in is kept as a draft."
                ),
                _(
                    "What was offered does not change any more, so that everybody signs the same text. To change something, "
                    "withdraw the offer, or amend what is agreed: the change is signed by all parties, and the earlier "
                    "version stays."
                ),
                _(
                    "Whoever has no account signs by a personal link and a code that is sent to them. A paper with pen "
                    "signatures can be recorded too."
                ),
            ),
            topic(
                "sessions",
                _("Sessions"),
                "sessions calendar offers busy feeds phases community",
                _(
                    "Book one session or a series; moving or cancelling some of a series leaves the others alone. Nobody can "
                    "be booked twice at the same time, and your other calendars count as taken."
                ),
                _(
                    "Notices leave three minutes after a change, so that a slip of the hand can be taken back: moved and "
                    "moved back is told to nobody."
                ),
                _(
                    "After a session, mark it as held and say who was there. Fees, certificates and reports reckon with "
                    "what is marked."
                ),
            ),
            topic(
                "notes",
                _("Your own notes"),
                "notes vault cases",
                _(
                    "Only you can open them, with your passphrase. We do not have it, and cannot make another: if both the "
                    "passphrase and the recovery sheet are lost, the notes are lost."
                ),
                _(
                    "Writing needs no passphrase, reading does. Open notes lock by themselves after fifteen minutes "
                    "without use."
                ),
                _(
                    "Notes are destroyed on the day that the contract names. You are told before, and can copy what you need."
                ),
            ),
            topic(
                "shared",
                _("Memo, tasks and board"),
                "tasks board diary progress reads",
                _(
                    "The memo, the agenda and the board are for everybody in the process, never for the client. Each task "
                    "says who sees its answers."
                ),
                _(
                    "Who has opened what concerns you stands under “Who has opened”; nobody can change or delete that list."
                ),
            ),
            topic(
                "evaluations",
                _("Evaluations"),
                "rounds results questionnaires effects answer",
                _(
                    "Fewer than five answers are never shown, and results come once, when the round is closed: so nobody can "
                    "be found by comparing. In small groups ask by name, if everybody agrees."
                ),
                _("Nobody, not even an administrator, can tell who gave an anonymous answer."),
            ),
            topic(
                "reports",
                _("Reports to the client"),
                "reports draft received provision certificates",
                _(
                    "A report leaves only when every supervisee has approved the very text. Whoever objects is heard "
                    "first; what was handed over can be withdrawn, but not unsaid."
                ),
                _("The client sees what the contract promised and the reports handed over, and nothing else."),
            ),
            topic(
                "billing",
                _("Billing"),
                "billing",
                _(
                    "The basis of an invoice collects what was held or cancelled too late, by the terms that were in force "
                    "on the day. It names the process, never the supervisees."
                ),
                _("It is kept for six years after the year of the invoice, as the Accounting Act asks."),
            ),
            topic(
                "profession",
                _("Portfolio and law"),
                "portfolio law duties",
                _(
                    "The portfolio is yours alone. Supervision that you receive here is drawn into your log; add what you "
                    "do elsewhere."
                ),
                _(
                    "The law register says in plain words what each act asks of whom; a few questions help to see whether "
                    "you have to report. Write down that you reported, never what it was about."
                ),
            ),
        ),
    ),
    Part(
        _("For supervisees and clients"),
        (
            topic(
                "supervisee",
                _("I take part in supervision"),
                "portal",
                _(
                    "You come in by a code to your e-mail, or by a personal link. Your page shows the next session, what you "
                    "are asked, and what belongs to your process."
                ),
                _(
                    "If you cannot come, say so on the page of the session: it tells beforehand what the contract says of "
                    "the price."
                ),
                _("Your employer sees neither the memo, the board, your answers nor your diary."),
            ),
            topic(
                "client",
                _("I order supervision"),
                "client_home received:not_shown",
                _(
                    "You see the contracts you are party to, how the work advances as far as the contract says so, and "
                    "reports that every supervisee has approved."
                ),
                _(
                    "What was spoken of belongs to those who spoke. This holds for us too: there is no way to show it to you."
                ),
            ),
        ),
    ),
    Part(
        _("For everybody"),
        (
            topic(
                "messages",
                _("Messages and calendar"),
                "notifications",
                _(
                    "Choose which messages you want, how long before, each alone or gathered, and when it has to be quiet. "
                    "Replies to our mails are not read."
                ),
                _(
                    "Your sessions come into your own calendar by a secret address or as invitations. Give the address to "
                    "nobody; if it got about, make a new one."
                ),
            ),
            topic(
                "own-data",
                _("Your data"),
                "own accounts mfa_index usersessions_list account_email account_change_password",
                _(
                    "“Own data” shows everything that is held on you; take it along as a file or as a PDF. You can ask for "
                    "it to be corrected or erased, or object: you are answered within a month."
                ),
                _(
                    "Erasing somebody cannot be undone. What the law asks to keep stays without their name wherever that is "
                    "possible."
                ),
            ),
            topic(
                "practice",
                _("Administering a practice"),
                "practice_home practice_supervisors practice_messages practice_message_log practice_reports papers"
                " incidents retention transfer",
                _(
                    "An administrator sees contracts, bills and how messages went, and nothing of what was said. Privacy "
                    "notice, record of processing and agreements are written from what you have set here."
                ),
                _(
                    "What goes next month stands under “What goes next”. A legal hold keeps a process or a person beyond "
                    "their day, with its grounds and a last day."
                ),
            ),
            topic(
                "keys-and-fonts",
                _("Keyboard, colours, language"),
                "",
                _(
                    "Every page works with the keyboard alone; ? lists the keys. Colours and language are chosen at the foot "
                    "of each page."
                ),
            ),
        ),
    ),
)
_AREAS: Final = {area: each.key for part in PARTS for each in part.topics for area in each.areas}
HELP: Final = pgettext_lazy("navigation", "Help")


def topic_of(request: HttpRequest) -> str:
    """Return the anchor of what helps on this page: by its name, else by its namespace; empty where nothing fits."""
    match = request.resolver_match
    if match is None:
        return ""
    return _AREAS.get(match.view_name) or next((_AREAS[each] for each in match.namespaces if each in _AREAS), "")
