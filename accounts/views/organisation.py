from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.forms import ContactForm, LeavingForm, OrganisationForm
from accounts.models import ClientOrganisation, Contact, Practice
from accounts.models.organisation import ClientOrganisationQuerySet
from accounts.paging import keyset
from accounts.signed_in import SignedInRequest


def organisations(request: SignedInRequest) -> HttpResponse:
    """Those who order and pay, by name; `?q=` looks for a part of a name or a business ID."""
    only_for_members(request)
    sought = request.GET.get("q", "").strip()
    rows = ClientOrganisation.objects.of_practices_of(request.user).filter(archived_at=None)
    if sought:
        rows = rows.filter(Q(name__icontains=sought) | Q(business_id__startswith=sought))
    rows = rows.annotate(speakers=Count("contacts", filter=Q(contacts__left_on=None)))
    page = keyset(rows, request.GET.dict(), "sort_key", "id")
    return render(request, "accounts/organisations.html", {"page": page, "sought": sought})


def organisation_new(request: SignedInRequest) -> HttpResponse:
    only_for_members(request)
    form = OrganisationForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        return redirect("accounts:organisation", form.save().pk)
    return render(request, "accounts/organisation_form.html", {"form": form})


def organisation(request: SignedInRequest, pk: UUID) -> HttpResponse:
    organisation = get_object_or_404(ClientOrganisation.objects.of_practices_of(request.user), pk=pk)
    contacts = organisation.contacts.select_related("person").order_by("left_on", "person__sort_key")
    engagements = organisation.engagements.led_by(request.user).order_by("-starts_on", "title")
    return render(
        request,
        "accounts/organisation.html",
        {
            "organisation": organisation,
            "contacts": contacts,
            "engagements": engagements[:20],
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
