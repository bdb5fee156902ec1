from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path

from accounts.signed_in import SignedInRequest
from evaluations.models import Round

app_name = "results"


def of_round(request: SignedInRequest, pk: UUID) -> HttpResponse:
    get_object_or_404(Round.objects.visible_to(request.user).closed(), pk=pk)
    return render(request, "base.html")


urlpatterns = [path("evaluations/<uuid:pk>/results/", of_round, name="round")]
