"""What stays between the people, what the client is told, and what is kept for how long."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagements.models import Approval, Form, ReportingClause, Told
from engagements.models.contract import FACTS, ToldWhen
from engagements.terms import ContractTerms, ReportingLine
from engagements.wording.blocks import Block, Points, Table, Text, capital, many, paragraphs


def confidentiality(terms: ContractTerms) -> Iterator[Block]:
    if terms.client:
        yield Text(
            ngettext(
                "What is spoken of in supervision is confidential. The supervisor tells no outsider what they "
                "learn of the supervisee, of the client organisation or of third persons, and does not use it for "
                "any purpose of their own. The supervisor owes this secrecy to the supervisee and to the client "
                "organisation alike, and it goes on after this contract has ended.",
                "What is spoken of in supervision is confidential. The supervisor tells no outsider what they "
                "learn of the supervisees, of the client organisation or of third persons, and does not use it "
                "for any purpose of their own. The supervisor owes this secrecy to the supervisees and to the "
                "client organisation alike, and it goes on after this contract has ended.",
                many(terms),
            )
        )
        yield Text(
            ngettext(
                "The client organisation asks neither the supervisor nor the supervisee what was spoken of. It is "
                "told what the clause on reporting names, and nothing else.",
                "The client organisation asks neither the supervisor nor the supervisees what was spoken of. It "
                "is told what the clause on reporting names, and nothing else.",
                many(terms),
            )
        )
    else:
        yield Text(
            ngettext(
                "What is spoken of in supervision is confidential. The supervisor tells no outsider what they "
                "learn of the supervisee, of their place of work or of third persons, and does not use it for any "
                "purpose of their own. This secrecy goes on after the contract has ended.",
                "What is spoken of in supervision is confidential. The supervisor tells no outsider what they "
                "learn of the supervisees, of their places of work or of third persons, and does not use it for "
                "any purpose of their own. This secrecy goes on after the contract has ended.",
                many(terms),
            )
        )
    if terms.form == Form.INDIVIDUAL:
        yield Text(_("The supervisee speaks of clients, patients and pupils so that nobody can be recognised."))
    else:
        yield Text(
            _(
                "The supervisees keep to themselves what they learn of one another, also afterwards, and speak of "
                "clients, patients and pupils so that nobody can be recognised."
            )
        )
    yield Text(_("The law sets limits to secrecy. The supervisor has to act in spite of it when it so orders:"))
    yield Points(
        (
            _(
                "Child Welfare Act (417/2007), section 25: where the supervisor's profession or assignment brings "
                "them under it, they notify the wellbeing services county without delay of a child whose need "
                "for care, endangered development or own behaviour calls for an inquiry into the need for child "
                "welfare; in cases named there the police as well."
            ),
            _(
                "Criminal Code (39/1889), chapter 15, section 10: everybody has to tell the authorities or the "
                "person in danger of a grave offence named there while it can still be prevented. It does not "
                "concern what has already happened."
            ),
            _("Another duty to report, or an order of a court, that binds the supervisor by law."),
        )
    )
    yield Text(
        ngettext(
            "If it can be done without danger, the supervisor first tells the supervisee of the notification. "
            "Only that it was made, when and on what ground is written down, not what it contained.",
            "If it can be done without danger, the supervisor first tells the supervisees of the "
            "notification. Only that it was made, when and on what ground is written down, not what it "
            "contained.",
            many(terms),
        )
    )
    if terms.client and terms.client.public_body:
        yield Text(
            _(
                "The client organisation is a public body: documents that it has received come under the Act on "
                "the Openness of Government Activities (621/1999). A report is therefore written so that it could "
                "be published."
            )
        )
    if terms.toto_use:
        yield Text(
            _(
                "The supervisor may look at their own work in this process in their own supervision (ToTo), "
                "without names and so that no supervisee, client organisation or third person can be recognised."
            )
        )
    else:
        yield Text(
            ngettext(
                "The supervisor does not take this process to their own supervision (ToTo) unless the supervisee "
                "agrees to it.",
                "The supervisor does not take this process to their own supervision (ToTo) unless the supervisees "
                "agree to it.",
                many(terms),
            )
        )
    yield Text(
        _("Sessions are not recorded in sound or picture, nor written down by automatic assistants, by anybody.")
    )
    for text in paragraphs(terms.confidentiality_more):
        yield Text(text)


def reporting(terms: ContractTerms) -> Iterator[Block]:
    if not terms.reporting:
        if terms.client:
            yield Text(_("The client organisation is told nothing of the supervision but that the process exists."))
            yield Text(
                _("The billing needs no more than the number of sessions that are charged; it stands on the invoice.")
            )
        else:
            yield Text(_("Nobody outside the process is told anything of it."))
        return
    if terms.client:
        yield Text(_("The client organisation is told this and nothing else:"))
    else:
        yield Text(_("Outside the process this is told and nothing else:"))
    yield Table(
        (_("What"), _("To whom"), _("When"), _("Approval"), _("Silence")),
        tuple(_line(line) for line in terms.reporting),
    )
    asked = [line for line in terms.reporting if line.approval == Approval.EVERYONE]
    if asked:
        yield Text(
            ngettext(
                "What needs approval is shown to the supervisee as it stands, and is handed over only when they "
                "have approved it. If a letter of it is changed, the approval is void. Approval is given in the "
                "service or in a session; what the supervisor records for the supervisee is told to them, and "
                "they may object before the text is handed over. Without approval no text reaches the client.",
                "What needs approval is shown to every supervisee of that time as it stands, and is handed over "
                "only when each of them has approved it. If a letter of it is changed, all approvals are void. "
                "Approval is given in the service or in a session; what the supervisor records for a supervisee "
                "is told to that supervisee, who may object before the text is handed over. Without approval no "
                "text reaches the client.",
                many(terms),
            )
        )
        if any(line.silence_days for line in asked):
            yield Text(
                _(
                    "Silence counts as approval only where the table says after how many days, counted from when the "
                    "text was sent to the supervisee. Elsewhere silence never counts."
                )
            )
        else:
            yield Text(_("Silence never counts as approval."))
    else:
        yield Text(
            ngettext(
                "No text, theme or summary is handed over; without the supervisee's approval none ever reaches "
                "the client.",
                "No text, theme or summary is handed over; without approval of every supervisee none ever reaches "
                "the client.",
                many(terms),
            )
        )
    if any(line.what in FACTS for line in terms.reporting):
        yield Text(_("Who was present at which session, and who was away, is told to nobody outside the process."))
    yield Text(
        ngettext(
            "Words, single answers or notes are never told. What has been handed over is kept as it was, and "
            "the supervisee sees the same text as the client.",
            "Nobody's words, single answers or notes are ever told. What has been handed over is kept as it "
            "was, and the supervisees see the same text as the client.",
            many(terms),
        )
    )


def _line(line: ReportingLine) -> tuple[str, ...]:
    if line.silence_days:
        silence = ngettext("counts after %(count)d day", "counts after %(count)d days", line.silence_days)
        silence %= {"count": line.silence_days}
    elif line.approval == Approval.EVERYONE:
        silence = _("does not count")
    else:
        silence = "–"
    return (
        capital(str(Told(line.what).label)),
        capital(str(ReportingClause.To(line.to).label)),
        capital(str(ToldWhen(line.when).label)),
        capital(str(Approval(line.approval).label)),
        capital(silence),
    )


def data(terms: ContractTerms) -> Iterator[Block]:
    yield Text(
        _(
            "The controller of the personal data that arises in the supervision is the service provider, "
            "%(practice)s. The client organisation is the controller of what it has itself received. The data "
            "is needed to carry out this contract and the duties that law lays on the service provider "
            "(General Data Protection Regulation 2016/679, article 6)."
        )
        % {"practice": terms.practice.name}
        if terms.client
        else _(
            "The controller of the personal data that arises in the supervision is the service provider, "
            "%(practice)s. The data is needed to carry out this contract and the duties that law lays on the "
            "service provider (General Data Protection Regulation 2016/679, article 6)."
        )
        % {"practice": terms.practice.name}
    )
    yield Table(
        (_("What is kept"), _("Who sees it"), _("How long")),
        (
            (_("The supervisor's own notes"), _("Only their author"), _kept(terms.notes_months)),
            (
                _("Shared memos, tasks and answers"),
                _("Supervisees and supervisors; single answers as agreed"),
                _kept(terms.memo_months),
            ),
            (
                _("This contract, dates, form and attendance of sessions"),
                _("The parties, as this contract says"),
                _(
                    "As long as claims can be made on the ground of the contract (Act on the Statute of Limitations "
                    "728/2003)"
                ),
            ),
            (
                _("Invoices and what they rest on"),
                _("The service provider's bookkeeping and the payer"),
                _(
                    "Vouchers six years from the end of the calendar year in which the accounting period ended, books "
                    "ten years (Accounting Act 1336/1997, chapter 2, section 10)"
                ),
            ),
        ),
    )
    yield Text(_("Personal identity codes and health data are not collected. Notes are kept encrypted."))
    if terms.remote_tools.strip():
        yield Text(_("Remote sessions are held with: %(tools)s. Nothing is recorded.") % {"tools": terms.remote_tools})
    yield Text(
        _(
            "Everybody has the right to see the data on themselves, to have it corrected, erased or "
            "restricted and to object to its use as the regulation says, and to turn to the Data Protection "
            "Ombudsman. Those concerned are told of a data breach without delay when it puts them at risk."
        )
    )


def _kept(months: int | None) -> str:
    if months is None:
        return _("Destroyed as soon as the process no longer needs them")
    if months == 0:
        return _("Destroyed when the process ends")
    return ngettext(
        "Destroyed %(count)d month after the process has ended",
        "Destroyed %(count)d months after the process has ended",
        months,
    ) % {"count": months}
