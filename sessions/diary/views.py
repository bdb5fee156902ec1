"""The pages of a diary. Whoever asks for another's finds nothing there."""

import json
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.paging import keyset
from engagements.models import Engagement, Participation
from engagements.models.engagement import EngagementQuerySet
from engagements.views.scope import sent
from formats.clock import HELSINKI, write_moment
from sessions import saving
from sessions.diary.actions import text_of, throw_away, write
from sessions.diary.forms import EntryForm
from sessions.models import DiaryEntry
from sessions.saving import Conflict
from sessions.views import Request
from vault.content import Content

BEGINNING: Final = 160
SHAPES: Final = {"text": "text/plain", "json": "application/json"}


def only_for_writers(user: User) -> None:
    """Raise Http404 for who neither is nor was a supervisee and has written nothing."""
    attends = Engagement.objects.attended_by(user).exists() or Participation.objects.filter(person__user=user).exists()
    if not attends and not DiaryEntry.objects.written_by(user).exists():
        raise Http404


def processes_of(user: User) -> EngagementQuerySet:
    return Engagement.objects.attended_by(user).order_by("title", "pk")


def diary(request: Request) -> HttpResponse:
    """Own entries, the latest first."""
    only_for_writers(request.user)
    page = keyset(DiaryEntry.objects.written_by(request.user), request.GET.dict(), "-created_at", "-id")
    content = Content([request.user.pk])
    titles = dict(processes_of(request.user).values_list("pk", "title"))
    rows = [
        {
            "entry": each,
            "beginning": beginning(text_of(each, content)),
            "about": titles.get(each.engagement or each.pk, ""),
        }
        for each in page.rows
    ]
    return render(request, "diary/list.html", {"rows": rows, "page": page, "now": timezone.now()})


def beginning(text: str | None) -> str | None:
    return None if text is None else " ".join(text[: BEGINNING * 2].split())[:BEGINNING]


def new(request: Request) -> HttpResponse:
    """An empty entry. It is there once something is written in it."""
    only_for_writers(request.user)
    form = EntryForm(None, processes=processes_of(request.user), initial={"rev": 0})
    return render(request, "diary/entry.html", {"form": form, "pk": uuid4(), "entry": None})


def entry(request: Request, pk: UUID) -> HttpResponse:
    """Read and write one entry."""
    now = timezone.now()
    kept = own_entry(request, pk)
    text = text_of(kept) if kept else ""
    initial = {"rev": kept.rev, "text": text, "engagement": kept.engagement} if kept else {"rev": 0}
    form = EntryForm(sent(request), processes=processes_of(request.user), initial=initial)
    if text is not None and form.is_valid():
        try:
            keep(form, pk, kept, request.user, now)
        except Conflict as conflict:
            form.show_both(conflict)
        else:
            messages.success(request, _("The entry is saved."))
            return redirect("diary:list")
    context = {"form": form, "pk": pk, "entry": kept, "unopenable": text is None, "now": now}
    return render(request, "diary/entry.html", context)


@require_POST
def save(request: Request, pk: UUID) -> HttpResponse:
    """Save what is being written."""
    now = timezone.now()
    kept = own_entry(request, pk)
    form = EntryForm(request.POST, processes=processes_of(request.user))
    return saving.answer(form, lambda: keep(form, pk, kept, request.user, now), now)


def own_entry(request: Request, pk: UUID) -> DiaryEntry | None:
    """Return an entry of the asker's; None for one that they are about to begin."""
    kept = DiaryEntry.objects.written_by(request.user).filter(pk=pk).first()
    if kept is None and request.POST.get("rev") != "0":
        raise Http404
    only_for_writers(request.user)
    return kept


def keep(form: EntryForm, pk: UUID, kept: DiaryEntry | None, user: User, now: datetime) -> DiaryEntry:
    """Keep what a valid form says. Raises Conflict, and Http404 when the entry is another's or gone."""
    about = form.process(kept.engagement if kept else None)
    try:
        return write(pk, form.cleaned_data["text"], form.cleaned_data["rev"], engagement=about, by=user, now=now)
    except DiaryEntry.DoesNotExist:
        raise Http404 from None


def delete(request: Request, pk: UUID) -> HttpResponse:
    """Delete an entry for good, once it was asked for."""
    kept = get_object_or_404(DiaryEntry.objects.written_by(request.user), pk=pk)
    if request.method == "POST":
        throw_away(kept, by=request.user)
        messages.success(request, _("The entry is deleted."))
        return redirect("diary:list")
    return render(request, "diary/delete.html", {"entry": kept, "beginning": beginning(text_of(kept))})


def download(request: Request, shape: str) -> HttpResponse:
    """All own entries as one file, from the first to the last: text to read, or JSON."""
    only_for_writers(request.user)
    if shape not in SHAPES:
        raise Http404
    content = Content([request.user.pk])
    entries = [
        (each, text_of(each, content))
        for each in DiaryEntry.objects.written_by(request.user).order_by("created_at", "pk")
    ]
    whole = as_json(entries) if shape == "json" else as_text(entries)
    file = HttpResponse(whole.encode(), content_type=f"{SHAPES[shape]}; charset=utf-8")
    name, kind = _("diary"), "json" if shape == "json" else "txt"
    file["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return file


def as_text(entries: list[tuple[DiaryEntry, str | None]]) -> str:
    unopenable = _("This entry cannot be opened.")
    return "\n\n".join(
        f"{write_moment(each.created_at)}\n\n{unopenable if text is None else text}\n" for each, text in entries
    )


def as_json(entries: list[tuple[DiaryEntry, str | None]]) -> str:
    rows = [
        {
            "written": each.created_at.astimezone(HELSINKI).isoformat(timespec="seconds"),
            "changed": each.updated_at.astimezone(HELSINKI).isoformat(timespec="seconds"),
            "text": text,
        }
        for each, text in entries
    ]
    return json.dumps({"diary": rows}, ensure_ascii=False, indent=2)
