"""The board of a process, for its supervisors and supervisees. To the client it does not exist."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.paging import keyset
from engagements.forms.verbs import VerbForm
from engagements.models import Engagement, Theme
from engagements.views.scope import sent
from sessions.board.actions import MOST, may_be_written_on, put_up, reword, take_down, text_of
from sessions.models import BoardEntry
from sessions.views import Request, met_by
from vault.content import Content


class EntryForm(VerbForm):
    text = forms.CharField(
        label=gettext_lazy("What we have learnt"), max_length=MOST, widget=forms.Textarea(attrs={"rows": "3"})
    )
    theme = forms.ChoiceField(label=gettext_lazy("Theme"), required=False)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        request: Request,
        engagement: Engagement,
        entry: BoardEntry | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        self.user, self.engagement, self.entry = request.user, engagement, entry
        super().__init__(data, initial=initial)
        theme: Any = self.fields["theme"]
        theme.choices = [("", gettext_lazy("no theme")), *Theme.choices]

    def act(self) -> None:
        words: dict[str, Any] = {"theme": self.cleaned_data["theme"], "by": self.user, "now": timezone.now()}
        if self.entry is None:
            put_up(self.engagement, self.cleaned_data["text"], **words)
        else:
            reword(self.entry, self.cleaned_data["text"], **words)


def frame(request: Request, engagement: Engagement) -> dict[str, Any]:
    leads = Engagement.objects.led_by(request.user).filter(pk=engagement.pk).exists()
    base = "engagements/base.html" if leads else "sessions/base.html"
    return {"base": base, "section": "board", "engagement": engagement, "leads": leads}


def board(request: Request, pk: UUID) -> HttpResponse:
    """What stands on the board, the latest first, and a place to write."""
    engagement = get_object_or_404(met_by(request.user), pk=pk)
    form = EntryForm(sent(request), request=request, engagement=engagement)
    if form.done():
        messages.success(request, _("It is on the board."))
        return redirect("board:board", pk)
    entries: Any = BoardEntry.objects.visible_to(request.user).filter(engagement=engagement).select_related("author")
    page = keyset(entries, request.GET.dict(), "-created_at", "-id")
    content = Content([engagement.pk])
    context = {
        **frame(request, engagement),
        "form": form if may_be_written_on(engagement) else None,
        "rows": [
            {"entry": each, "text": text_of(each, content), "mine": each.author_id == request.user.pk}
            for each in page.rows
        ],
        "page": page,
    }
    return render(request, "board/board.html", context)


def entry(request: Request, pk: UUID) -> HttpResponse:
    """Change one's own entry."""
    own = BoardEntry.objects.visible_to(request.user).filter(author=request.user)
    kept = get_object_or_404(own.select_related("engagement"), pk=pk)
    engagement = kept.engagement
    initial = {"text": text_of(kept, Content([engagement.pk])) or "", "theme": kept.theme}
    form = EntryForm(sent(request), request=request, engagement=engagement, entry=kept, initial=initial)
    if form.done():
        messages.success(request, _("The entry is changed."))
        return redirect("board:board", engagement.pk)
    return render(request, "board/entry.html", {**frame(request, engagement), "form": form, "entry": kept})


def remove(request: Request, pk: UUID) -> HttpResponse:
    """Take away an entry: one's own, or as a supervisor any."""
    removable = BoardEntry.objects.removable_by(request.user).select_related("engagement", "author")
    kept = get_object_or_404(removable, pk=pk)
    if request.method == "POST":
        take_down(kept, by=request.user, now=timezone.now())
        messages.success(request, _("The entry is gone from the board."))
        return redirect("board:board", kept.engagement_id)
    text = text_of(kept, Content([kept.engagement_id]))
    return render(request, "board/remove.html", {**frame(request, kept.engagement), "entry": kept, "text": text})
