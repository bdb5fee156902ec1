from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Practice, User
from engagements.forms.verbs import FieldsForm
from formats.clock import read_moment, write_moment
from formats.fields import Prose, ReadField
from privacy.incidents.actions import change, write_down
from privacy.incidents.words import Sort
from privacy.models import Incident

MOST: Final = 4000
#: Of what a version is made, beside the moments.
DESCRIBED: Final = ("sorts", "what", "categories", "people", "effects", "measures", "why_not")


class MomentField(ReadField):
    """A day and a time of day."""

    attrs: ClassVar[Mapping[str, str]] = {"maxlength": "60"}

    def read(self, text: object) -> datetime:
        return read_moment(text)

    def write(self, value: datetime) -> str:
        return write_moment(value)


def prose(label: Any, help_text: Any = "", *, required: bool = True, rows: str = "3") -> Prose:
    return Prose(
        label=label,
        help_text=help_text,
        max_length=MOST,
        required=required,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class IncidentForm(FieldsForm):
    discovered_at = MomentField(
        label=gettext_lazy("When did it become known?"),
        help_text=gettext_lazy("Day and time, for example 13.1.2027 9.00. The 72 hours run from here."),
    )
    sorts = forms.MultipleChoiceField(
        label=gettext_lazy("What kind of breach is it?"), widget=forms.CheckboxSelectMultiple
    )
    what = prose(gettext_lazy("What happened?"), gettext_lazy("Name no more people than needed."))
    categories = prose(
        gettext_lazy("Whose data, and which?"),
        gettext_lazy("For example: names and addresses of supervisees."),
        rows="2",
    )
    people = forms.IntegerField(
        label=gettext_lazy("How many people, roughly?"), min_value=0, max_value=10_000_000, required=False,
        help_text=gettext_lazy("Empty: not known yet."),
    )  # fmt: skip
    effects = prose(gettext_lazy("What can follow from it?"), required=False)
    measures = prose(gettext_lazy("What was done, and what will be?"), required=False)
    reported_at = MomentField(label=gettext_lazy("Reported to the Data Protection Ombudsman"), required=False)
    why_not = prose(
        gettext_lazy("Or: why it is not reported"),
        gettext_lazy("Only when it is unlikely to put anybody’s rights at risk (GDPR 33(1))."),
        required=False,
    )
    told_at = MomentField(
        label=gettext_lazy("The people concerned were told"),
        required=False,
        help_text=gettext_lazy("They are told without delay when their risk is high (GDPR 34)."),
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        practice: Practice,
        incident: Incident | None = None,
        user: User,
        now: datetime,
    ) -> None:
        self.practice, self.incident, self.user, self.now = practice, incident, user, now
        super().__init__(data, initial=self.known())
        sorts: Any = self.fields["sorts"]
        sorts.choices = [(value, capfirst(str(label))) for value, label in Sort.choices]
        if incident:
            self.fields["rev"] = forms.IntegerField(widget=forms.HiddenInput, initial=incident.rev)

    def known(self) -> dict[str, Any]:
        if self.incident is None:
            return {"discovered_at": self.now}
        newest = self.incident.versions.order_by("-number")[0]
        moments = {name: getattr(self.incident, name) for name in ("discovered_at", "reported_at", "told_at")}
        return {**newest.values, **moments}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        known = given.get("discovered_at")
        for name in ("discovered_at", "reported_at", "told_at"):
            if given.get(name) and given[name] > self.now:
                self.add_error(name, _("This moment is still to come."))
        for name, sentence in (
            ("reported_at", _("It cannot be reported before it became known.")),
            ("told_at", _("People cannot be told before it became known.")),
        ):
            if known and given.get(name) and given[name] < known:
                self.add_error(name, sentence)
        if given.get("reported_at") and given.get("why_not"):
            self.add_error(
                "why_not", ValidationError(_("It was either reported, or there are grounds for not doing so."))
            )
        return given

    def act(self) -> None:
        given = self.cleaned_data
        columns = {
            "discovered_at": given["discovered_at"],
            "reported_at": given["reported_at"] or None,
            "not_reported": bool(given["why_not"]),
            "told_at": given["told_at"] or None,
        }
        values = {name: given[name] for name in DESCRIBED}
        if self.incident is None:
            self.made = write_down(self.practice, columns, values, by=self.user, now=self.now)
        else:
            change(self.incident, columns, values, rev=given["rev"], by=self.user, now=self.now)
