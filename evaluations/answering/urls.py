from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.http import require_POST

from accounts.signed_in import SignedInRequest
from evaluations.models import Invitation, Round

app_name = "answer"


@login_not_required
def door(request: HttpRequest, token: str) -> HttpResponse:
    return HttpResponse()


def own(request: SignedInRequest, pk: UUID) -> HttpResponse:
    get_object_or_404(Invitation.objects.of(request.user), round=pk)
    return render(request, "base.html")


def paper(request: SignedInRequest, pk: UUID, invitation: UUID) -> HttpResponse:
    get_object_or_404(Invitation, round__in=Round.objects.led_by(request.user).filter(pk=pk), pk=invitation)
    return render(request, "base.html")


urlpatterns = [
    path("evaluations/<uuid:pk>/paper/<uuid:invitation>/", require_POST(paper), name="paper"),
    path("answer/<str:token>/", door, name="door"),
    path("evaluations/<uuid:pk>/answer/", own, name="own"),
]
