"""The limit of a page: what a bare Django view costs behind the same middleware, with 8 queries, 65 rows and 31 kB."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import ClientOrganisation, Membership, Person, Practice, User
from engagements.models import Engagement
from sessions.models import Session

ROWS = 65


def rich(request: HttpRequest) -> HttpResponse:
    """Return 65 rows by eight queries, with the tags a work page has: an include, a link, dates, translations a row."""
    newest = Session.objects.order_by("-starts_at", "-pk")
    sessions = list(newest.select_related("engagement")[:ROWS])
    one = sessions[0]
    context = {
        "sessions": sessions,
        "before": list(newest[ROWS : ROWS + 5]),
        "engagement": Engagement.objects.filter(pk=one.engagement_id).first(),
        "practice": Practice.objects.filter(pk=one.engagement.practice_id).first(),
        "clients": list(ClientOrganisation.objects.order_by("name")[:5]),
        "persons": list(Person.objects.order_by("pk")[:5]),
        "roles": Membership.objects.filter(user__email=request.user.get_username()).count(),
        "user": User.objects.filter(email=request.user.get_username()).first(),
    }
    return render(request, "benchmarks/rich.html", context)
