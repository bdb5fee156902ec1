"""One search over what one works with, by name and day. Never over what is said in supervision.

What is typed is posted, so that no name stands in an address (see `accounts.lists`). With JavaScript the hits come
while one types; without it the same form leads to a page of them.
"""

from typing import Final

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django_htmx.middleware import HtmxDetails

from accounts import lists
from accounts.signed_in import SignedInRequest
from tyonohjaus.context import SUPERVISOR, current_role
from tyonohjaus.search.kinds import search_for

#: Fewer letters find too much to be of use.
LEAST: Final = 2


class Request(SignedInRequest):
    htmx: HtmxDetails


def search(request: Request) -> HttpResponse:
    """Look for what was typed, in the capacity somebody is here in. Who has none has nothing to look for."""
    role = current_role(request)
    if role is None:
        raise Http404
    typed = lists.cleaned(request.POST.get("q", ""))
    if request.method == "POST" and not request.htmx:
        found = f"?find={lists.kept(request.session, typed)}" if typed else ""
        return redirect(f"{request.path}{found}")
    words = typed if request.method == "POST" else lists.words(request)
    short = len(words) < LEAST
    groups, near = ([], False) if short else search_for(words, request.user, role)
    context = {"words": words, "groups": groups, "near": near, "short": short, "notes": role == SUPERVISOR}
    return render(request, "search.html#hits" if request.htmx else "search.html", context)
