"""The papers of data protection as data: headings, paragraphs and tables, from configuration and practice.

Record of processing activities (GDPR 30), agreement with the processor (28), privacy notice (13–14), and a draft of the
impact assessment (35). Page and PDF are made of the same ones, in the language of who reads.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from privacy import policy
from privacy.papers.facts import Facts


@dataclass(frozen=True)
class Part:
    """One section of a paper: paragraphs, points, and a table with its head."""

    title: str
    paragraphs: Sequence[str] = ()
    points: Sequence[str] = ()
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = field(default=())


@dataclass(frozen=True)
class Paper:
    key: str
    title: str
    lead: str
    parts: Sequence[Part]


#: The papers, in the order in which they are listed.
TITLES: Final[Mapping[str, Promise]] = {
    "notice": gettext_lazy("Privacy notice"),
    "record": gettext_lazy("Record of processing activities"),
    "processor": gettext_lazy("Agreement on the processing of personal data"),
    "assessment": gettext_lazy("Impact assessment, a draft to go on from"),
}
ABOUT: Final[Mapping[str, Promise]] = {
    "notice": gettext_lazy("For supervisees and contacts: GDPR 13–14. Its page is public, by its address."),
    "record": gettext_lazy("What you do with personal data: GDPR 30. You show it to the authority when asked."),
    "processor": gettext_lazy("Between you, the controller, and the provider of this service, the processor: GDPR 28."),
    "assessment": gettext_lazy("What can go wrong, how bad it would be, and what is done against it: GDPR 35."),
}


def paper(key: str, facts: Facts) -> Paper:
    """Return a paper of a practice; `key` is one of `TITLES`."""
    writers: Mapping[str, Callable[[Facts], Sequence[Part]]] = {
        "notice": notice,
        "record": record,
        "processor": processor,
        "assessment": assessment,
    }
    return Paper(key, str(TITLES[key]), str(ABOUT[key]), writers[key](facts))


# --- what several papers say ----------------------------------------------------------------------------------------


def controller(facts: Facts) -> Part:
    rows = [
        (_("Controller"), facts.name),
        (_("Business ID"), facts.business_id),
        (_("Address"), facts.address),
        (_("E-mail"), facts.email),
        (_("Telephone"), facts.phone),
        (_("Who answers in matters of data protection"), facts.contact),
    ]
    return Part(_("Who is responsible"), rows=[(label, value or "–") for label, value in rows])


def purposes() -> Part:
    return Part(
        _("Purposes and their grounds"),
        head=(_("Purpose"), _("Whose data"), _("Ground")),
        rows=[
            (
                _("Agreeing on supervision and carrying it out"),
                _("supervisees, line managers, contacts of clients"),
                _("the contract (GDPR 6(1)(b)); for those who are no party to it, the legitimate interest of carrying"
                  " it out (6(1)(f))"),
            ),
            (
                _("Evaluating the supervision"),
                _("supervisees, contacts of clients"),
                _("legitimate interest (6(1)(f)); by name only by consent (6(1)(a))"),
            ),
            (
                _("Telling the client what the contract says, after approval"),
                _("supervisees, as a group"),
                _("the contract; a text only after everybody’s approval"),
            ),
            (
                _("Invoicing and bookkeeping"),
                _("contacts of clients, private payers"),
                _("a legal duty (6(1)(c)): Accounting Act 1336/1997"),
            ),
            (
                _("Security, and evidence of who has read what"),
                _("everybody who signs in"),
                _("a legal duty and legitimate interest (6(1)(c), (f); 32)"),
            ),
            (
                _("The supervisor’s own notes"),
                _("supervisees"),
                _("legitimate interest (6(1)(f)); data on health and the like is not asked for, and not needed (9)"),
            ),
        ],
    )  # fmt: skip


def categories() -> Part:
    return Part(
        _("Categories of data"),
        points=[
            _("names, e-mail addresses, telephone numbers of contacts, languages, roles"),
            _("contracts, signatures with their evidence, sessions and attendance"),
            _("goals, tasks and answers, shared memos, board, agenda"),
            _("answers to evaluations, reports and their approvals"),
            _("the supervisor’s own notes, sealed so that only their author opens them"),
            _("log-ins, messages sent, and the log of who has opened what"),
            _("No personal identity codes are kept, and no sessions are recorded."),
        ],
    )


def retention() -> Part:
    return Part(
        _("How long data is kept"),
        head=(_("Data"), _("Kept"), _("Why so long")),
        rows=[(str(each.what), str(each.goes), str(each.ground)) for each in policy.periods()],
    )


def recipients() -> Part:
    by = _("Messages leave by the mail server %(server)s, as a time and a link, without names or content.")
    server = [by % {"server": settings.EMAIL_HOST}] if settings.EMAIL_HOST else []
    points = [
        _("The client receives what the signed contract names, and texts only after every supervisee’s approval."),
        _("The provider of this service keeps the data on behalf of the controller, as its processor."),
        *server,
        _("Nothing is sold, used for advertising, or given to anybody else without a legal duty."),
        _("Data is not transferred outside the European Economic Area by this service."),
    ]
    return Part(_("Who receives data"), points=points)


def security() -> Part:
    return Part(
        _("Security measures"),
        points=[
            _("Supervisors and administrators sign in with a second factor; a log-in ends after 30 idle minutes."),
            _("The database itself gives each person their own rows alone (row-level security)."),
            _("The supervisor’s own notes are sealed under a key that only the author’s passphrase opens."),
            _("Memos, answers, drafts and files are encrypted with a key of their process; destroying the key destroys"
              " them, on the contract’s day."),
            _("Reading by others than the author goes into a log that nobody can change, and that the person sees."),
            _("E-mail carries no content. Contracts are sealed electronically, so that a change shows."),
            _("Backups are encrypted and kept for 35 days; what was erased is erased again from a restored one."),
        ],
    )  # fmt: skip


def rights() -> Part:
    return Part(
        _("Your rights"),
        paragraphs=[
            _("You see everything that is held on you on the page Own data, and take it along as PDF or JSON. There you"
              " also ask to correct or erase it, to restrict its use, or object. You are answered within a month."),
            _("A supervisor’s own notes are not shown there, since only their author can open them; you ask the author,"
              " who answers with grounds (GDPR 15(4); Data Protection Act 1050/2018, section 34)."),
            _("Where something is done by your consent you can take it back at any time. If you find that your data is"
              " used against the law, you can complain to the Data Protection Ombudsman (tietosuoja.fi)."),
            _("No decision about you is made by a machine alone, and nobody is profiled."),
        ],
    )  # fmt: skip


# --- the papers -----------------------------------------------------------------------------------------------------


def notice(facts: Facts) -> list[Part]:
    source = Part(
        _("Where data comes from"),
        paragraphs=[
            _("From you; from your employer or the client who orders the supervision (name, work address); and from the"
              " supervisor, who writes down what was agreed and held. What is asked in an evaluation is voluntary."),
        ],
    )  # fmt: skip
    return [controller(facts), purposes(), categories(), source, recipients(), retention(), rights(), security()]


def record(facts: Facts) -> list[Part]:
    people = Part(
        _("Whose data"),
        points=[
            _("supervisees, and line managers who take part"),
            _("contacts of client organisations, and private payers"),
            _("supervisors and administrators of the practice"),
        ],
    )
    return [controller(facts), purposes(), people, categories(), recipients(), retention(), security()]


def processor(facts: Facts) -> list[Part]:
    parties = Part(
        _("Parties"),
        rows=[
            (_("Controller"), ", ".join(each for each in (facts.name, facts.business_id, facts.address) if each)),
            (_("Processor"), _("The provider of this service at %(site)s") % {"site": settings.SITE_URL}),
        ],
    )
    subject = Part(
        _("Subject, duration and nature"),
        paragraphs=[
            _("The processor keeps the controller’s data on supervision in this service and shows it to those whom the"
              " controller’s contracts and rows name. The agreement holds as long as the controller uses the service."),
        ],
    )  # fmt: skip
    duties = Part(
        _("Duties of the processor (GDPR 28(3))"),
        points=[
            _("processes data only on documented instructions of the controller: the settings and contracts made here"),
            _("binds those who may reach the data to confidentiality, and gives them no content of supervision"),
            _("keeps the security measures below, and tells of their changes"),
            _("uses another processor only with the controller’s general permission, told beforehand, under the same"
              " duties"),
            _("helps the controller to answer requests of people: the page Own data, corrections, erasure"),
            _("tells the controller of a breach without delay, at the latest within 24 hours of noticing it, and helps"
              " with the notification and the impact assessment"),
            _("returns or deletes the data at the end, as the controller chooses; backups follow within 35 days"),
            _("shows what is needed to demonstrate all this, and lets it be audited"),
        ],
    )  # fmt: skip
    return [parties, subject, categories(), duties, retention(), security()]


def assessment(facts: Facts) -> list[Part]:
    need = Part(
        _("Is an assessment needed?"),
        paragraphs=[
            _("Supervision speaks of people in their work, sometimes in hard situations, and an employer pays: the"
              " power is uneven. An assessment is needed when processing is likely to bring a high risk (GDPR 35), as"
              " when many people’s sensitive matters are written down. Go through the points, change them to what is"
              " true in your practice, and write down who looked at it and when."),
        ],
    )  # fmt: skip
    risks = Part(
        _("Risks, and what is done against them"),
        head=(_("What could go wrong"), _("How bad it would be"), _("What is done against it")),
        rows=[
            (
                _("The employer learns what one supervisee said or answered"),
                _("severe: trust, position at work"),
                _("the contract as a filter, everybody’s approval before a text leaves, figures from five answers up"),
            ),
            (
                _("Private notes are read by somebody else"),
                _("severe"),
                _("sealed under the author’s own key; nobody at the service opens them"),
            ),
            (
                _("A message goes to a wrong address"),
                _("slight"),
                _("messages carry a time and a link, no names and no content"),
            ),
            (
                _("Somebody signs in as another"),
                _("severe for a supervisor’s account"),
                _("a second factor, short log-ins, a list of devices, notice of changes"),
            ),
            (
                _("Data is kept too long"),
                _("moderate"),
                _("keys are destroyed on the day that the contract names"),
            ),
            (
                _("Data is lost"),
                _("moderate"),
                _("encrypted backups that are restored in rehearsal; signed contracts in the hands of all parties"),
            ),
        ],
    )
    own = Part(
        _("What only you can answer"),
        points=[
            _("Do you write down matters of health or of clients that can be recognised? Why is it necessary?"),
            _("Who else sees your screen, your telephone, your paper?"),
            _("Have you asked supervisees what they think of how their data is used?"),
            _("What remains of the risks, and do you accept it? If they stay high, ask the Data Protection Ombudsman"
              " before you begin (GDPR 36)."),
        ],
    )  # fmt: skip
    return [controller(facts), need, purposes(), categories(), risks, own, retention(), security()]
