from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Practice, User
from notifications import preferring
from notifications.choices import layer_of, quiet_of, rhythm_of
from notifications.kinds import Kind
from notifications.models import Preference
from notifications.preferring import Held
from notifications.quiet import EVENINGS, MORNINGS

#: How long before a session one may want to be reminded, in hours.
HOURS: Final = (1, 2, 4, 12, 24, 48, 72, 168)


def before(hours: int) -> str:
    if hours % 24 or hours == 24:
        return ngettext("%(number)d hour before", "%(number)d hours before", hours) % {"number": hours}
    return ngettext("%(number)d day before", "%(number)d days before", hours // 24) % {"number": hours // 24}


def clocks(hours: Collection[int]) -> list[tuple[int, str]]:
    return [(hour, f"{hour}.00") for hour in hours]


def counting(*rows: Preference | None) -> dict[str, Any]:
    """Return what counts of `rows`, the first of which comes first, as a form begins with it."""
    layers = [layer_of(row) for row in rows if row]
    quiet = quiet_of(layers)
    return {"rhythm": rhythm_of(layers), "quiet_from": quiet.evening, "quiet_until": quiet.morning}


class WantedForm(forms.Form):
    """Of what somebody wants to hear, out of `offered`."""

    wanted = forms.MultipleChoiceField(
        label=_("What you want to hear of"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, offered: Sequence[Kind], declined: Collection[str], **kwargs: Any) -> None:
        names = [kind.name for kind in offered]
        kwargs["initial"] = {"wanted": [name for name in names if name not in declined], **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.names = names
        self.fields["wanted"].choices = [(kind.name, kind.label) for kind in offered]  # type: ignore[attr-defined]
        if "hours" in self.fields:
            usual = [("", _("as your practice has it"))]
            self.fields["hours"].choices = [*usual, *((each, before(each)) for each in HOURS)]  # type: ignore[attr-defined]

    @property
    def wanted_names(self) -> list[str]:
        return list(self.cleaned_data["wanted"])

    @property
    def declined_names(self) -> list[str]:
        return [name for name in self.names if name not in self.cleaned_data["wanted"]]


class HoursField(forms.TypedChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("Reminder of a session"), required=False, coerce=int, empty_value=None, **kwargs)


class RemindersForm(WantedForm):
    """What a person chooses by the link in a mail."""

    hours = HoursField()

    def __init__(self, *args: Any, held: Held, **kwargs: Any) -> None:
        kwargs["initial"] = {"hours": held.hours or ""}
        super().__init__(*args, offered=preferring.to_persons(), declined=held.declined, **kwargs)

    @property
    def nothing_wanted(self) -> bool:
        return not (self.wanted_names if self.is_bound else self.initial["wanted"])

    def save(self, person: UUID) -> None:
        preferring.choose_reminders(person, self.declined_names, self.cleaned_data["hours"])


class QuietForm(WantedForm):
    rhythm = forms.ChoiceField(
        label=_("What can wait"),
        choices=Preference.Rhythm,
        widget=forms.RadioSelect,
        help_text=_("News of contracts, evaluations and reports. What concerns a session comes at once."),
    )
    quiet_from = forms.TypedChoiceField(label=_("Quiet from"), coerce=int, choices=clocks(EVENINGS))
    quiet_until = forms.TypedChoiceField(
        label=_("Quiet until"),
        coerce=int,
        choices=clocks(MORNINGS),
        help_text=_("What you need to know before the morning comes at once, and so do codes."),
    )

    @property
    def chosen(self) -> dict[str, Any]:
        names = ("hours", "rhythm", "quiet_from", "quiet_until")
        return {name: self.cleaned_data[name] for name in names if name in self.fields}


class PreferenceForm(QuietForm):
    """What a user chooses in their account."""

    hours = HoursField()
    field_order = ("wanted", "hours", "rhythm", "quiet_from", "quiet_until")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        own = preferring.own(user)
        kwargs["initial"] = {"hours": own.held.hours or "", **counting(own.held, own.default)}
        offered = preferring.every_declinable() if own.works else preferring.to_persons()
        super().__init__(*args, offered=offered, declined=own.declined, **kwargs)
        if not own.works:
            del self.fields["rhythm"]
        if own.usual:
            self.fields["hours"].help_text = _("Your practice reminds %(before)s.") % {"before": before(own.usual)}

    def save(self, now: datetime) -> None:
        preferring.choose(self.user, wanted=self.wanted_names, declined=self.declined_names, now=now, **self.chosen)


class DefaultsForm(QuietForm):
    """What counts in a practice for those who have chosen nothing."""

    def __init__(self, *args: Any, practice: Practice, user: User, **kwargs: Any) -> None:
        self.practice, self.user = practice, user
        held = Preference.objects.filter(practice=practice).first() or Preference(practice=practice)
        kwargs["initial"] = counting(held)
        super().__init__(*args, offered=preferring.every_declinable(), declined=held.declined, **kwargs)
        self.fields["wanted"].label = _("What is sent")

    def save(self, now: datetime) -> None:
        preferring.choose_for(self.practice, declined=self.declined_names, by=self.user, now=now, **self.chosen)
