"""What becomes of a note: locked, shared, handed to its author as a file, destroyed."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.signed_in import SignedInRequest as Request
from audit import trail
from engagements.models import Engagement
from engagements.views.scope import sent
from formats.clock import write_clock
from sessions.models import Note
from sessions.notes import actions, export, sharing
from sessions.notes.forms import ExportForm
from sessions.notes.sharing import fellows_of
from sessions.notes.views import as_uuid, only_for_writers, own_note
from sessions.unlocking.visit import open_vault
from vault import opening
from vault.blobs import Unopenable
from vault.models import VaultKey
from vault.texts import NoVault


@require_POST
def lock(request: Request, pk: UUID) -> HttpResponse:
    actions.lock(own_note(request, pk), by=request.user, now=timezone.now())
    messages.success(request, _("The note is locked. It changes only by amending, and its text stays with it."))
    return redirect("notes:note", pk)


def share(request: Request, pk: UUID) -> HttpResponse:
    """Share a note with who leads the process too, after comparing four words; or end it."""
    now = timezone.now()
    note = own_note(request, pk)
    vault = open_vault(request, now)
    if request.method == "POST":
        fellow = next((one for one in fellows_of(note) if str(one.user.pk) == request.POST.get("reader")), None)
        if fellow is not None and "end" in request.POST:
            sharing.unshare(note, fellow.user.pk, vault, by=request.user, now=now)
            messages.success(request, _("The note is yours alone again."))
        elif fellow is not None:
            level, said = shared(request, note, fellow)
            messages.add_message(request, level, said)
        return redirect("notes:share", pk)
    return render(request, "notes/share.html", {"note": note, "fellows": fellows_of(note), "open": vault is not None})


def shared(request: Request, note: Note, fellow: sharing.Fellow) -> tuple[int, str]:
    """Share, and return what is said about it."""
    vault = open_vault(request, timezone.now())
    name = {"name": fellow.user.full_name}
    if vault is None:
        return messages.WARNING, _("Open your notes first.")
    try:
        sharing.share(note, fellow.user, as_uuid(request.POST.get("key")) or note.pk, vault, by=request.user)
    except NoVault:
        return messages.WARNING, _("%(name)s has no key for notes yet, so nothing can be sealed for them.") % name
    except sharing.AnotherKey:
        return messages.WARNING, _("The key of %(name)s has changed just now. Compare the words again.") % name
    except Unopenable:
        return messages.ERROR, _("This note cannot be opened, so it cannot be shared.")
    return messages.SUCCESS, _("%(name)s can read this note now.") % name


def delete(request: Request, pk: UUID) -> HttpResponse:
    """Destroy one's own note, a locked one too. Nobody can bring it back."""
    note = get_object_or_404(Note.objects.of(request.user).prefetch_related("engagement", "session"), pk=pk)
    if request.method == "POST":
        actions.destroy(note, by=request.user, now=timezone.now())
        messages.success(request, _("The note is destroyed."))
        return redirect("notes:list")
    return render(request, "notes/delete.html", {"note": note, "locked": note.is_locked(timezone.now())})


# --- as files -------------------------------------------------------------------------------------------------------


def pdf(request: Request, pk: UUID) -> HttpResponse:
    """One own note as a PDF, made while one waits."""
    now = timezone.now()
    note = get_object_or_404(Note.objects.of(request.user).prefetch_related("engagement", "session"), pk=pk)
    vault = open_vault(request, now)
    leaves = export.collect([note], vault) if vault else []
    if not leaves or leaves[0].broken:
        return redirect("notes:note", pk)
    try:
        body = export.as_pdf(leaves, request.user, now)
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
        return redirect("notes:note", pk)
    trail.record(note.engagement_id, "note.exported", actor=request.user, obj=note, data={"notes": 1})
    return as_file(body, "application/pdf", "pdf", now)


@sensitive_post_parameters()
def export_notes(request: Request) -> HttpResponse:
    """All own notes, or those of one process, as one file; the passphrase is asked for again."""
    only_for_writers(request)
    now = timezone.now()
    engagement = None
    if named := request.GET.get("process", ""):
        engagement = get_object_or_404(Engagement.objects.led_by(request.user), pk=as_uuid(named))
    form = ExportForm(sent(request))
    if form.is_valid() and (answer := exported(request, form, engagement, now)):
        return answer
    notes = Note.objects.of(request.user)
    count = (notes.filter(engagement=engagement) if engagement else notes).count()
    return render(request, "notes/export.html", {"form": form, "engagement": engagement, "count": count})


def exported(request: Request, form: ExportForm, engagement: Engagement | None, now: datetime) -> HttpResponse | None:
    """Return the file, or None after saying in the form why there is none."""
    try:
        vault = opening.unlock(request.user.pk, form.cleaned_data["passphrase"], now=now)
    except opening.WrongPassphrase:
        form.add_error("passphrase", _("That is not the passphrase of your notes."))
        return None
    except opening.TooManyTries as tries:
        said = _("Too many tries. Try again at %(time)s.") % {"time": write_clock(tries.until, bare=True)}
        form.add_error("passphrase", said)
        return None
    except VaultKey.DoesNotExist:
        form.add_error("passphrase", _("Your notes have no key yet."))
        return None
    notes = Note.objects.of(request.user).prefetch_related("engagement", "session").order_by("created_at", "pk")
    leaves = export.collect(notes.filter(engagement=engagement) if engagement else notes, vault)
    try:
        body = made(form, leaves, request, now)
    except ValidationError as refused:
        form.add_error(None, refused)
        return None
    stream = engagement.pk if engagement else f"notes {request.user.pk}"
    data = {"notes": len(leaves), "how": form.cleaned_data["how"]}
    trail.record(stream, "note.exported", actor=request.user, obj=engagement, data=data)
    if form.cleaned_data["how"] == "pdf":
        return as_file(body, "application/pdf", "pdf", now)
    return as_file(body, "application/zip", "zip", now)


def made(form: ExportForm, leaves: list[export.Leaf], request: Request, now: datetime) -> bytes:
    """Return the file that was asked for. Raises ValidationError when it would be too large."""
    if form.cleaned_data["how"] == "pdf":
        return export.as_sealed_pdf(leaves, request.user, form.cleaned_data["password"], now)
    return export.as_zip(leaves, now)


def as_file(body: bytes, kind: str, ending: str, now: datetime) -> HttpResponse:
    """Hand over a file whose name says nothing but what it is and of which day."""
    name = f"muistiinpanot-{timezone.localtime(now):%Y-%m-%d}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, content_type=kind, headers=headers)
