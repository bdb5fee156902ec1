"""The papers of data protection of a practice; its privacy notice is public, by its address."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Practice
from audit import trail
from engagements.views.scope import Request, sent
from privacy.models import DataContact
from privacy.papers.facts import Facts, facts_of, missing_of
from privacy.papers.writing import ABOUT, TITLES, paper

NAMES = {
    "notice": "tietosuojaseloste",
    "record": "seloste-kasittelytoimista",
    "processor": "kasittelysopimus",
    "assessment": "vaikutustenarviointi",
}


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who answers in matters of data protection."""

    use_required_attribute = False

    class Meta:
        model = DataContact
        fields = ("name", "email", "phone")


def facts_seen(request: Request, pk: UUID) -> Facts:
    """Return the facts of a practice in which the asker works."""
    get_object_or_404(Practice.objects.of(request.user), pk=pk)
    return facts_or_404(pk)


def facts_or_404(pk: UUID) -> Facts:
    facts = facts_of(pk)
    if facts is None:
        raise Http404
    return facts


def papers(request: Request, pk: UUID) -> HttpResponse:
    """All papers, and what they lack."""
    facts = facts_seen(request, pk)
    context = {
        "facts": facts,
        "papers": [(key, title, ABOUT[key]) for key, title in TITLES.items()],
        "missing": missing_of(facts),
        "administers": administers(request, pk),
        "notice_url": request.build_absolute_uri(f"/notice/{pk}/"),
    }
    return render(request, "papers/list.html", context)


def administers(request: Request, pk: UUID) -> bool:
    return Practice.objects.administered_by(request.user).filter(pk=pk).exists()


def one(request: Request, pk: UUID, key: str) -> HttpResponse:
    facts = facts_seen(request, pk)
    if key not in TITLES:
        raise Http404
    context = {"facts": facts, "paper": paper(key, facts), "administers": administers(request, pk)}
    return render(request, "papers/paper.html", {**context, "missing": missing_of(facts)})


def pdf(request: Request, pk: UUID, key: str) -> HttpResponse:
    facts = facts_seen(request, pk)
    if key not in TITLES:
        raise Http404
    trail.record(pk, "paper.printed", actor=request.user, data={"paper": key})
    return as_pdf(facts, key)


def contact(request: Request, pk: UUID) -> HttpResponse:
    """Name who answers in matters of data protection."""
    practice = get_object_or_404(Practice.objects.administered_by(request.user), pk=pk)
    known: Any = DataContact.objects.filter(practice=practice).first() or DataContact(practice=practice)
    form = ContactForm(sent(request), instance=known)
    if form.is_valid():
        form.save()
        trail.record(pk, "data_contact.changed", actor=request.user)
        messages.success(request, _("Saved."))
        return redirect("papers:list", pk)
    return render(request, "papers/contact.html", {"practice": practice, "form": form})


@login_not_required
def notice(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The privacy notice of a practice, for anybody who has its address."""
    facts = facts_or_404(pk)
    return render(request, "papers/notice.html", {"facts": facts, "paper": paper("notice", facts)})


@login_not_required
def notice_pdf(request: HttpRequest, pk: UUID) -> HttpResponse:
    return as_pdf(facts_or_404(pk), "notice")


def as_pdf(facts: Facts, key: str) -> HttpResponse:
    from documents.pdf import render as render_pdf  # WeasyPrint takes a second to import: only those who print wait

    context = {"facts": facts, "paper": paper(key, facts)}
    content = render_pdf("pdf/paper.html", context, (get_language() or "fi")[:2], draft=False, sheet="print-own.css")
    headers = {"Content-Disposition": f'inline; filename="{NAMES[key]}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
