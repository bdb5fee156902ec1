"""The editor: a note is written, saved by hand, and amended."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.models import Practice
from accounts.signed_in import SignedInRequest as Request
from engagements.models import Engagement
from engagements.views.scope import sent
from formats.markdown import as_html
from sessions.models import Note, Session
from sessions.notes import actions, prompts
from sessions.notes.forms import NoteForm
from sessions.notes.saving import Desk, no_key, put, put_apart, put_both
from sessions.notes.written import MOST, Written, unseal
from sessions.unlocking.visit import open_vault
from vault import keys
from vault.blobs import Unopenable
from vault.texts import NoVault


@sensitive_post_parameters()
def write(request: Request, pk: UUID) -> HttpResponse:
    """Write a new note about a session."""
    session = get_object_or_404(Session.objects.led_by(request.user).numbered().select_related("engagement"), pk=pk)
    return new_note(request, engagement_of(request, session.engagement_id), session)


@sensitive_post_parameters()
def write_free(request: Request, pk: UUID) -> HttpResponse:
    """Write a new note of a process, about no one session."""
    return new_note(request, engagement_of(request, pk), None)


def engagement_of(request: Request, pk: UUID | None) -> Engagement:
    return get_object_or_404(Engagement.objects.led_by(request.user).select_related("practice"), pk=pk)


def new_note(request: Request, engagement: Engagement, session: Session | None) -> HttpResponse:
    if keys.key_to_seal_for(request.user.pk) is None:
        return render(request, "notes/no_vault.html", {"engagement": engagement, "session": session})
    begun = prompts.chosen(request.user, request.GET.get("template", ""))
    initial = {"note": uuid4(), "rev": 0, "text": str(begun.text) if begun else ""}
    form = NoteForm(sent(request), initial=initial)
    context = {"prompts": prompts.offered(request.user, engagement)}
    return edited(request, form, engagement, session, context)


@sensitive_post_parameters()
def edit(request: Request, pk: UUID) -> HttpResponse:
    """Go on with a note, once the vault is open; while it is locked against changes, its page says so."""
    now = timezone.now()
    note = own_note(request, pk)
    if request.method == "POST":
        form = NoteForm(request.POST)
    elif note.is_locked(now) or (standing := told(request, note)) is None:
        return redirect("notes:note", pk)
    else:
        form = NoteForm(initial={"note": note.pk, "rev": note.rev, "title": standing.title, "text": standing.text})
    return edited(request, form, note.engagement, note.session, {"note": note})


def own_note(request: Request, pk: UUID) -> Note:
    """Return a note that the asker wrote in a process that they lead; to everybody else it does not exist."""
    notes = Note.objects.changed_by(request.user).select_related("engagement__practice", "session")
    return get_object_or_404(notes, pk=pk)


def told(request: Request, note: Note) -> Written | None:
    """Return what stands in `note`; None while the vault is locked, and when it cannot be opened."""
    vault = open_vault(request, timezone.now())
    try:
        return unseal(bytes(note.sealed), note.pk, vault) if vault else None
    except Unopenable:
        return None


def edited(
    request: Request, form: NoteForm, engagement: Engagement, session: Session | None, context: dict[str, Any]
) -> HttpResponse:
    """Show the editor; save what it sends by hand. This is the whole of it without JavaScript."""
    if form.is_bound and form.is_valid() and "preview" not in request.POST:
        answer = saved_by_hand(request, form, engagement, session, context)
        if answer is not None:
            return answer
    if form.is_bound and "preview" in request.POST:
        context["preview"] = as_html(str(form["text"].value() or "")[:MOST])
    context |= {
        "form": form,
        "engagement": engagement,
        "session": session,
        "back": after(engagement, session),
        "note_id": as_uuid(str(form["note"].value())) or uuid4(),
        "spare": uuid4(),
        "most": MOST,
    }
    return render(request, "notes/edit.html", context)


def saved_by_hand(
    request: Request, form: NoteForm, engagement: Engagement, session: Session | None, context: dict[str, Any]
) -> HttpResponse | None:
    """Save and answer where to go; None when another text stands there that is to be shown beside one's own."""
    if form.written.is_empty and not context.get("note"):
        return redirect(after(engagement, session))
    desk = Desk(engagement, session, request.user, timezone.now(), done=True)
    try:
        choose(request, form, desk)
    except actions.Conflict as conflict:
        standing = told(request, conflict.standing)
        if standing is not None:
            context |= {"standing": standing, "standing_rev": conflict.standing.rev, "note": conflict.standing}
            return None
        put_apart(form, desk)
        messages.warning(request, _("This note was saved elsewhere meanwhile. Your text is kept as a note of its own."))
        return redirect(after(engagement, session))
    except actions.Locked:
        put_apart(form, desk)
        messages.warning(request, _("This note is locked. Your text is kept as a note of its own."))
        return redirect(after(engagement, session))
    except Note.DoesNotExist:
        raise Http404 from None
    except (NoVault, Unopenable):
        form.add_error(None, no_key())
        return None
    messages.success(request, _("The note is saved."))
    return redirect(after(engagement, session))


def choose(request: Request, form: NoteForm, desk: Desk) -> None:
    """Save; after a conflict, as was chosen. Two texts become one only while the vault is open."""
    choice = request.POST.get("choice")
    note = Note.objects.changed_by(request.user).filter(pk=form.cleaned_data["note"]).first()
    standing = told(request, note) if choice == "both" and note else None
    if standing is not None:
        put_both(form, standing, desk)
    elif choice in ("both", "apart"):
        put_apart(form, desk)
    else:
        put(form, desk)


def after(engagement: Engagement, session: Session | None) -> str:
    if session is not None:
        return reverse("sessions:detail", args=[session.pk])
    return reverse("notes:of_engagement", args=[engagement.pk])


@require_POST
@sensitive_post_parameters()
def preview(request: Request) -> HttpResponse:
    """Show how a text looks. Nothing of it is kept."""
    only_for_writers(request)
    return render(request, "notes/_preview.html", {"preview": as_html(request.POST.get("text", "")[:MOST])})


def only_for_writers(request: Request) -> None:
    """Raise Http404 for somebody who has no notes and could write none."""
    user = request.user
    if not (
        Practice.objects.supervised_by(user).exists()
        or Engagement.objects.led_by(user).exists()
        or Note.objects.of(user).exists()
    ):
        raise Http404


def as_uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


# --- amending -------------------------------------------------------------------------------------------------------


@sensitive_post_parameters()
def amend(request: Request, pk: UUID) -> HttpResponse:
    """Change a note that is locked: the earlier text stays with it, and both are shown with their days."""
    now = timezone.now()
    note = own_note(request, pk)
    if not note.is_locked(now):
        return redirect("notes:edit", pk)
    form = NoteForm(request.POST) if request.method == "POST" else None
    context: dict[str, Any] = {"note": note, "amending": True}
    if form and form.is_valid() and "preview" not in request.POST:
        try:
            actions.amend(note, form.written, rev=form.cleaned_data["rev"], by=request.user, now=now)
        except actions.Conflict as conflict:
            standing = told(request, conflict.standing)
            if standing is None:
                put_apart(form, Desk(note.engagement, note.session, request.user, now, done=True))
                said = _("This note was saved elsewhere meanwhile. Your text is kept as a note of its own.")
                messages.warning(request, said)
                return redirect("notes:note", pk)
            context |= {"standing": standing, "standing_rev": conflict.standing.rev}
        except (NoVault, Unopenable):
            form.add_error(None, no_key())
        else:
            messages.success(request, _("The note is amended. The earlier text stays with it."))
            return redirect("notes:note", pk)
    if form is None:
        standing = told(request, note)
        if standing is None:
            return redirect("notes:note", pk)
        form = NoteForm(initial={"note": note.pk, "rev": note.rev, "title": standing.title, "text": standing.text})
    if "preview" in request.POST:
        context["preview"] = as_html(request.POST.get("text", "")[:MOST])
    context |= {
        "form": form, "engagement": note.engagement, "session": note.session, "most": MOST,
        "back": reverse("notes:note", args=[pk]), "note_id": pk,
    }  # fmt: skip
    return render(request, "notes/edit.html", context)
