"""The page on which one makes the address of one's calendar, and the address itself."""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Practice, User
from accounts.signed_in import SignedInRequest
from audit import asking
from engagements.views.scope import sent
from sessions.feeds import actions
from sessions.feeds.calendar import feed_of
from sessions.models import CalendarMail, Feed


class FeedForm(forms.Form):
    shows = forms.ChoiceField(
        label=gettext_lazy("What it shows"), choices=Feed.Shows.choices, widget=forms.RadioSelect,
        initial=Feed.Shows.NEUTRAL,
    )  # fmt: skip


def own(request: SignedInRequest) -> HttpResponse:
    """Make the address, shown once, and see when it was last fetched."""
    form, address = FeedForm(sent(request)), ""
    if form.is_valid():
        token = actions.make(request.user, form.cleaned_data["shows"], now=timezone.now())
        address = settings.SITE_URL + reverse("feeds:feed", args=[token])
    feed = Feed.objects.filter(user=request.user).first()
    webcal = "webcal" + address.removeprefix("https").removeprefix("http") if address else ""
    context = {
        "form": FeedForm() if address else form,
        "feed": feed,
        "address": address,
        "webcal": webcal,
        "supervises": Practice.objects.supervised_by(request.user).exists(),
        "by_mail": CalendarMail.objects.filter(user=request.user).exists(),
    }
    return render(request, "feeds/own.html", context)


@require_POST
def revoke(request: SignedInRequest) -> HttpResponse:
    if actions.revoke(request.user):
        messages.success(request, _("The address opens nothing any more."))
    return redirect("feeds:own")


@require_POST
def by_mail(request: SignedInRequest) -> HttpResponse:
    """Have one's sessions sent as invitations, or not any more."""
    wanted = "wanted" in request.POST
    actions.by_mail(request.user, wanted=wanted, now=timezone.now())
    if wanted:
        messages.success(request, _("Your sessions come as invitations. Each change comes as a new one."))
    else:
        messages.success(request, _("No more invitations come. What you have accepted stays in your calendar."))
    return redirect("feeds:own")


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """The calendar, for whoever has its address; 404 for any other, and for one that was revoked."""
    owner = owner_of(token)
    if owner is None:
        raise Http404
    with asking.acting_as(owner):
        return answer(request, owner, timezone.now())


def owner_of(token: str) -> User | None:
    """Return whose calendar the token opens. The database says no more than that."""
    if len(token) > actions.LONGEST:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.feed_owner(%s)", [actions.digest(token)])
        row = cursor.fetchone()
    owner: UUID | None = row[0] if row else None
    return User(pk=owner) if owner else None


def answer(request: HttpRequest, owner: User, now: datetime) -> HttpResponseBase:
    """Return the feed, or 304 where the program has it already; note when that was."""
    found = Feed.objects.select_related("user").get(user=owner)
    body = feed_of(found.user, found.shows, now)
    etag = sha256(body).hexdigest()
    found.fetched_at = now
    if etag != found.etag or found.changed_at is None:
        found.etag, found.changed_at = etag, now.replace(microsecond=0)
    found.save(update_fields=["fetched_at", "etag", "changed_at"])
    headers = {
        "Content-Type": "text/calendar; charset=utf-8",
        "Content-Disposition": 'inline; filename="tyonohjaus.ics"',
        "Cache-Control": "private, no-cache",
        "ETag": f'"{etag}"',
        "Last-Modified": http_date(found.changed_at.timestamp()),
    }
    response = HttpResponse(body, headers=headers)
    return get_conditional_response(request, f'"{etag}"', int(found.changed_at.timestamp()), response) or response
