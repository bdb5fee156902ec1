"""What a respondent gives on one page."""

from collections.abc import Mapping
from typing import Final

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evaluations.answering.sheet import Page
from evaluations.models import Mode
from evaluations.questions import LONGEST_TEXT_ANSWER, Answer, Kind
from formats.fields import Prose

TOO_LONG: Final = _("At most %(limit_value)d characters fit here; this is %(show_value)d. Shorten it.")
NO_SUCH_STEP: Final = _("That is not one of the choices here. Choose one of them.")

YES, NO = "yes", "no"
#: What it means to say no, and its words, where a consent is asked.
SAYING_NO: Final[Mapping[str, tuple[Promise, Promise]]] = {
    Mode.NAMED: (
        _("If you say no, you are asked nothing, and you are not reminded."),
        _("No, I do not answer by name"),
    ),
    Mode.SHARED: (
        _(
            "The answers are shown only if everybody says yes. Nobody is told who said no. If you say no, you are asked"
            " nothing."
        ),
        _("No, do not show the answers"),
    ),
}


class AnswerForm(forms.Form):
    """One question. A text may be empty, which leaves it unanswered; a choice is left by a button of its own."""

    use_required_attribute = False

    def __init__(self, data: QueryDict | None = None, *, page: Page, given: Answer | None) -> None:
        self.page = page
        super().__init__(data, initial={"answer": "" if given is None else str(given)})
        if page.is_text:
            self.fields["answer"] = Prose(
                label=page.words,
                required=False,
                max_length=LONGEST_TEXT_ANSWER,
                error_messages={"max_length": TOO_LONG},
                widget=forms.Textarea(attrs={"rows": "6"}),
            )
            return
        self.fields["answer"] = forms.ChoiceField(
            label=page.words,
            choices=page.choices,
            widget=forms.RadioSelect(attrs={"data-scale": ""} if page.question.kind == Kind.SCALE else {}),
            error_messages={
                "required": _("Choose one, or press “Leave unanswered”."),
                "invalid_choice": NO_SUCH_STEP,
            },
        )

    @property
    def is_empty(self) -> bool:
        return not self.data.get("answer", "").strip()

    @property
    def answer(self) -> Answer | None:
        """The answer that was given; None when the field was left empty."""
        value = self.cleaned_data["answer"]
        return self.page.answer_of(value) if value else None


class ConsentForm(forms.Form):
    """Whether somebody agrees that their answers are seen, where that depends on them."""

    use_required_attribute = False

    def __init__(self, data: QueryDict | None = None, *, mode: Mode, given: bool | None) -> None:
        super().__init__(data, initial={"consents": "" if given is None else YES if given else NO})
        help_text, no = SAYING_NO[mode]
        self.fields["consents"] = forms.ChoiceField(
            label=_("Do you agree to this?"),
            help_text=str(help_text),
            choices=[(YES, _("Yes, I agree")), (NO, no)],
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose yes or no."), "invalid_choice": NO_SUCH_STEP},
        )

    @property
    def answer(self) -> bool:
        return bool(self.cleaned_data["consents"] == YES)
