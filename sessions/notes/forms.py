from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Practice, User
from formats.fields import Prose
from sessions.models import NoteTemplate
from sessions.models.note import MOST_PROMPTS
from sessions.notes.actions import Page
from sessions.notes.written import MOST, MOST_TITLE, Written
from sessions.saving import MOST_REV


class LongText(Prose):
    """A text as it was typed. How long it may be is said by a sentence, never by cutting it off."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, required=False, **kwargs)
        too_long = _(
            "The text has %(show_value)d characters; %(limit_value)d fit. Nothing of it is lost: shorten it, or go "
            "on in another note."
        )
        for validator in self.validators:
            if getattr(validator, "code", "") == "max_length":
                validator.message = too_long  # type: ignore[attr-defined]


class NoteForm(forms.Form):
    """What an editor sends: the text, and what it was written upon."""

    title = LongText(label=_("Title"), max_length=MOST_TITLE)
    text = LongText(label=_("Note"), max_length=MOST)
    note = forms.UUIDField(widget=forms.HiddenInput)
    rev = forms.IntegerField(min_value=0, max_value=MOST_REV, widget=forms.HiddenInput)
    #: The text that was shown beside one's own in a conflict; without JavaScript it comes back with the choice.
    seen = forms.IntegerField(required=False, min_value=0, max_value=MOST_REV, widget=forms.HiddenInput)
    #: Sent by pages that save by themselves.
    writer = forms.UUIDField(required=False, widget=forms.HiddenInput)
    turn = forms.IntegerField(required=False, min_value=0, max_value=MOST_REV, widget=forms.HiddenInput)
    #: The id of the note that this text becomes when it cannot stay where it is.
    spare = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())

    @property
    def written(self) -> Written:
        return Written(self.cleaned_data["title"], self.cleaned_data["text"])

    @property
    def page(self) -> Page | None:
        writer = self.cleaned_data.get("writer")
        return Page(writer, self.cleaned_data.get("turn") or 0) if writer else None

    @property
    def own_place(self) -> UUID:
        return self.cleaned_data.get("spare") or uuid4()

    @property
    def complaints(self) -> str:
        """Everything that is wrong, in one line: for a page that cannot show it beside the field."""
        return " ".join(str(one) for errors in self.errors.values() for one in errors)


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    """Prompts of one's own, or of everybody's in the practice."""

    for_all = forms.BooleanField(label=_("All supervisors of the practice may use it"), required=False)

    class Meta:
        model = NoteTemplate
        fields = ["title", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 10})}
        help_texts = {
            "text": _(
                "In Markdown. Templates are not sealed as notes are: write questions and headings, "
                "nothing about people."
            ),
        }

    def __init__(self, *args: Any, practice: Practice, user: User, **kwargs: Any) -> None:
        self.practice, self.user = practice, user
        super().__init__(*args, **kwargs)
        self.fields["text"].max_length = MOST_PROMPTS  # type: ignore[attr-defined]
        if not self.instance._state.adding:
            self.initial["for_all"] = self.instance.author_id is None

    def save(self, commit: bool = True) -> NoteTemplate:
        self.instance.practice = self.practice
        self.instance.author = None if self.cleaned_data["for_all"] else self.user
        template: NoteTemplate = super().save(commit)
        return template


class ExportForm(forms.Form):
    """How one's own notes leave: sealed by a password, or plain after a warning; never without the passphrase."""

    how = forms.ChoiceField(
        label=_("In what form"),
        choices=[
            ("pdf", _("A PDF that opens with a password only")),
            ("plain", _("Plain text files in a ZIP")),
        ],
        initial="pdf",
        widget=forms.RadioSelect,
    )
    password = forms.CharField(
        label=_("Password for the PDF"), strip=False, min_length=12, max_length=60,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "data-width": "m"}),
        help_text=_("At least 12 characters. It is kept nowhere: without it nobody opens the file."),
        error_messages={"required": _("Choose a password for the PDF.")},
    )  # fmt: skip
    again = forms.CharField(
        label=_("The password again"), strip=False, max_length=60,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "data-width": "m"}),
    )  # fmt: skip
    sure = forms.BooleanField(
        label=_("I understand that anybody who gets the ZIP can read the notes"),
        error_messages={"required": _("Say that you understand it.")},
    )  # fmt: skip
    passphrase = forms.CharField(
        label=_("Passphrase of your notes"), strip=False, max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "data-width": "l"}),
    )  # fmt: skip

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        plain = data is not None and data.get("how") == "plain"
        for name in ("password", "again"):
            self.fields[name].required = not plain
            if plain:
                self.fields[name].validators = []
        self.fields["sure"].required = plain

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("again") and "password" in cleaned and cleaned["password"] != cleaned["again"]:
            self.add_error("again", ValidationError(_("The two passwords differ."), code="differ"))
        return cleaned
