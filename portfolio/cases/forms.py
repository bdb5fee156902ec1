"""A case as it is typed, and what its author has gone through of it. Nothing of it is kept before that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.forms.verbs import FieldsForm
from formats.fields import DayField, Prose
from portfolio.cases.actions import take
from portfolio.cases.looking import OPENING, Found, TooMuch, cleaned, look, replaced
from portfolio.cases.names import Known
from portfolio.cases.written import MOST, MOST_QUESTION, MOST_TITLE, Written
from portfolio.models import Case

#: Letters of what may stand in the place of a name.
MOST_WORDS: Final = 60


class CaseForm(forms.Form):
    """What was written, with the names in it."""

    use_required_attribute = False

    title = Prose(
        label=_("Title"), required=False, max_length=MOST_TITLE, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    text = Prose(
        label=_("What happened"),
        strip=False,
        max_length=MOST,
        error_messages={"required": _("Write what the case is about.")},
        widget=forms.Textarea(attrs={"rows": 14, "autocomplete": "off"}),
        help_text=_("Write or paste it as it is. Nothing is kept before you have gone through the names in it."),
    )
    question = Prose(
        label=_("My question for ToTo"), required=False, max_length=MOST_QUESTION,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = {name: cleaned(value).strip() for name, value in (super().clean() or {}).items()}
        if values.get("text") == "":
            self.add_error("text", _("Write what the case is about."))
        return values | {"title": " ".join(values.get("title", "").split())}

    @property
    def parts(self) -> list[str]:
        return [self.cleaned_data[name] for name in ("title", "text", "question")]


@dataclass(frozen=True)
class Choice:
    """One thing to go through, and what was chosen for it so far. `fresh`: it has not been gone through yet."""

    found: Found
    ticked: bool
    instead: str
    fresh: bool
    error: str = ""


class Choices:
    """What there is to go through in a case, and what its author has chosen of it.

    What the page did not show cannot have been gone through: it is shown again, and nothing is kept. So neither a text
    that was changed meanwhile nor a name that came to the practice slips past.
    """

    def __init__(self, parts: Sequence[str], known: Sequence[Known], data: Mapping[str, str]) -> None:
        """Raises TooMuch."""
        self.parts, self.known = parts, known
        self.rows = [self.choice(found, data) for found in look(parts, known)]

    def choice(self, found: Found, data: Mapping[str, str]) -> Choice:
        if f"seen-{found.key}" not in data:
            return Choice(found, found.kind != OPENING, found.suggestion, fresh=True)
        instead = " ".join(cleaned(data.get(f"with-{found.key}", found.suggestion)).replace("\0", "").split())
        ticked = f"on-{found.key}" in data
        error = ""
        if ticked and not instead:
            error = str(_("Write what stands in its place, or untick it."))
        elif len(instead) > MOST_WORDS:
            error = str(_("At most %(number)d characters.") % {"number": MOST_WORDS})
        return Choice(found, ticked, instead[: MOST_WORDS + 40], fresh=False, error=error)

    @property
    def names(self) -> list[Choice]:
        return [row for row in self.rows if row.found.kind != OPENING]

    @property
    def openings(self) -> list[Choice]:
        """Words that begin a sentence: whoever wrote them says which of them are names."""
        return [row for row in self.rows if row.found.kind == OPENING]

    @property
    def gone_through(self) -> bool:
        return not any(row.fresh or row.error for row in self.rows)

    @property
    def written(self) -> Written:
        """The case as it reads with what was chosen."""
        chosen = {row.found.key: row.instead for row in self.rows if row.ticked}
        return Written(*replaced(self.parts, self.known, chosen))


def choices_of(form: CaseForm, known: Sequence[Known], data: QueryDict) -> Choices | None:
    """Return what there is to go through; None, and a sentence by the text, when it is too much."""
    try:
        return Choices(form.parts, known, data.dict())  # type: ignore[arg-type]
    except TooMuch:
        form.add_error("text", _("There are too many different names in it to go through. Take a shorter text."))
        return None


class TakenForm(FieldsForm):
    day = DayField(label=_("Talked about in ToTo on"), required=False)

    def __init__(self, data: Any = None, *, case: Case, user: User, now: datetime) -> None:
        self.case, self.user, self.now = case, user, now
        super().__init__(data, initial={"day": case.taken_on})

    def act(self) -> None:
        take(self.case, self.cleaned_data["day"], by=self.user, now=self.now)
