"""When, on what ground and to whom something was reported. There is no field for what it was."""

from datetime import datetime
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.forms.verbs import FieldsForm
from engagements.models import Engagement
from formats.clock import HELSINKI, moment_at
from formats.fields import ClockField, DayField
from law.aids import Authority
from law.register import Where, about
from privacy.duties.actions import write_down
from privacy.models import DutyReport
from privacy.models.duty import IS_A_NUMBER, LONGEST_REFERENCE, may_be_linked

#: Nobody's ground or authority is guessed: what stands in the log was chosen.
UNCHOSEN: Final = ("", _("choose"))


class DutyForm(FieldsForm):
    day = DayField(label=_("Day"))
    clock = ClockField(label=_("Time"))
    ground = forms.ChoiceField(label=_("Ground"))
    authority = forms.ChoiceField(label=_("To whom"), choices=[UNCHOSEN, *Authority.choices])
    reference = forms.CharField(
        label=_("Reference number of the authority"),
        required=False,
        max_length=LONGEST_REFERENCE,
        validators=[IS_A_NUMBER],
        help_text=_("Only a number that the authority gave. No names, and nothing of what it was about."),
    )
    engagement = forms.ModelChoiceField(
        label=_("Process"), queryset=Engagement.objects.none(), required=False, empty_label=_("none in particular"),
        help_text=_("Nobody else in the process sees it."),
    )  # fmt: skip

    def __init__(
        self, data: QueryDict | None = None, *, by: User, now: datetime, corrects: DutyReport | None = None,
        asked: QueryDict | None = None,
    ) -> None:  # fmt: skip
        self.by, self.now, self.corrects = by, now, corrects
        super().__init__(data, initial=beginning(corrects, now, asked))
        today = now.astimezone(HELSINKI).date()
        ground: Any = self.fields["ground"]
        ground.choices = [UNCHOSEN, *((each.key, f"{each.name} ({each.number})") for each in about(Where.DUTY, today))]
        process: Any = self.fields["engagement"]
        process.queryset = may_be_linked(by)

    def act(self) -> None:
        said = dict(self.cleaned_data)
        moment = moment_at(said.pop("day"), said.pop("clock"))
        write_down(by=self.by, now=self.now, reported_at=moment, corrects=self.corrects, **said)


def beginning(corrects: DutyReport | None, now: datetime, asked: QueryDict | None) -> dict[str, Any]:
    """Return what the form begins with: the row to correct, or this moment and what a decision aid led to."""
    when = (corrects.reported_at if corrects else now).astimezone(HELSINKI)
    begun = {"day": when.date(), "clock": when.time().replace(second=0, microsecond=0)}
    if corrects:
        # By its key: a process that one has left is not there to be asked.
        same = {name: getattr(corrects, name) for name in ("ground", "authority", "reference")}
        return begun | same | {"engagement": corrects.engagement_id}
    return begun | {name: asked.get(name) if asked else None for name in ("ground", "authority")}
