"""The pages of billing: what is open and what was invoiced, for those inside and, as far as it is told, the client."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import lists
from accounts.models import Practice, User
from accounts.paging import keyset
from billing.actions import blocker_to_invoicing, blocker_to_travel
from billing.export import as_csv
from billing.forms import InvoiceForm, TravelForm
from billing.models import Basis, Line
from billing.reading import A_MONTH, Inside, Statement, Told, all_open, kept, open_statements
from engagements.models import ContractParty, Engagement, State
from engagements.views.scope import Request, sent
from sessions.models import Session
from sessions.reads import write_down_each

VIEWED: Final = "billing.viewed"
#: As many open statements stand on one page.
MOST_OPEN: Final = 200
YEARS: Final = range(2000, 2101)


@dataclass(frozen=True)
class Found:
    """A statement as the asker may see it. `inside`: they lead or administer; else they are told it as a client."""

    statement: Statement
    inside: bool

    @property
    def language(self) -> str:
        """The language in which it is set in print: of the process, and for a client of who reads it."""
        reader = (get_language() or "fi")[:2]
        languages = {part.engagement.language for part in self.statement.parts}
        return languages.pop() if self.inside and len(languages) == 1 else reader

    @property
    def name(self) -> str:
        """The name of its file: the reference number, or the month of what is open."""
        basis, month = self.statement.basis, f"{self.statement.key.month:%Y-%m}"
        return f"laskutusperuste-{month}-{basis.reference}" if basis else f"laskutusperuste-{month}-luonnos"


# --- everything -----------------------------------------------------------------------------------------------------


def statements(request: Request) -> HttpResponse:
    """What is to be invoiced, and what was, of everything that the asker leads or administers."""
    working = Practice.objects.of(request.user).exists()
    if not working and not Engagement.objects.led_by(request.user).exists():
        raise Http404
    now = timezone.now()
    asked = lists.asked(request)
    page = keyset(Basis.objects.known_to(request.user), asked, "-invoiced_at", "-id")
    first = not page.previous
    found = all_open(Inside(request.user), now) if first else []
    context = {
        "open": found[:MOST_OPEN],
        "more": len(found) > MOST_OPEN,
        "invoiced": with_lines(page.rows),
        "page": page,
        "first": first,
        "several": len({each.key.lead for each in found}) > 1,
    }
    return render(request, "billing/list.html", context)


def with_lines(bases: Sequence[Basis]) -> list[Statement]:
    """Return what was invoiced with the lines that the asker may see. Two queries."""
    lines: dict[UUID, list[Line]] = {}
    for line in Line.objects.filter(basis__in=bases).order_by("position"):
        lines.setdefault(line.basis_id, []).append(line)
    return [kept(basis, lines.get(basis.pk, [])) for basis in bases]


def told(request: Request) -> HttpResponse:
    """What the contracts tell the asker, as a client, of what is charged: by month, practice and supervisor."""
    now = timezone.now()
    source = Told(now)
    lines: dict[UUID, list[Line]] = {}
    for line in source.every_line():
        lines.setdefault(line.basis_id, []).append(line)
    done = [kept(basis, lines.get(basis.pk, [])) for basis in source.bases()]
    found = [*all_open(source, now), *done]
    party = ContractParty.objects.with_the_client(request.user)
    if not found and not party.exists():
        raise Http404
    found.sort(key=lambda each: (-each.key.month.toordinal(), each.party.practice, each.party.name))
    return render(request, "billing/told.html", {"statements": found[:MOST_OPEN]})


def of_engagement(request: Request, pk: UUID) -> HttpResponse:
    """What one process is charged, for its supervisors and its practice."""
    led = Engagement.objects.led_by(request.user).filter(pk=pk).exists()
    administered = Engagement.objects.administered_by(request.user).without_examples().exclude(state=State.DRAFT)
    known = Engagement.objects.led_by(request.user) if led else administered
    engagement = get_object_or_404(known.select_related("client"), pk=pk)
    page = keyset(
        Line.objects.filter(engagement=engagement).select_related("basis"), lists.asked(request), "-at", "-id"
    )
    context = {
        "base": "engagements/base.html" if led else "base.html",
        "section": "billing",
        "engagement": engagement,
        "leads": led,
        "open": [] if page.previous else all_open(Inside(request.user), timezone.now(), [engagement.pk]),
        "page": page,
    }
    return render(request, "billing/process.html", context)


# --- one that is open -----------------------------------------------------------------------------------------------


def found_open(user: User, lead: UUID, payer: UUID, year: int, month: int, now: datetime) -> Found:
    """Return an open statement as `user` may see it; what they may not see does not exist."""
    if year not in YEARS or not 1 <= month <= 12:
        raise Http404
    asked = date(year, month, 1)
    sources: Sequence[Inside | Told] = (Inside(user), Told(now))
    for source in sources:
        for each in open_statements(source, now, since=asked, before=asked + A_MONTH):
            if (each.key.month, each.key.lead, each.key.payer) == (asked, lead, payer):
                found = Found(each, source.inside)
                opened(found, user)
                return found
    raise Http404


def opened(found: Found, user: User) -> None:
    """Write down that a client has looked at what is charged: the supervisees see it."""
    if not found.inside:
        month = found.statement.key.month
        processes = [part.engagement.pk for part in found.statement.parts]
        write_down_each(user, VIEWED, processes, data={"year": month.year, "month": month.month})


def administers(user: User, found: Statement) -> bool:
    return Practice.objects.administered_by(user).filter(pk=found.key.practice).exists()


def open_one(request: Request, lead: UUID, payer: UUID, year: int, month: int) -> HttpResponse:
    now = timezone.now()
    found = found_open(request.user, lead, payer, year, month, now)
    context: dict[str, Any] = {"found": found, "statement": found.statement, "inside": found.inside}
    if found.inside:
        mine = administers(request.user, found.statement)
        context["blocker"] = blocker_to_invoicing(found.statement, request.user, administers=mine, now=now)
        context["partly"] = not mine and found.statement.key.lead != request.user.pk
    return render(request, "billing/statement.html", context)


def open_pdf(request: Request, lead: UUID, payer: UUID, year: int, month: int) -> HttpResponse:
    return as_pdf(found_open(request.user, lead, payer, year, month, timezone.now()))


def open_csv(request: Request, lead: UUID, payer: UUID, year: int, month: int) -> HttpResponse:
    return as_table(found_open(request.user, lead, payer, year, month, timezone.now()))


def invoice(request: Request, lead: UUID, payer: UUID, year: int, month: int) -> HttpResponse:
    """Mark a statement as invoiced, as it stands; from then on it is kept and never changes."""
    now = timezone.now()
    found = found_open(request.user, lead, payer, year, month, now)
    if not found.inside:
        raise Http404
    mine = administers(request.user, found.statement)
    if blocker_to_invoicing(found.statement, request.user, administers=mine, now=now):
        raise Http404
    form = InvoiceForm(sent(request), found=found.statement, user=request.user, now=now)
    if form.done():
        messages.success(request, _("Marked as invoiced. Its reference number stands on the page and in the files."))
        return redirect("billing:invoiced", form.basis)
    return render(request, "billing/invoice.html", {"statement": found.statement, "form": form})


# --- one that was invoiced ------------------------------------------------------------------------------------------


def found_invoiced(user: User, pk: UUID) -> Found:
    """Return what was invoiced as `user` may see it; what they may not see does not exist."""
    if basis := Basis.objects.known_to(user).filter(pk=pk).first():
        return Found(kept(basis, Line.objects.filter(basis=basis)), inside=True)
    source = Told(timezone.now())
    for each in source.bases():
        if each.pk == pk:
            found = Found(kept(each, [line for line in source.every_line() if line.basis_id == pk]), inside=False)
            opened(found, user)
            return found
    raise Http404


def invoiced(request: Request, pk: UUID) -> HttpResponse:
    found = found_invoiced(request.user, pk)
    context: dict[str, Any] = {"found": found, "statement": found.statement, "inside": found.inside}
    if found.inside:
        mine = found.statement.key.lead == request.user.pk or administers(request.user, found.statement)
        context["partly"] = not mine
    return render(request, "billing/statement.html", context)


def invoiced_pdf(request: Request, pk: UUID) -> HttpResponse:
    return as_pdf(found_invoiced(request.user, pk))


def invoiced_csv(request: Request, pk: UUID) -> HttpResponse:
    return as_table(found_invoiced(request.user, pk))


# --- files ----------------------------------------------------------------------------------------------------------


def as_pdf(found: Found) -> HttpResponse:
    from documents.pdf import render as set_in_print  # WeasyPrint takes a second to import

    context = {"statement": found.statement, "inside": found.inside}
    pdf = set_in_print(
        "pdf/billing.html", context, found.language, draft=found.statement.basis is None, sheet="print-billing.css"
    )
    headers = {"Content-Disposition": f'inline; filename="{found.name}.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


def as_table(found: Found) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{found.name}.csv"'}
    return HttpResponse(as_csv(found.statement), content_type="text/csv; charset=utf-8", headers=headers)


# --- travel ---------------------------------------------------------------------------------------------------------


def travel(request: Request, pk: UUID) -> HttpResponse:
    """Note the travel of one session, as far as the contract charges it."""
    led = Session.objects.led_by(request.user).select_related("engagement")
    session, now = get_object_or_404(led, pk=pk), timezone.now()
    if why := blocker_to_travel(session):
        messages.warning(request, why)
        return redirect("sessions:detail", pk)
    form = TravelForm(sent(request), session=session, user=request.user, now=now)
    if form.done():
        messages.success(request, _("The travel is noted."))
        return redirect("sessions:detail", pk)
    context = {"session": session, "engagement": session.engagement, "form": form}
    return render(request, "billing/travel.html", context)
