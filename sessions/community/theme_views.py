"""The themes of a work community, for those who lead it and those in it."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from engagements.forms.verbs import FieldsForm
from engagements.models import Engagement, Form
from engagements.views.scope import sent
from sessions.board.views import frame
from sessions.community import themes as actions
from sessions.models import ThemeProposal, ThemeSupport
from sessions.views import Request, met_by


class ThemeForm(FieldsForm):
    text = forms.CharField(
        label=gettext_lazy("Theme"), max_length=actions.LONGEST * 2,
        help_text=gettext_lazy("Something to work on together. No names."),
        error_messages={"required": gettext_lazy("Write the theme.")},
    )  # fmt: skip

    def __init__(self, data: QueryDict | None = None, *, request: Request, engagement: Engagement) -> None:
        self.user, self.engagement = request.user, engagement
        super().__init__(data)

    def act(self) -> None:
        actions.propose(self.engagement, self.cleaned_data["text"], by=self.user, now=timezone.now())


def themes(request: Request, pk: UUID) -> HttpResponse:
    """What is proposed and how many support it, and a place to propose."""
    engagement = get_object_or_404(met_by(request.user), pk=pk)
    if engagement.form != Form.COMMUNITY:
        raise Http404
    form = ThemeForm(sent(request), request=request, engagement=engagement)
    if form.done():
        messages.success(request, _("The theme is proposed."))
        return redirect("community:themes", pk)
    shown = frame(request, engagement)
    context = {
        **shown,
        "form": form if actions.is_open(engagement) else None,
        "themes": actions.themes_of(engagement, request.user),
    }
    return render(request, "community/themes.html", context)


def visible_theme(request: Request, pk: UUID) -> ThemeProposal:
    return get_object_or_404(ThemeProposal.objects.visible_to(request.user).select_related("engagement"), pk=pk)


@require_POST
def support(request: Request, pk: UUID) -> HttpResponse:
    theme = visible_theme(request, pk)
    if not Engagement.objects.attended_by(request.user).filter(pk=theme.engagement_id).exists():
        raise Http404
    try:
        actions.support(theme, supports="supports" in request.POST, by=request.user, now=timezone.now())
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    return redirect("community:themes", theme.engagement_id)


def recorded(request: Request, pk: UUID) -> HttpResponse:
    """Write down who supports a theme of those who cannot log in."""
    led = Engagement.objects.led_by(request.user).values("pk")
    found = ThemeProposal.objects.visible_to(request.user).filter(engagement__in=led)
    theme = get_object_or_404(found.select_related("engagement"), pk=pk)
    people = actions.without_log_in(theme.engagement)
    if request.method == "POST":
        chosen = {one.pk for one in people if str(one.pk) in request.POST.getlist("who")}
        try:
            actions.record_support(theme, chosen, by=request.user, now=timezone.now())
        except ValidationError as error:
            messages.warning(request, " ".join(error.messages))
        else:
            messages.success(request, _("It is written down who supports the theme."))
        return redirect("community:themes", theme.engagement_id)
    said = set(ThemeSupport.objects.filter(theme=theme).values_list("participation", flat=True))
    context = {
        **frame(request, theme.engagement),
        "theme": theme,
        "rows": [{"one": one, "supports": one.pk in said} for one in people],
    }
    return render(request, "community/recorded.html", context)


@require_POST
def remove(request: Request, pk: UUID) -> HttpResponse:
    """Take a theme away: one's own, or as a supervisor any."""
    led = Engagement.objects.led_by(request.user).values("pk")
    removable = ThemeProposal.objects.visible_to(request.user).filter(Q(author=request.user) | Q(engagement__in=led))
    theme = get_object_or_404(removable, pk=pk)
    actions.take_away(theme, by=request.user, now=timezone.now())
    messages.success(request, _("The theme is gone."))
    return redirect("community:themes", theme.engagement_id)
