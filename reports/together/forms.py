"""What a supervisee says to a report: to a paragraph of the draft, and to the whole of it as it stands."""

from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.forms.verbs import FieldsForm
from engagements.models import Participation
from formats.fields import Prose
from reports.actions import approving, remarks
from reports.models import Remark, Report, Verdict


class RemarkForm(FieldsForm):
    """A comment on one paragraph, or another wording of it. `quote` is the paragraph that was read."""

    kind = forms.ChoiceField(label=_("What is it?"), choices=Remark.Kind, widget=forms.RadioSelect)
    text = Prose(label=_("Your words"), required=False, widget=forms.Textarea(attrs={"rows": "6"}))
    quote = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)

    def __init__(
        self, data: QueryDict | None = None, *, report: Report, what: str, quote: str, user: User, now: datetime
    ) -> None:
        self.report, self.what, self.user, self.now = report, what, user, now
        super().__init__(data, initial={"quote": quote, "text": quote, "kind": Remark.Kind.SUGGESTION})

    def act(self) -> None:
        values = self.cleaned_data
        quote = values["quote"].replace("\r\n", "\n")
        remarks.remark(
            self.report, self.what, quote, values["text"], kind=values["kind"], by=self.user, now=self.now
        )  # fmt: skip


class VerdictForm(FieldsForm):
    """The answer to the text whose hash is `seen`."""

    verdict = forms.ChoiceField(
        label=_("Your answer"),
        choices=[(Verdict.APPROVES, _("I approve it as it stands")), (Verdict.OBJECTS, _("I do not approve it so"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one.")},
    )
    reason = Prose(
        label=_("What do you object to?"),
        required=False,
        widget=forms.Textarea(attrs={"rows": "4"}),
        help_text=_("The supervisors read it. The client does not."),
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        report: Report,
        participation: Participation,
        seen: str,
        user: User,
        now: datetime,
    ) -> None:
        self.report, self.participation, self.user, self.now, self.newest = report, participation, user, now, seen
        super().__init__(data, initial={"seen": seen})

    def act(self) -> None:
        values = self.cleaned_data
        approving.give(
            self.report, self.participation, values["verdict"], reason=values["reason"], seen=values["seen"],
            by=self.user, now=self.now,
        )  # fmt: skip

    def refuse(self, error: ValidationError) -> None:
        """Where the text has changed, what is sent again is sent to the text that stands on this page."""
        super().refuse(error)
        self.data = MultiValueDict({**dict(self.data), "seen": [self.newest]})
