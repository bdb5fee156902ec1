"""The kinds of what is kept, in the words of the papers: what it is, whose, what for, on which ground, until when."""

from dataclasses import dataclass, field
from enum import Enum
from itertools import count

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

_places = count()


class Basis(Enum):
    """The ground of processing (General Data Protection Regulation 2016/679, article 6)."""

    CONTRACT = _("a contract (GDPR 6(1)(b))")
    LAW = _("a duty by law (GDPR 6(1)(c))")
    INTEREST = _("a legitimate interest (GDPR 6(1)(f))")
    CONSENT = _("consent (GDPR 6(1)(a))")

    @property
    def label(self) -> Promise:
        return self.value


class Erased(Enum):
    """What becomes of it when a person is erased."""

    ROW = pgettext_lazy("on erasure", "deleted")
    BLANK = pgettext_lazy("on erasure", "emptied")
    NUMBER = pgettext_lazy("on erasure", "replaced by a number")
    KEPT = pgettext_lazy("on erasure", "kept, since the law says so")
    OTHERS = pgettext_lazy("on erasure", "stays: it is others’ too, and goes on its day")
    NOBODY = pgettext_lazy("on erasure", "tells nothing of anybody")

    @property
    def label(self) -> Promise:
        return self.value


@dataclass(frozen=True)
class Kind:
    """One kind of what is kept. By `rules` of the nightly run it goes; `law` says why it outlives erasure."""

    what: Promise
    whose: Promise
    purpose: Promise
    basis: Basis
    goes: Promise
    erased: Erased
    rules: tuple[str, ...] = ()
    law: Promise | str = ""
    place: int = field(default_factory=lambda: next(_places))

    @property
    def ground(self) -> Promise | str:
        """Why it is kept so long: the law that says so, else the ground of its processing."""
        return self.law or self.basis.label


@dataclass(frozen=True)
class Excuse:
    """Why a field that could hold something about a person does not."""

    why: str


SUPERVISEES = _("people in supervision, contacts and payers")
PARTIES = _("the parties of a process")
SUPERVISORS = _("supervisors and practice administrators")
EVERYBODY = _("everybody who signs in")
WITH_ROW = _("together with what it stands on")

PERSON = Kind(
    _("Names, e-mail addresses and languages"),
    SUPERVISEES,
    _("To arrange the supervision, to reach people, to sign"),
    Basis.CONTRACT,
    _("three months after the person is in no process any more"),
    Erased.NUMBER,
    ("people",),
)
CONTACT = Kind(
    _("Contacts of clients: title and telephone"),
    _("contacts of client organisations"),
    _("To agree with the client and to report to it"),
    Basis.INTEREST,
    _("twelve months after they stopped being the contact, if no contract names them"),
    Erased.ROW,
    ("contacts",),
)
ACCOUNT = Kind(
    _("Accounts: address, name, password as a hash, second factors"),
    EVERYBODY,
    _("To let the right person in"),
    Basis.CONTRACT,
    _("24 months after the last log-in, when nobody has anything to do with the account any more"),
    Erased.ROW,
    ("accounts", "addresses_to_prove"),
)
LOG_IN = Kind(
    _("Log-ins and devices"),
    EVERYBODY,
    _("To keep strangers out, and to show who is signed in"),
    Basis.INTEREST,
    _("the day after the log-in has ended; the list of devices 30 days after it was last seen"),
    Erased.ROW,
    ("log_ins", "devices"),
)
SETTING = Kind(
    _("Own settings, working hours and other calendars"),
    EVERYBODY,
    _("To work as its user wants"),
    Basis.CONTRACT,
    _("with the account; of who works in no practice any more after twelve months; busy times after 30 days"),
    Erased.ROW,
    ("former", "busy_times"),
)
INVITED = Kind(
    _("Invitations into a practice"),
    SUPERVISORS,
    _("To let a colleague in"),
    Basis.INTEREST,
    _("six months after it was accepted, taken back or out of date"),
    Erased.ROW,
    ("invitations",),
)
PRACTICE = Kind(
    _("Details of the practice and of client organisations"),
    _("businesses, and people who trade under their own name"),
    _("Contracts and invoices"),
    Basis.CONTRACT,
    _("as long as the practice uses them"),
    Erased.OTHERS,
)
FRAME = Kind(
    _("Processes and sessions: name, dates, form and attendance"),
    PARTIES,
    _("To carry out what was agreed, and to show that it was"),
    Basis.CONTRACT,
    _("ten years after the process has ended; one that never began, after 24 months"),
    Erased.NUMBER,
    ("contract", "abandoned"),
    _("728/2003, section 7; GDPR 17(3)(e)"),
)
CONTRACT = Kind(
    _("Contracts, signatures and what proves them"),
    PARTIES,
    _("To agree, and to show what was agreed"),
    Basis.CONTRACT,
    _("ten years after the process has ended, when no claim can be made any more"),
    Erased.KEPT,
    ("contract", "abandoned"),
    _("728/2003, section 7; GDPR 17(3)(e)"),
)
LINK = Kind(
    _("Personal links and codes, as hashes"),
    SUPERVISEES,
    _("To sign and to answer without an account"),
    Basis.INTEREST,
    _("a month after a signature is settled, three months after an evaluation has closed"),
    Erased.BLANK,
    ("signing_links", "answer_links"),
)
SHARED = Kind(
    _("Memos, agendas, tasks, answers, boards, times offered and drafts of reports"),
    PARTIES,
    _("The supervision itself"),
    Basis.CONTRACT,
    _("on the day that the contract names; where it names none, twelve months after the process has ended"),
    Erased.OTHERS,
    ("content",),
)
OWN_SHARED = Kind(
    _("Own answers, points, additions, words on the board and own goals"),
    _("supervisees"),
    _("The supervision itself"),
    Basis.CONTRACT,
    _("on the day that the contract names; where it names none, twelve months after the process has ended"),
    Erased.ROW,
    ("content",),
)
NOTE = Kind(
    _("Supervisors’ own notes, and their keys"),
    _("their author, and those of whom they tell"),
    _("To prepare and to reflect on one’s work"),
    Basis.INTEREST,
    _("on the day that the contract names; where it names none, six months after the process has ended"),
    Erased.OTHERS,
    ("notes",),
)
DIARY = Kind(
    _("Own diaries"),
    _("their author"),
    _("One’s own thoughts, for nobody else"),
    Basis.CONTRACT,
    _("when its author deletes it, or with the account"),
    Erased.ROW,
    ("accounts",),
)
NAMED_ANSWER = Kind(
    _("Answers to evaluations by name"),
    _("supervisees and clients"),
    _("To develop the supervision"),
    Basis.CONSENT,
    _("names and texts on the day of the memos; figures without a name with the process"),
    Erased.ROW,
    ("content", "contract"),
)
ROUND = Kind(
    _("Who was asked in an evaluation, and answers without a name"),
    SUPERVISEES,
    _("To develop the supervision"),
    Basis.INTEREST,
    _("with the process, ten years after it has ended"),
    Erased.NUMBER,
    ("contract",),
)
REPORT = Kind(
    _("Reports that were handed over, and who approved and received them"),
    PARTIES,
    _("To tell the client what was agreed"),
    Basis.CONTRACT,
    _("with the contract, ten years after the process has ended"),
    Erased.NUMBER,
    ("contract",),
    _("728/2003, section 7; GDPR 17(3)(e)"),
)
BOOKS = Kind(
    _("Bases of invoices and travel"),
    _("payers and supervisors"),
    _("Bookkeeping"),
    Basis.LAW,
    _("six years from the end of the calendar year"),
    Erased.KEPT,
    ("books", "trips"),
    _("Accounting Act 1336/1997, 2:10; GDPR 17(3)(b)"),
)
MESSAGE = Kind(
    _("Messages: to whom and what about, without their text"),
    EVERYBODY,
    _("To say everything once"),
    Basis.INTEREST,
    _("24 months after sending; what the mail server answered, after three months"),
    Erased.ROW,
    ("messages", "mail_replies"),
)
METHOD = Kind(
    _("Templates, questions and words of a practice"),
    _("nobody"),
    _("The practice’s own way of working"),
    Basis.INTEREST,
    _("as long as the practice uses them"),
    Erased.NOBODY,
)
TOTALS = Kind(
    _("Totals of a client’s year"),
    _("nobody: from ten employees up"),
    _("Effects beside the figures"),
    Basis.INTEREST,
    _("as long as the practice uses them"),
    Erased.NOBODY,
)
DOER = Kind(
    _("Who did something"),
    SUPERVISORS,
    _("So that everybody sees whose it is"),
    Basis.INTEREST,
    WITH_ROW,
    Erased.NUMBER,
    (),
)
EVIDENCE = Kind(
    _("The record of what was done and read: numbers alone"),
    EVERYBODY,
    _("To show what was done, and to notice abuse"),
    Basis.LAW,
    _("it stays: without a name it leads to nobody"),
    Erased.KEPT,
    (),
    _("GDPR 5(2)"),
)
ADMIN_LOG = Kind(
    _("What an administrator did on the admin site"),
    _("administrators"),
    _("To show what was done"),
    Basis.INTEREST,
    _("after 24 months"),
    Erased.OTHERS,
    ("admin_log",),
)
HOLD = Kind(
    _("Legal holds and their grounds"),
    PARTIES,
    _("To keep what a claim needs"),
    Basis.INTEREST,
    _("24 months after the hold has ended"),
    Erased.OTHERS,
    ("holds",),
)
RUN = Kind(
    _("Counts of the nightly runs"),
    _("nobody"),
    _("To show that what must go goes"),
    Basis.LAW,
    _("after 24 months"),
    Erased.NOBODY,
    ("runs",),
)
REQUEST = Kind(
    _("Requests about data, and their answers"),
    EVERYBODY,
    _("To answer, and to show that they were answered"),
    Basis.LAW,
    _("24 months after the answer"),
    Erased.KEPT,
    ("requests",),
    _("GDPR 5(2)"),
)
DUTY = Kind(
    _("That a duty to report was fulfilled: when, on which ground, to whom"),
    SUPERVISORS,
    _("So that its author can show it"),
    Basis.INTEREST,
    _("ten years after it was written down"),
    Erased.KEPT,
    ("duties",),
    _("728/2003, section 7; GDPR 17(3)(e)"),
)
INCIDENT = Kind(
    _("Log of personal data breaches"),
    _("nobody by name: what happened and to how many"),
    _("To show what happened and what was done"),
    Basis.LAW,
    _("ten years after it became known"),
    Erased.KEPT,
    ("incidents",),
    _("GDPR 33(5)"),
)
IMPORT = Kind(
    _("Spreadsheets that were brought in"),
    PARTIES,
    _("To bring in what was kept elsewhere, and to take it back"),
    Basis.CONTRACT,
    _("the file after a day; that it was brought in, after twelve months"),
    Erased.OTHERS,
    ("imports",),
)
PORTFOLIO = Kind(
    _("A supervisor’s own portfolio and cases"),
    SUPERVISORS,
    _("To show and to develop one’s own competence"),
    Basis.CONTRACT,
    _("when its owner deletes it, or with the account"),
    Erased.ROW,
    ("accounts",),
)

CODE = Excuse("a code of ours, a hash or a number of a form: it tells nothing of a person")
VIEW = Excuse("not a table: a window on columns that stand under their own table")
CONFIGURATION = Excuse("configuration of the installation")
OBJECT = Excuse("the id of a thing, not of a person")
