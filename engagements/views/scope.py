"""What a request asks about: the signed-in person, and the rows they may begin from."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.datastructures import MultiValueDict

from accounts.models import User
from engagements.models import Engagement


class Request(HttpRequest):
    """A request of somebody signed in, which the middleware sees to."""

    user: User


def sent(request: HttpRequest) -> QueryDict | None:
    """Return what a form was sent with, or None when the page is only looked at."""
    return request.POST if request.method == "POST" else None


def sent_files(request: HttpRequest) -> MultiValueDict[str, Any] | None:
    """Return the files that a form was sent with, or None when the page is only looked at."""
    return request.FILES if request.method == "POST" else None


def led(request: Request, pk: UUID) -> Engagement:
    """Return an engagement that the asker leads; to everybody else it does not exist.

    When something is sent, the row is locked: whoever comes second sees what the first has done.
    """
    engagements = Engagement.objects.led_by(request.user).select_related("practice", "client", "lead")
    if request.method == "POST":
        engagements = engagements.select_for_update(no_key=True, of=("self",))
    return get_object_or_404(engagements, pk=pk)
