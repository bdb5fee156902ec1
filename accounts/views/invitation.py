from allauth.account.models import EmailAddress
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import actions
from accounts.models import User


@login_not_required
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What the link in the mail opens: GET shows a button (mail scanners follow links), POST joins.

    A visitor is led to sign in or to open an account with the invited address, and back here.
    """
    offer = actions.offer(token)
    if not offer:
        return render(request, "accounts/invitation_gone.html", status=404)
    user = request.user
    fits = isinstance(user, User) and has_address(user, offer.address)
    if request.method == "POST" and isinstance(user, User) and fits and actions.accept(token, by=user):
        messages.success(request, _("Welcome to %(practice)s.") % {"practice": offer.practice})
        return redirect("home")
    return render(request, "accounts/invitation.html", {"offer": offer, "fits": fits, "here": request.path})


def has_address(user: User, address: str) -> bool:
    return bool(EmailAddress.objects.filter(user=user, verified=True, email__iexact=address).exists())
