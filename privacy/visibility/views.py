from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from privacy.visibility.rows import NOTES, ROLES, SECTIONS


@login_not_required
def visibility(request: HttpRequest) -> HttpResponse:
    """Tell anybody who sees what: the same lines that the tests hold the pages to."""
    sections = [
        (section.title, [(row.what, list(zip(ROLES, row.answers, strict=True))) for row in section.rows])
        for section in SECTIONS
    ]
    return render(request, "visibility.html", {"sections": sections, "roles": ROLES, "notes": NOTES})
