"""The pages of a diary. Whoever asks for another's finds nothing there."""

import json
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.paging import keyset
from engagements.models import Engagement, Participation
from engagements.models.engagement import EngagementQuerySet
from formats.clock import HELSINKI, write_moment
from sessions.diary.actions import WrittenElsewhere, text_of, throw_away, write
from sessions.diary.forms import EntryForm
from sessions.models import DiaryEntry
from sessions.views import Request, posted
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
    """Read and write one entry. To htmx, which saves while one writes, it answers with how that went."""
    now = timezone.now()
    kept = DiaryEntry.objects.written_by(request.user).filter(pk=pk).first()
    begins = request.method == "POST" and request.POST.get("rev") == "0"
    if kept is None and not begins:
        raise Http404
    only_for_writers(request.user)
    text = text_of(kept) if kept else ""
    initial = {"rev": kept.rev, "text": text, "engagement": kept.engagement} if kept else {"rev": 0}
    form = EntryForm(posted(request), processes=processes_of(request.user), initial=initial)
    context: dict[str, Any] = {"form": form, "pk": pk, "entry": kept, "unopenable": text is None, "now": now}
    if text is None or not form.is_valid():
        return render(request, "diary/entry.html#saved" if request.htmx else "diary/entry.html", context)
    try:
        done = write_down(form, pk, kept, request.user, now)
    except DiaryEntry.DoesNotExist:
        raise Http404 from None
    except WrittenElsewhere as other:
        context |= {"entry": other.entry, "elsewhere": text_of(other.entry), "rev": other.entry.rev}
        return render(request, "diary/entry.html#saved" if request.htmx else "diary/entry.html", context)
    if request.htmx and "done" not in request.POST:
        return render(request, "diary/entry.html#saved", context | {"entry": done, "rev": done.rev, "saved": True})
    messages.success(request, _("The entry is saved."))
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": reverse("diary:list")})
    return redirect("diary:list")


def write_down(form: EntryForm, pk: UUID, kept: DiaryEntry | None, user: User, now: datetime) -> DiaryEntry:
    about = form.process(kept.engagement if kept else None)
    return write(pk, form.cleaned_data["text"], form.cleaned_data["rev"], engagement=about, by=user, now=now)


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
    file["Content-Disposition"] = f'attachment; filename="{_("diary")}.{"json" if shape == "json" else "txt"}"'
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
