"""What a list remembers of whoever reads it: how they filtered it, and what they looked for.

Filters stand in the address (`?state=closed&client=…`), so that they survive paging and the back button and can be
passed on. A list opened without any goes back to how it was left; `?all` shows everything and forgets.

What people look for is mostly somebody's name, and addresses end up in histories and in the logs of proxies (ASVS 5.0,
14.2.1). So words are posted and kept in the session, which is sealed; in the address stands a mark of them (`?find=…`)
that means nothing to anybody else.
"""

from typing import Final
from urllib.parse import urlencode

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.crypto import get_random_string

MOST_LETTERS: Final = 80
#: How many searches a session keeps: those of a few open tabs and of the way back.
MOST_KEPT: Final = 20
PLACE: Final = ("find", "after", "before")


def elsewhere(request: HttpRequest, *filters: str) -> HttpResponseRedirect | None:
    """Return where a list sends its reader before it shows anything, or None; remember what is shown.

    What is posted (`q` and the filters) becomes an address; a bare address becomes the one the list was left at.
    """
    if request.method == "POST":
        chosen = {name: value for name in filters if (value := cleaned(request.POST.get(name, "")))}
        if text := cleaned(request.POST.get("q", "")):
            chosen["find"] = kept(request.session, text)
        return HttpResponseRedirect(f"{request.path}?{urlencode(chosen) or 'all'}")
    left = request.session.get("lists", {})
    shown = urlencode(asked(request, *filters))
    if not shown and "all" not in request.GET:
        return HttpResponseRedirect(f"{request.path}?{left[request.path]}") if left.get(request.path) else None
    if left.get(request.path, "") != shown:
        request.session["lists"] = left | {request.path: shown}
    return None


def asked(request: HttpRequest, *filters: str) -> dict[str, str]:
    """Return what the address says of filters, words and page; nothing else that somebody may have written in it."""
    return {name: value for name in (*filters, *PLACE) if (value := cleaned(request.GET.get(name, "")))}


def words(request: HttpRequest) -> str:
    """Return what the mark in the address stands for; an empty text when it is another session's, or too old."""
    return str(request.session.get("sought", {}).get(request.GET.get("find"), ""))


def kept(session: SessionBase, text: str) -> str:
    """Keep `text` in the session and return its mark."""
    sought: dict[str, str] = session.get("sought", {})
    mark = next((mark for mark, known in sought.items() if known == text), get_random_string(8))
    recent = [(known, value) for known, value in sought.items() if known != mark][1 - MOST_KEPT :]
    session["sought"] = {**dict(recent), mark: text}
    return mark


def cleaned(text: str) -> str:
    """Return what somebody typed without what no search needs, and no longer than a search may be."""
    return " ".join(text.replace("\0", " ").split())[:MOST_LETTERS]


def link(**chosen: str) -> str:
    """Return the query string of a list so filtered; of one that is not, the one that shows everything."""
    return "?" + (urlencode({name: value for name, value in chosen.items() if value}) or "all")
