from allauth.account.views import logout as allauth_logout
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.forms import ProfileForm
from accounts.signed_in import SignedInRequest


def profile(request: SignedInRequest) -> HttpResponse:
    """Own name and language; where security is kept; who writes to them and as whom."""
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=request.user)
    if form.is_valid():
        user = form.save()
        with translation.override(user.language):
            messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    request.user.refresh_from_db()
    persons = request.user.persons.select_related("practice").order_by("practice__name")
    return render(request, "accounts/profile.html", {"form": form, "persons": persons})


@require_GET
def token(request: SignedInRequest) -> HttpResponse:
    """Give a page that was open while its person signed in anew what its next request needs."""
    return JsonResponse({"token": get_token(request), "author": str(request.user.pk)})


@login_not_required
def sign_out(request: HttpRequest) -> HttpResponse:
    """allauth's page, which also has the browser forget what it kept of this site."""
    response: HttpResponse = allauth_logout(request)
    if request.method == "POST":
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        response.delete_cookie(settings.VAULT_COOKIE_NAME, samesite="Strict")
    return response
