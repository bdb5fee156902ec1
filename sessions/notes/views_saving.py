"""The page of an editor saves by itself, whatever becomes of the connection, the log-in and the vault meanwhile."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.signed_in import SignedInRequest as Request
from engagements.models import Engagement
from sessions.models import Note, Session
from sessions.notes import actions
from sessions.notes.forms import NoteForm
from sessions.notes.saving import Desk, Saved, no_key, put, put_apart
from sessions.notes.views import after, as_uuid, engagement_of, told
from sessions.unlocking.visit import open_vault
from vault.blobs import Unopenable
from vault.texts import NoVault


@require_POST
@sensitive_post_parameters()
def autosave(request: Request, pk: UUID) -> HttpResponse:
    """Save what a page sends by itself, and answer in JSON.

    200: saved. 409: `other`, somebody else is signed in here now; `differs`, another text stands there, which is given
    with its number, since the vault is open; `apart`, it is saved as a note of its own, whose id and number are given.
    422: refused, in words.
    """
    now = timezone.now()
    note = Note.objects.changed_by(request.user).filter(pk=pk).select_related("engagement__practice", "session").first()
    engagement = note.engagement if note else engagement_of(request, as_uuid(request.POST.get("engagement")))
    session = note.session if note else session_named(request, engagement)
    if request.POST.get("author") not in (None, str(request.user.pk)):
        return JsonResponse({"state": "other"}, status=409)
    form = NoteForm({**request.POST.dict(), "note": str(pk)})
    if not form.is_valid():
        return JsonResponse({"state": "refused", "said": form.complaints}, status=422)
    done = "done" in request.POST
    desk = Desk(engagement, session, request.user, now, done)
    if note is None and form.written.is_empty:
        return JsonResponse(
            {"state": "saved", "rev": 0, "said": "", "next": after(engagement, session) if done else ""}
        )
    open_vault(request, now)  # who writes is at work: an open vault stays open
    try:
        saved = put(form, desk)
    except actions.Conflict as conflict:
        standing = told(request, conflict.standing)
        if standing == form.written:
            saved = Saved(conflict.standing)
        elif standing is not None:
            answer = {"state": "differs", "rev": conflict.standing.rev}
            return JsonResponse({**answer, "title": standing.title, "text": standing.text}, status=409)
        else:
            return apart(request, form, desk, _("Saved elsewhere meanwhile: your text is kept as a note of its own."))
    except actions.Locked:
        return apart(request, form, desk, _("The note is locked: your text is kept as a note of its own."))
    except Note.DoesNotExist:
        raise Http404 from None
    except (NoVault, Unopenable):
        return JsonResponse({"state": "refused", "said": no_key()}, status=422)
    if done:
        messages.success(request, _("The note is saved."))
    return JsonResponse({**saved.as_told(now), "next": after(engagement, session) if done else ""})


def apart(request: Request, form: NoteForm, desk: Desk, said: str) -> JsonResponse:
    answer = {**put_apart(form, desk).as_told(desk.now), "state": "apart", "said": said}
    if desk.done:
        messages.warning(request, said)
        answer["next"] = after(desk.engagement, desk.session)
    return JsonResponse(answer, status=409)


def session_named(request: Request, engagement: Engagement) -> Session | None:
    named = request.POST.get("session")
    return get_object_or_404(Session, pk=as_uuid(named), engagement=engagement) if named else None
