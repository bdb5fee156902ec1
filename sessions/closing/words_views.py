"""The practice's own list of methods and themes."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from engagements.views.scope import Request, sent
from engagements.views.templates import own_practice
from sessions.closing import words
from sessions.closing.forms import WordForm
from sessions.models import Word


def listed(request: Request) -> HttpResponse:
    """Both lists, what was put away below; a new word for one of them (`kind`)."""
    practice = own_practice(request)
    kind = request.POST.get("kind", "")
    asked = Word.Kind(kind) if kind in Word.Kind.values else Word.Kind.METHOD
    form = WordForm(sent(request), verb=lambda text: words.add(practice, asked, text))
    if form.done():
        messages.success(request, _("The word is in the list."))
        return to_list(practice.pk)
    found = list(practice.words.all())
    context = {
        "suggested": words.offered(practice),
        "lists": [
            {
                "kind": kind,
                "label": label,
                "words": [word for word in found if word.kind == kind and word.archived_at is None],
                "away": [word for word in found if word.kind == kind and word.archived_at is not None],
                "suggested": [] if any(word.kind == kind for word in found) else words.SHIPPED[kind],
                "form": form if form.is_bound and kind == asked else WordForm(verb=lambda text: None),
            }
            for kind, label in ((Word.Kind.METHOD, _("Methods")), (Word.Kind.THEME, _("Themes")))
        ],
    }
    return render(request, "sessions/words.html", context)


def word(request: Request, pk: UUID) -> HttpResponse:
    """Let a word say something else."""
    found = get_object_or_404(Word.objects.of_practices_of(request.user), pk=pk)
    form = WordForm(sent(request), text=found.text, verb=lambda text: words.rename(found, text))
    if form.done():
        messages.success(request, _("The word is changed."))
        return to_list(found.practice_id)
    return render(request, "sessions/word.html", {"form": form, "word": found})


@require_POST
def word_away(request: Request, pk: UUID) -> HttpResponse:
    """Put a word away, or take it back (`do` is back). Sessions that have it keep it."""
    found = get_object_or_404(Word.objects.of_practices_of(request.user), pk=pk)
    back = request.POST.get("do") == "back"
    words.put_away(found, None if back else timezone.now())
    messages.success(request, _("The word is offered again.") if back else _("The word is offered no more."))
    return to_list(found.practice_id)


def to_list(practice: UUID) -> HttpResponse:
    return redirect(f"{reverse('sessions:words')}?practice={practice}")
