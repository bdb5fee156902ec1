from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import actions
from accounts.forms import InvitationForm, PracticeForm
from accounts.middleware import has_second_factor
from accounts.models import Invitation, Membership, Practice
from accounts.signed_in import SignedInRequest


def practice_new(request: SignedInRequest) -> HttpResponse:
    """A supervisor sets up their practice, with a second factor in hand: from then on there is something to guard."""
    if not has_second_factor(request.user):
        return redirect("mfa_index")
    form = PracticeForm(
        request.POST if request.method == "POST" else None,
        initial={"email": request.user.email},
        user=request.user,
        now=timezone.now(),
    )
    if form.is_valid():
        form.save()
        messages.success(request, _("Your practice is ready."))
        return redirect("home")
    return render(request, "accounts/practice_new.html", {"form": form})


def practice(request: SignedInRequest) -> HttpResponse:
    """The practice of whoever asks; one who works in several chooses by `?practice=`."""
    practices = list(Practice.objects.of(request.user).order_by("name"))
    chosen = next((each for each in practices if str(each.pk) == request.GET.get("practice")), None)
    shown = chosen or next(iter(practices), None)
    if not shown:
        raise Http404
    now = timezone.now()
    members = shown.memberships.current().select_related("user").order_by("user__full_name", "user", "-kind")
    administers = Practice.objects.administered_by(request.user).filter(pk=shown.pk).exists()
    invitations = shown.invitations.filter(accepted_at=None, revoked_at=None).order_by("email")
    return render(
        request,
        "accounts/practice.html",
        {
            "practice": shown,
            "practices": practices,
            "administers": administers,
            "supervises": Practice.objects.supervised_by(request.user).filter(pk=shown.pk).exists(),
            "members": members,
            "invitations": invitations if administers else [],
            "now": now,
        },
    )


def practice_edit(request: SignedInRequest, pk: UUID) -> HttpResponse:
    practice = get_object_or_404(Practice.objects.administered_by(request.user), pk=pk)
    form = PracticeForm(
        request.POST if request.method == "POST" else None, instance=practice, user=request.user, now=timezone.now()
    )
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return to_practice(pk)
    return render(request, "accounts/practice_edit.html", {"practice": practice, "form": form})


def invite(request: SignedInRequest, pk: UUID) -> HttpResponse:
    practice = get_object_or_404(Practice.objects.administered_by(request.user), pk=pk)
    form = InvitationForm(
        request.POST if request.method == "POST" else None, practice=practice, user=request.user, now=timezone.now()
    )
    if form.is_valid():
        form.save()
        messages.success(request, _("The invitation is on its way."))
        return to_practice(pk)
    return render(request, "accounts/invite.html", {"practice": practice, "form": form})


@require_POST
def invitation_resend(request: SignedInRequest, pk: UUID) -> HttpResponse:
    invitation = open_invitation(request, pk)
    actions.invite_again(invitation, by=request.user, now=timezone.now())
    messages.success(request, _("The invitation is on its way."))
    return to_practice(invitation.practice_id)


@require_POST
def invitation_revoke(request: SignedInRequest, pk: UUID) -> HttpResponse:
    invitation = open_invitation(request, pk)
    actions.revoke(invitation, by=request.user, now=timezone.now())
    messages.success(request, _("The invitation no longer opens anything."))
    return to_practice(invitation.practice_id)


def membership_end(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Says what it means, and ends the membership on POST."""
    administered = Practice.objects.administered_by(request.user)
    membership = get_object_or_404(
        Membership.objects.current().filter(practice__in=administered).select_related("user", "practice"), pk=pk
    )
    if request.method == "POST":
        try:
            actions.end_membership(membership, by=request.user, now=timezone.now())
        except ValidationError as refused:
            messages.error(request, " ".join(refused.messages))
        return redirect("home") if membership.user == request.user else to_practice(membership.practice_id)
    return render(
        request,
        "accounts/membership_end.html",
        {"membership": membership, "blockers": actions.blockers_to_ending(membership)},
    )


def open_invitation(request: SignedInRequest, pk: UUID) -> Invitation:
    administered = Practice.objects.administered_by(request.user)
    return get_object_or_404(
        Invitation.objects.filter(practice__in=administered, accepted_at=None, revoked_at=None), pk=pk
    )


def to_practice(pk: UUID) -> HttpResponse:
    response = redirect("accounts:practice")
    response["Location"] += f"?practice={pk}"
    return response
