"""What a practice keeps ready: contract templates with their reporting lines, and the goals of its library."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Language, Practice
from engagements.forms import how, price
from engagements.forms.price import Group
from engagements.forms.rows import make_rows
from engagements.forms.verbs import VerbForm
from engagements.models import ContractTemplate, Form, LibraryGoal, ReportingClause, Theme

#: The fields of the wizard's pages, which a template answers beforehand.
FIELDS: Final = {**how.HowForm.base_fields, **price.PriceForm.base_fields}
#: A link belongs to one process.
TERMS: Final = [name for name in (*how.TERMS, *price.TERMS) if name != "link"]
GROUPS: Final[list[tuple[str, Promise, list[str]]]] = [
    ("frame", _("Frame"), ["minutes", "sessions_agreed", "rhythm", "rhythm_every", "weekday", "time"]),
    ("where", _("Where"), ["mode", "place", "remote_tools"]),
    ("start", _("Start and evaluation"),
     ["trial_sessions", "trial_free", "evaluation_baseline", "evaluation_interim", "evaluation_final",
      "required_experience"]),
    *[(key, legend, [name for name in names if name != "free"]) for key, legend, names in price.GROUPS],
]  # fmt: skip


class ContractTemplateForm(VerbForm):
    """A template of one practice, and its reporting lines. What the database would refuse comes back in its words."""

    name = forms.CharField(label=_("Name of the template"), max_length=80)
    form = forms.ChoiceField(label=_("Form"), choices=[("", _("any form")), *Form.choices], required=False)

    def __init__(
        self, data: QueryDict | None = None, *, practice: Practice, template: ContractTemplate | None = None
    ) -> None:
        self.template = template or ContractTemplate(practice=practice)
        super().__init__(data, initial={name: getattr(self.template, name) for name in ("name", "form", *TERMS)})
        for name in TERMS:
            self.fields[name] = deepcopy(FIELDS[name])
        lines = [how.as_row(line) for line in template.reporting.all()] if template else []
        self.reporting = make_rows(how.REPORTING_ROWS, "reporting", data, lines)

    def groups(self) -> Iterator[Group]:
        """Return the groups of the page; the first is open, all of them when what is wrong may be in any."""
        anywhere = self.is_bound and bool(self.non_field_errors())
        for number, (key, legend, names) in enumerate(GROUPS):
            fields = [self[name] for name in names]
            yield Group(key, legend, fields, open=not number or anywhere or any(field.errors for field in fields))

    def clean(self) -> dict[str, Any]:
        if not self.reporting.is_valid():
            self.add_error(None, ValidationError(_("Correct the rows of what the client is told.")))
        return self.cleaned_data

    def act(self) -> None:
        for name, value in self.cleaned_data.items():
            setattr(self.template, name, value)
        self.template.trial_sessions = self.cleaned_data["trial_sessions"] or 0
        self.template.full_clean()
        self.template.save()
        self.template.reporting.all().delete()
        ReportingClause.objects.bulk_create(
            ReportingClause(template=self.template, **row) for row in self.reporting.filled()
        )


class LibraryGoalForm(VerbForm):
    theme = forms.ChoiceField(label=_("Theme"), choices=Theme)
    text = forms.CharField(label=_("Goal"), max_length=300, widget=forms.Textarea(attrs={"rows": "3"}))
    language = forms.ChoiceField(label=_("Language"), choices=Language)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        practice: Practice,
        goal: LibraryGoal | None = None,
        language: str = Language.FI,
    ) -> None:
        self.goal = goal or LibraryGoal(practice=practice, language=language)
        super().__init__(data, initial={name: getattr(self.goal, name) for name in ("theme", "text", "language")})

    def act(self) -> None:
        for name, value in self.cleaned_data.items():
            setattr(self.goal, name, value)
        self.goal.full_clean()
        self.goal.save()


class ShipForm(forms.Form):
    """In which language our own templates and goals are added."""

    language = forms.ChoiceField(label=_("Language"), choices=Language)
