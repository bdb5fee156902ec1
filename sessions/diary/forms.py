"""What is written in a diary, and about which process."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from engagements.models import Engagement
from formats.fields import Prose
from sessions.diary.actions import MOST
from sessions.saving import SavingForm


class EntryForm(SavingForm):
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
