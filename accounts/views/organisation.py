from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts import actions, lists
from accounts.forms import ContactForm, LeavingForm, OrganisationForm
from accounts.models import ClientOrganisation, Contact, Practice, User
from accounts.models.organisation import ClientOrganisationQuerySet
from accounts.paging import keyset
from accounts.signed_in import SignedInRequest

#: How many of one's processes a client's page shows.
SHOWN: Final = 20
#: Which clients the list shows, beside those that are in use.
ARCHIVED: Final = "archived"


def organisations(request: SignedInRequest) -> HttpResponse:
    """Those who order and pay, by name."""
    only_for_members(request)
    if answer := lists.elsewhere(request, "state"):
        return answer
    asked, words = lists.asked(request, "state"), lists.words(request)
    archived = asked.get("state") == ARCHIVED
    mine = ClientOrganisation.objects.of_practices_of(request.user)
    page = keyset(mine.archived(archived).matching(words), asked, "sort_key", "id")
    found = {"find": asked.get("find", "")}
    context = {
        "rows": rows_of(page.rows, request.user),
        "page": page,
        "other": other_of(archived, found),
        "archived": archived,
        "kept": {"state": ARCHIVED if archived else ""},
        "words": words,
        "chosen": [{"label": f"“{words}”", "url": lists.link(state=asked.get("state", ""))}] if words else [],
    }
    return render(request, "accounts/organisations.html", context)


def other_of(archived: bool, found: dict[str, str]) -> dict[str, Any]:
    """Return the way to those that are not shown now."""
    if archived:
        return {"label": _("Clients in use"), "url": lists.link(**found)}
    return {"label": _("Archived clients"), "url": lists.link(**found, state=ARCHIVED)}


def rows_of(organisations: Sequence[ClientOrganisation], user: User) -> list[dict[str, Any]]:
    """Return the rows of a page, each with who speaks for the client and the open processes that `user` knows of."""
    counted = ClientOrganisation.objects.filter(pk__in=[one.pk for one in organisations]).counting_open(user)
    numbers = {pk: (speakers, processes) for pk, speakers, processes in counted}
    return [{"organisation": one, "numbers": words_of(*numbers.get(one.pk, (0, 0)))} for one in organisations]


def words_of(speakers: int, processes: int) -> str:
    contacts = ngettext("%(count)d contact", "%(count)d contacts", speakers) % {"count": speakers}
    opened = ngettext("%(count)d open process", "%(count)d open processes", processes) % {"count": processes}
    return f"{contacts} · {opened}"


def organisation_new(request: SignedInRequest) -> HttpResponse:
    only_for_members(request)
    form = OrganisationForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        return redirect("accounts:organisation", form.save().pk)
    return render(request, "accounts/organisation_form.html", {"form": form})


def organisation(request: SignedInRequest, pk: UUID) -> HttpResponse:
    organisation = get_object_or_404(ClientOrganisation.objects.of_practices_of(request.user), pk=pk)
    contacts = organisation.contacts.select_related("person").order_by("left_on", "person__sort_key")
    engagements = list(organisation.engagements.led_by(request.user).order_by("-starts_on", "sort_key")[: SHOWN + 1])
    return render(
        request,
        "accounts/organisation.html",
        {
            "organisation": organisation,
            "contacts": contacts,
            "engagements": engagements[:SHOWN],
            "more": len(engagements) > SHOWN,
            # Where the client tells totals of years, which supervisors of an agreed process see.
            "may_tell": not organisation.example_of_id
            and organisation.engagements.led_by(request.user).filter(state__in=("active", "paused", "closed")).exists(),
            "may_open": Practice.objects.supervised_by(request.user).exists(),
        },
    )


def organisation_edit(request: SignedInRequest, pk: UUID) -> HttpResponse:
    organisation = get_object_or_404(real_organisations(request), pk=pk)
    form = OrganisationForm(
        request.POST if request.method == "POST" else None, instance=organisation, user=request.user
    )
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("accounts:organisation", pk)
    return render(request, "accounts/organisation_form.html", {"form": form, "organisation": organisation})


@require_POST
def organisation_archive(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Takes a client out of the lists, or back into them; nothing else about it changes."""
    organisation = get_object_or_404(real_organisations(request), pk=pk)
    archived = organisation.archived_at is None
    actions.archive_organisation(organisation, timezone.now() if archived else None, by=request.user)
    messages.success(request, _("The client is archived.") if archived else _("The client is in use again."))
    return redirect("accounts:organisation", pk)


def contact_new(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Adds a contact to the organisation `pk`."""
    organisation = get_object_or_404(real_organisations(request), pk=pk)
    form = ContactForm(request.POST if request.method == "POST" else None, organisation=organisation, user=request.user)
    if form.is_valid():
        form.save()
        return redirect("accounts:organisation", pk)
    return render(request, "accounts/contact_form.html", {"form": form, "organisation": organisation})


def contact_edit(request: SignedInRequest, pk: UUID) -> HttpResponse:
    contact = own_contact(request, pk)
    form = ContactForm(
        request.POST if request.method == "POST" else None,
        organisation=contact.organisation,
        contact=contact,
        user=request.user,
    )
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("accounts:organisation", contact.organisation_id)
    context = {"form": form, "organisation": contact.organisation, "contact": contact}
    return render(request, "accounts/contact_form.html", context)


def contact_left(request: SignedInRequest, pk: UUID) -> HttpResponse:
    contact = own_contact(request, pk)
    form = LeavingForm(
        request.POST if request.method == "POST" else None,
        contact=contact,
        user=request.user,
        today=timezone.localdate(),
    )
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("accounts:organisation", contact.organisation_id)
    return render(request, "accounts/contact_left.html", {"form": form, "contact": contact})


def only_for_members(request: SignedInRequest) -> None:
    """Raise Http404 for those who work in no practice: to them there is no such page."""
    if not Practice.objects.of(request.user).exists():
        raise Http404


def real_organisations(request: SignedInRequest) -> ClientOrganisationQuerySet:
    """Return the organisations that can be changed: an example is looked at, and goes as it came."""
    return ClientOrganisation.objects.of_practices_of(request.user).without_examples()


def own_contact(request: SignedInRequest, pk: UUID) -> Contact:
    mine = real_organisations(request)
    return get_object_or_404(
        Contact.objects.filter(organisation__in=mine).select_related("person", "organisation__practice"), pk=pk
    )
