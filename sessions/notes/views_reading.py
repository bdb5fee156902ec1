"""One's own notes: listed, read, looked through. Nothing of a text shows while the vault is locked."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts.paging import keyset
from accounts.signed_in import SignedInRequest as Request
from engagements.models import Engagement
from sessions.models import Note, NoteVersion
from sessions.notes import actions
from sessions.notes.search import MOST_FOUND, MOST_LETTERS, search
from sessions.notes.sharing import reseal_retired
from sessions.notes.views import only_for_writers
from sessions.notes.written import Written, rows_of, unseal
from sessions.reads import write_down
from sessions.unlocking.visit import open_vault
from vault.blobs import Unopenable
from vault.keys import Opened
from vault.models import TextKeyWrap

PER_PAGE: Final = 25


def all_notes(request: Request) -> HttpResponse:
    """Notes of all processes: one's own, and those that others share."""
    only_for_writers(request)
    return listed(request, {})


def of_engagement(request: Request, pk: UUID) -> HttpResponse:
    engagement = get_object_or_404(Engagement.objects.led_by(request.user), pk=pk)
    return listed(request, {"engagement": engagement})


def listed(request: Request, of: dict[str, Any]) -> HttpResponse:
    now = timezone.now()
    vault = open_vault(request, now)
    reseal_retired(request.user, vault, now)
    # Engagements and sessions apart: who leads a process no more keeps their notes of it.
    notes = Note.objects.readable_by(request.user).filter(**of).prefetch_related("engagement", "session", "author")
    page = keyset(notes, request.GET.dict(), "-created_at", "-id", per_page=PER_PAGE)
    context = {
        **of,
        "page": page,
        "rows": rows_of(page.rows, request.user, vault),
        "open": vault is not None,
        "now": now,
        "section": "notes",
    }
    return render(request, "notes/of_engagement.html" if of else "notes/list.html", context)


@sensitive_post_parameters()
def look_for(request: Request) -> HttpResponse:
    """Search in one's own notes. What is looked for is posted, stands in no address and is kept nowhere."""
    only_for_writers(request)
    if request.method != "POST":
        return redirect("notes:list")
    vault = open_vault(request, timezone.now())
    words = " ".join(request.POST.get("q", "").replace("\0", " ").split())[:MOST_LETTERS]
    if vault is None:
        messages.info(request, _("Open your notes first: while they are locked, nobody can search in them."))
        return redirect("notes:list")
    if not words:
        return redirect("notes:list")
    context = {"words": words, "found": search(request.user, words, vault), "most": MOST_FOUND, "open": True}
    return render(request, "notes/found.html", context)


def note(request: Request, pk: UUID) -> HttpResponse:
    """Read a note: one's own, or one that is shared, which is written down."""
    now = timezone.now()
    vault = open_vault(request, now)
    reseal_retired(request.user, vault, now)
    found = readable(request, pk)
    own = found.author_id == request.user.pk
    written, broken = read(found, vault)
    if written is not None and not own:
        write_down(request.user, found.engagement_id, "note.read", [found])
    context = {
        "note": found,
        "own": own,
        "leads": Engagement.objects.led_by(request.user).filter(pk=found.engagement_id).exists(),
        "open": vault is not None,
        "written": written,
        "broken": broken,
        "locked": found.is_locked(now),
        "shared": own and is_shared(found),
        "versions": list(found.versions.defer("sealed").order_by("-number")) if own else [],
        "now": now,
    }
    return render(request, "notes/note.html", context)


def readable(request: Request, pk: UUID) -> Note:
    notes = Note.objects.readable_by(request.user).prefetch_related("engagement", "session", "author")
    return get_object_or_404(notes, pk=pk)


def read(found: Note | NoteVersion, vault: Opened | None) -> tuple[Written | None, bool]:
    """Return what stands in a note or an earlier text of one, and whether it should open and does not."""
    if vault is None:
        return None, False
    try:
        return unseal(bytes(found.sealed), found.note_id if isinstance(found, NoteVersion) else found.pk, vault), False
    except Unopenable:
        return None, True


def is_shared(found: Note) -> bool:
    mine = TextKeyWrap.objects.filter(text_key=found.text_key, by=found.author_id)
    return mine.exclude(reader=found.author_id).exists()


def version(request: Request, pk: UUID, number: int) -> HttpResponse:
    """Look at an earlier text; by POST put it in the place of the one that stands, which is kept."""
    now = timezone.now()
    versions = NoteVersion.objects.filter(note__in=Note.objects.of(request.user).values("pk"))
    found = get_object_or_404(versions.select_related("note"), note=pk, number=number)
    vault = open_vault(request, now)
    written, broken = read(found, vault)
    leads = Engagement.objects.led_by(request.user).filter(pk=found.note.engagement_id).exists()
    if request.method == "POST":
        if not leads:
            raise Http404
        return restored(request, found, written, now)
    context = {
        "version": found, "note": found.note, "open": vault is not None, "written": written, "broken": broken,
        "can_restore": leads and written is not None and not found.note.is_locked(now),
    }  # fmt: skip
    return render(request, "notes/version.html", context)


def restored(request: Request, found: NoteVersion, written: Written | None, now: datetime) -> HttpResponse:
    if written is None:
        messages.warning(request, _("Open your notes first."))
        return redirect("notes:version", found.note_id, found.number)
    try:
        actions.restore(found.note, written, by=request.user, now=now)
    except actions.Locked:
        messages.warning(request, _("The note is locked: it changes only by amending."))
    else:
        messages.success(request, _("The earlier text stands again. What stood there is kept below."))
    return redirect("notes:note", found.note_id)
