"""What is written in a diary, and about which process."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from engagements.models import Engagement
from sessions.diary.actions import MOST

#: A revision is a number that the page was given; more than this nobody saves one entry.
MOST_REVISIONS: Final = 2_000_000_000


class Prose(forms.CharField):
    """A text whose ends of lines count as one character, as in the field where it was typed."""

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class EntryForm(forms.Form):
    use_required_attribute = False

    rev = forms.IntegerField(min_value=0, max_value=MOST_REVISIONS, widget=forms.HiddenInput)
    text = Prose(
        label=_("What stayed with you"), max_length=MOST, strip=False, widget=forms.Textarea(attrs={"rows": "12"})
    )
    engagement = forms.ModelChoiceField(
        label=_("Process"), queryset=Engagement.objects.none(), required=False, empty_label=_("none in particular")
    )

    def __init__(self, data: QueryDict | None = None, *, processes: Any, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        process: Any = self.fields["engagement"]
        process.queryset = processes
        self.fields["rev"].widget.attrs["autocomplete"] = "off"  # what a browser remembers of it would be an old one

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if not text.strip():
            raise forms.ValidationError(_("Write something, or leave the page."))
        return text

    def process(self, before: UUID | None) -> UUID | None:
        """Return the process that was chosen; one that its writer has left since stays as it was."""
        chosen = self.cleaned_data["engagement"]
        if chosen is None and before and not self.fields["engagement"].queryset.filter(pk=before).exists():  # type: ignore[attr-defined]
            return before
        return chosen.pk if chosen else None
