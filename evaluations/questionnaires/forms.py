"""Naming a questionnaire, taking questions from the bank, and writing one of one's own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Language, Practice, User
from engagements.forms.rows import Row, make_rows, rows_of
from engagements.forms.verbs import VerbForm
from engagements.models import Theme
from evaluations.models import Questionnaire, QuestionnaireKind
from evaluations.questionnaires import actions, editing
from evaluations.questionnaires.preview import Line, lines
from evaluations.questionnaires.rules import (
    FEWEST_OPTIONS,
    LONGEST_OPTION,
    LONGEST_QUESTION,
    LONGEST_SOURCE,
    MEASURED,
    MOST_OPTIONS,
)
from evaluations.questions import Indicator, Kind, Option, Question
from formats.fields import DecimalField, Prose

KINDS: Final[list[tuple[str, Promise]]] = [
    (Kind.AGREE, _("Agreement, from 1 to 5, or cannot say")),
    (Kind.SCALE, _("A scale from 0, not at all, to 10, very much")),
    (Kind.CHOICE, _("One of several options")),
    (Kind.TEXT, _("In own words")),
]
IN_LANGUAGE: Final = {"fi": _("In Finnish"), "sv": _("In Swedish"), "en": _("In English")}


def capital(choices: Sequence[tuple[str, Any]]) -> list[tuple[str, str]]:
    return [(value, capfirst(str(label))) for value, label in choices]


class Sentence(Prose):
    """A text that is one line, in a field that shows all of it."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"rows": "2"}

    def to_python(self, value: Any) -> str:
        return " ".join(super().to_python(value).split())


class MakeForm(VerbForm):
    """A questionnaire of the practice's own, from ours, from another of its own, or from nothing."""

    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Occasion"), choices=lambda: capital(QuestionnaireKind.choices))

    def __init__(
        self, data: QueryDict | None = None, *, practice: Practice, start: str, by: User, now: datetime, **kwargs: Any
    ) -> None:
        self.practice, self.start, self.by, self.now = practice, start, by, now
        super().__init__(data, **kwargs)

    def act(self) -> None:
        self.made = actions.make(self.practice, start=self.start, by=self.by, now=self.now, **self.cleaned_data)

    def refuse(self, error: ValidationError) -> None:
        self.add_error(None, error)


class ChangingForm(VerbForm):
    """Changes a questionnaire as it was seen; when it was changed meanwhile that is said, and nothing is written."""

    rev = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: QueryDict | None = None, *, questionnaire: Questionnaire, by: User, now: datetime,
        initial: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.questionnaire, self.by, self.now = questionnaire, by, now
        self.newest = editing.newest_of(questionnaire)
        rev = editing.rev_of(questionnaire, self.newest)
        super().__init__(data, initial={"rev": rev, **(initial or {})})
        self.meanwhile = False

    def seen(self) -> dict[str, Any]:
        return {"rev": self.cleaned_data["rev"], "by": self.by, "now": self.now}

    def refuse(self, error: ValidationError) -> None:
        """Who was told of the other change has seen it: what they send next is meant upon that."""
        self.add_error(None, error)
        if isinstance(error, editing.Meanwhile) and isinstance(self.data, QueryDict):
            self.meanwhile = True
            self.data = self.data.copy()
            self.data["rev"] = self.initial["rev"]


class FrameForm(ChangingForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Occasion"), choices=lambda: capital(QuestionnaireKind.choices))

    def __init__(self, data: QueryDict | None = None, *, questionnaire: Questionnaire, by: User, now: datetime) -> None:
        initial = {"name": questionnaire.name, "kind": questionnaire.kind}
        super().__init__(data, questionnaire=questionnaire, by=by, now=now, initial=initial)

    def act(self) -> None:
        values = self.cleaned_data
        actions.describe(self.questionnaire, name=values["name"], kind=values["kind"], rev=values["rev"])


class PickForm(ChangingForm):
    """Takes questions that are there already; `known` are those that can be taken, by key."""

    picks = forms.MultipleChoiceField(
        label=_("Questions"), error_messages={"required": _("Choose one question at least.")}
    )

    def __init__(
        self, data: QueryDict | None = None, *, known: dict[str, Question], questionnaire: Questionnaire, by: User,
        now: datetime,
    ) -> None:  # fmt: skip
        self.known = known
        super().__init__(data, questionnaire=questionnaire, by=by, now=now)
        self.fields["picks"].choices = [(key, key) for key in known]  # type: ignore[attr-defined]

    def act(self) -> None:
        chosen = set(self.cleaned_data["picks"])
        more = [question for key, question in self.known.items() if key in chosen]
        self.written = editing.add(self.questionnaire, more, **self.seen())


class OptionRow(Row):
    """One option of a choice, in each language."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language, label in IN_LANGUAGE.items():
            self.fields[language] = forms.CharField(label=label, max_length=LONGEST_OPTION, required=False)

    @property
    def is_filled(self) -> bool:
        return bool(self.text)

    @property
    def text(self) -> dict[str, str]:
        return {language: words for language in Language.values if (words := self.cleaned_data.get(language))}


OPTION_ROWS: Final = rows_of(OptionRow)


class QuestionForm(ChangingForm):
    """A question of one's own, or another wording of one that stands in the questionnaire."""

    kind = forms.ChoiceField(label=_("Answered by"), choices=KINDS, widget=forms.RadioSelect, initial=Kind.AGREE)
    fi = Sentence(label=IN_LANGUAGE["fi"], max_length=LONGEST_QUESTION, required=False)
    sv = Sentence(label=IN_LANGUAGE["sv"], max_length=LONGEST_QUESTION, required=False)
    en = Sentence(label=IN_LANGUAGE["en"], max_length=LONGEST_QUESTION, required=False)
    theme = forms.ChoiceField(
        label=_("Theme"),
        required=False,
        choices=lambda: [("", pgettext("of a question", "None")), *capital(Theme.choices)],
    )
    indicator = forms.ChoiceField(
        label=_("Indicator"),
        required=False,
        choices=lambda: [("", pgettext("of a question", "None")), *capital(Indicator.choices)],
    )
    reliability = DecimalField(
        label=_("Published reliability (r)"), most=1, places=3, required=False,
        help_text=_("Only where somebody has published it for this very question, for example 0,84. Without it nothing "
                    "is said about reliable change."),
    )  # fmt: skip
    source = forms.CharField(label=_("Where it is published"), max_length=LONGEST_SOURCE, required=False)

    def __init__(
        self, data: QueryDict | None = None, *, before: Question | None, key: str, questionnaire: Questionnaire,
        by: User, now: datetime,
    ) -> None:  # fmt: skip
        self.key = key
        super().__init__(data, questionnaire=questionnaire, by=by, now=now, initial=as_typed(before))
        options = [dict(option.text) for option in before.options] if before else []
        self.options = make_rows(OPTION_ROWS, "options", data, options)
        if data is None and not options:
            self.options.extra = FEWEST_OPTIONS
        self.adds_row = data is not None and "add" in data

    @property
    def standing(self) -> Line | None:
        """The question as it stands now, after somebody else's change."""
        return next((line for line in lines(self.newest.asked) if line.key == self.key), None)

    def full_clean(self) -> None:
        """Whoever asks for a row more is not done yet: nothing is wrong then."""
        super().full_clean()
        if self.adds_row:
            self._errors = ErrorDict(renderer=self.renderer)

    def done(self) -> bool:
        return not self.adds_row and super().done()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not any(values.get(language) for language in Language.values) and not self.errors.keys() & set(Language):
            self.add_error(Language.FI, gettext("Write the question in one language at least."))
        if values.get("kind") == Kind.CHOICE:
            self.check_options(values)
        if values.get("kind") in MEASURED:
            self.check_reliability(values)
        return values

    def check_options(self, values: dict[str, Any]) -> None:
        """Each option is given in the languages of the question, and in no other."""
        if not self.options.is_valid():
            raise ValidationError(gettext("Correct the options."))
        asked = {language for language in Language.values if values.get(language)}
        filled = [row for row in self.options.forms if row.is_filled]
        if not FEWEST_OPTIONS <= len(filled) <= MOST_OPTIONS:
            self.add_error(None, gettext("Give from two to eight options."))
        for row in filled:
            given = set(row.text)
            for language in asked - given:
                row.add_error(language, gettext("The question is asked in this language: give the option in it too."))
            for language in given - asked:
                row.add_error(language, gettext("The question is not asked in this language."))
        if any(row.errors for row in filled):
            self.add_error(None, gettext("Correct the options."))

    def check_reliability(self, values: dict[str, Any]) -> None:
        given, source = values.get("reliability"), values.get("source")
        if given is not None and not 0 < given < 1:
            self.add_error("reliability", gettext("A reliability lies between 0 and 1."))
        elif given is not None and not source and "source" not in self.errors:
            self.add_error("source", gettext("Say where it is published."))
        elif source and given is None and "reliability" not in self.errors:
            self.add_error("reliability", gettext("Give the reliability, or leave its source empty."))

    @property
    def question(self) -> Question:
        values = self.cleaned_data
        text = {language: values[language] for language in Language.values if values[language]}
        chosen, measured = values["kind"] == Kind.CHOICE, values["kind"] in MEASURED
        given = values["reliability"] if measured else None
        filled = [row.text for row in self.options.forms if row.is_filled] if chosen else []
        return Question(
            "", values["kind"], text, values["theme"], values["indicator"],
            [Option(str(number), words) for number, words in enumerate(filled, start=1)],
            None if given is None else float(given), values["source"] if given is not None else "",
        )  # fmt: skip

    def act(self) -> None:
        self.written = editing.put(self.questionnaire, self.question, instead_of=self.key, **self.seen())


def as_typed(question: Question | None) -> dict[str, Any]:
    """Return the fields of the form that say `question`."""
    if question is None:
        return {}
    return {
        **question.text, "kind": question.kind, "theme": question.theme, "indicator": question.indicator,
        "reliability": question.reliability, "source": question.source,
    }  # fmt: skip
