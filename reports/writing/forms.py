"""What supervisors send: the frame of a report, its text, a deadline, an answer to a remark, why one is withdrawn."""

from collections.abc import Mapping
from datetime import date, datetime

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Language, User
from engagements.forms.verbs import FieldsForm
from engagements.models import Engagement
from formats.fields import DayField, Prose
from reports.actions import approving, releasing, remarks, writing
from reports.allowed import Allowed
from reports.facts import WRITTEN
from reports.models import Remark, Report, Withdrawal
from reports.text import MOST, Body, Section


def section_choices(found: Mapping[str, Allowed]) -> list[tuple[str, str]]:
    return [(what, one.label.capitalize()) for what, one in found.items() if one.named]


class OfSections(FieldsForm):
    """Sections to choose from; those that the clause does not name are shown too, and why they cannot be chosen."""

    found: Mapping[str, Allowed]

    @property
    def offers(self) -> list[tuple[Allowed, bool]]:
        """Every section there is, whether the clause names it or not, and whether it is ticked."""
        ticked = self["sections"].value() or []
        return [(one, what in ticked) for what, one in self.found.items()]


class BeginForm(OfSections):
    since = DayField(label=_("First day"))
    until = DayField(label=_("Last day"))
    language = forms.ChoiceField(label=_("Language of the report"), choices=Language)
    sections = forms.MultipleChoiceField(
        label=_("Sections"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one section.")},
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        engagement: Engagement,
        kind: str,
        found: Mapping[str, Allowed],
        since: date,
        user: User,
        now: datetime,
    ) -> None:
        self.engagement, self.kind, self.found, self.user, self.now = engagement, kind, found, user, now
        choices = section_choices(found)
        # What can leave now is ticked, and the days are those that all of it may tell of.
        now_told = [one for one in found.values() if one.reach]
        reach = min((one.reach for one in now_told if one.reach), default=None)
        super().__init__(
            data,
            initial={
                "since": since,
                "until": max(since, reach) if reach else None,
                "language": engagement.language,
                "sections": [one.what for one in now_told] or [what for what, _label in choices],
            },
        )
        self.fields["sections"].choices = choices  # type: ignore[attr-defined]

    def act(self) -> Report:
        values = self.cleaned_data
        self.made = writing.begin(
            self.engagement, kind=self.kind, since=values["since"], until=values["until"], sections=values["sections"],
            language=values["language"], by=self.user, now=self.now,
        )  # fmt: skip
        return self.made


class SectionsForm(OfSections):
    sections = forms.MultipleChoiceField(
        label=_("Sections"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one section.")},
    )

    def __init__(
        self, data: QueryDict | None = None, *, report: Report, body: Body, found: Mapping[str, Allowed], user: User,
        now: datetime,
    ) -> None:  # fmt: skip
        self.report, self.found, self.user, self.now = report, found, user, now
        super().__init__(data, initial={"sections": body.names})
        self.fields["sections"].choices = section_choices(found)  # type: ignore[attr-defined]

    def act(self) -> None:
        names = self.cleaned_data["sections"]
        writing.choose_sections(self.report, names, upon=self.report.revision, by=self.user, now=self.now)


class WriteForm(FieldsForm):
    """The text of each section that a supervisor writes. `upon` is the wording upon which it is written.

    Every button of the page sends it, so that what was typed is kept whatever is done next. `do` says what: `fill:…`
    takes the facts of a section anew, `take:…` a suggested wording, `preview` only shows; the rest leads to a page.
    """

    upon = forms.IntegerField(widget=forms.HiddenInput(attrs={"autocomplete": "off"}), min_value=1, max_value=32_000)
    do = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    theirs: Body | None = None

    def __init__(self, data: QueryDict | None = None, *, report: Report, body: Body, user: User, now: datetime) -> None:
        self.report, self.body, self.user, self.now = report, body, user, now
        written = [each for each in body.sections if each.what in WRITTEN]
        super().__init__(data, initial={"upon": report.revision, **{each.what: each.text for each in written}})
        for each in written:
            self.fields[each.what] = Prose(
                label=each.label.capitalize(),
                required=False,
                widget=forms.Textarea(attrs={"rows": "8"}),
                help_text=gettext("Markdown. At most %(most)s characters.") % {"most": MOST},
            )

    @property
    def step(self) -> tuple[str, str]:
        """What is done once the text is kept, and with what."""
        verb, _colon, about = str(self.data.get("do", "")).partition(":")
        return verb, about

    @property
    def previews(self) -> bool:
        return self.is_bound and self.step[0] == "preview"

    @property
    def orphans(self) -> list[Section]:
        """What was typed in sections that somebody else has taken out of the report meanwhile."""
        gone = [what for what in WRITTEN if self.is_bound and self.body.section(what) is None]
        return [Section(what, (), text) for what in gone if (text := str(self.data.get(what, "")).strip())]

    def act(self) -> None:
        values = self.cleaned_data
        body = Body(
            tuple(
                Section(each.what, each.rows, values[each.what]) if each.what in self.data else each
                for each in self.body.sections
            )
        )
        writing.write(self.report, body, upon=values["upon"], by=self.user, now=self.now)
        verb, about = self.step
        if verb == "fill":
            writing.fill_again(self.report, about, by=self.user, now=self.now)
        elif verb == "take":
            self.take(about)

    def take(self, about: str) -> None:
        try:
            one = self.report.remarks.get(pk=about)
        except (Remark.DoesNotExist, ValidationError):
            raise ValidationError(gettext("What was said is not there any more.")) from None
        one.report = self.report
        remarks.take(one, by=self.user, now=self.now)

    def refuse(self, error: ValidationError) -> None:
        """When somebody else wrote meanwhile, show theirs beside what was typed: saved again, it takes its place."""
        super().refuse(error)
        self.report.refresh_from_db()  # what was done before the refusal is undone
        if isinstance(error, writing.WrittenMeanwhile):
            self.theirs = self.body
            self.data = MultiValueDict({**dict(self.data), "upon": [str(self.report.revision)]})


class AskForm(FieldsForm):
    """Until when they answer: asked for the first time, or given more time."""

    answer_by = DayField(label=_("Last day to answer"))

    def __init__(
        self, data: QueryDict | None = None, *, report: Report, usual: date | None, user: User, now: datetime
    ) -> None:
        self.report, self.user, self.now = report, user, now
        super().__init__(data, initial={"answer_by": usual})

    def act(self) -> None:
        verb = approving.extend if self.report.asked_at else approving.ask
        verb(self.report, answer_by=self.cleaned_data["answer_by"], by=self.user, now=self.now)


class ReplyForm(FieldsForm):
    reply = Prose(label=_("Your answer"), widget=forms.Textarea(attrs={"rows": "4"}), required=False)

    def __init__(self, data: QueryDict | None = None, *, remark: Remark, user: User, now: datetime) -> None:
        self.remark, self.user, self.now = remark, user, now
        super().__init__(data)

    def act(self) -> None:
        remarks.answer(self.remark, self.cleaned_data["reply"], by=self.user, now=self.now)


class HandOverForm(FieldsForm):
    """`seen` is the hash of the file that the page shows."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, data: QueryDict | None = None, *, report: Report, seen: str, user: User, now: datetime) -> None:
        self.report, self.user, self.now = report, user, now
        super().__init__(data, initial={"seen": seen})

    def act(self) -> None:
        releasing.hand_over(self.report, seen=self.cleaned_data["seen"], by=self.user, now=self.now)


class WithdrawForm(FieldsForm):
    why = forms.ChoiceField(label=_("What the client reads in its place"), choices=Withdrawal, widget=forms.RadioSelect)

    def __init__(self, data: QueryDict | None = None, *, report: Report, user: User, now: datetime) -> None:
        self.report, self.user, self.now = report, user, now
        super().__init__(data)

    def act(self) -> None:
        releasing.withdraw(self.report, self.cleaned_data["why"], by=self.user, now=self.now)
