"""One small form for each step of an engagement's life. Page, form and action ask the same blockers."""

from datetime import datetime
from typing import Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from documents.forms import UploadsField
from engagements import actions, blockers
from engagements.blockers import Blocker
from engagements.forms.how import whole
from engagements.forms.scans import SCANS_HELP, TO_PARTIES, Files, WithScans
from engagements.forms.verbs import VerbForm
from engagements.forms.who import FORMS
from engagements.models import Contract, Ending, Engagement, Focus, Process, SignatureRequest
from engagements.models.terms import Signing
from engagements.scans import MOST
from formats.clock import HELSINKI
from formats.fields import DayField

#: How an agreement is recorded by hand; signatures make their own record.
RECORDED: Final = [choice for choice in Contract.How.choices if choice[0] != Contract.How.SIGNED]


class StepForm(VerbForm):
    """Asks for a step. `blockers` says why it cannot be taken now."""

    def __init__(
        self, data: QueryDict | None = None, files: Files | None = None, *, engagement: Engagement, by: User,
        now: datetime,
    ) -> None:  # fmt: skip
        self.engagement, self.by, self.now = engagement, by, now
        self.contract = blockers.current_contract(engagement)
        super().__init__(data, files)
        self.blockers = self.reasons()

    def reasons(self) -> list[Blocker]:
        raise NotImplementedError

    @property
    def warning(self) -> str:
        """What to know before the step is taken; an empty text for nothing."""
        return ""


def beginning(contract: Contract, now: datetime) -> DayField:
    """The first day of an amendment, which may be left open: then it is the day of the agreement."""
    first, last = actions.bounds_of_beginning(contract, now)
    return DayField(
        label=_("In force from"),
        first=first,
        last=last,
        required=False,
        initial=contract.valid_from,
        help_text=_("Empty: from the day on which it is agreed. Until then the earlier version is in force."),
        widget=forms.TextInput(attrs={"data-width": "s"}),
    )


class WithdrawForm(StepForm):
    def reasons(self) -> list[Blocker]:
        return blockers.blockers_to_withdrawing(self.engagement, self.now)

    @property
    def warning(self) -> str:
        """Whose signatures become void by it."""
        signed = self.contract.requests.filter(state=SignatureRequest.State.SIGNED).values_list("name", flat=True)
        text = _("These signatures become void, and those who gave them are told: %(names)s.")
        return str(text) % {"names": ", ".join(signed)} if signed else ""

    def act(self) -> None:
        actions.withdraw_offer(self.engagement, by=self.by, now=self.now)


class AgreeForm(WithScans, StepForm):
    how = forms.ChoiceField(
        label=_("How was it agreed?"), choices=RECORDED, widget=forms.RadioSelect(attrs={"data-inline": ""})
    )
    agreed_on = DayField(label=_("On which day?"), widget=forms.TextInput(attrs={"data-width": "s"}))
    note = forms.CharField(
        label=_("Note"),
        max_length=300,
        required=False,
        help_text=_("For example where the signed paper is. Nothing about what is talked of in supervision."),
        widget=forms.TextInput(attrs={"data-who": "supervisors"}),
    )

    scans = UploadsField(label=_("Scanned agreement"), most=MOST, required=False, help_text=SCANS_HELP)
    to_parties = forms.BooleanField(label=TO_PARTIES, required=False)

    def __init__(
        self, data: QueryDict | None = None, files: Files | None = None, *, engagement: Engagement, by: User,
        now: datetime,
    ) -> None:  # fmt: skip
        super().__init__(data, files, engagement=engagement, by=by, now=now)
        self.say_who_sees(blockers.current_contract(engagement))
        today = now.astimezone(HELSINKI).date()
        self.initial["agreed_on"] = today
        day = self.fields["agreed_on"]
        if isinstance(day, DayField):
            day.last = today
        if self.contract.amends and self.contract.state == Contract.State.DRAFT:
            self.fields["valid_from"] = beginning(self.contract, now)

    def reasons(self) -> list[Blocker]:
        return blockers.blockers_to_activating(self.engagement, self.now)

    def act(self) -> None:
        values = self.cleaned_data
        actions.agree(
            self.engagement, how=values["how"], agreed_on=values["agreed_on"], note=values["note"],
            scans=values["scans"], scans_to_parties=values["to_parties"], valid_from=values.get("valid_from"),
            by=self.by, now=self.now,
        )  # fmt: skip


class AmendForm(StepForm):
    def reasons(self) -> list[Blocker]:
        return blockers.blockers_to_amending(self.engagement, self.now)

    def act(self) -> None:
        actions.amend(self.engagement, by=self.by, now=self.now)


class GrowForm(StepForm):
    """What a crisis or a single session becomes when the work goes on."""

    form = forms.ChoiceField(label=_("Form"), choices=FORMS, widget=forms.RadioSelect(attrs={"data-inline": ""}))
    focus = forms.ChoiceField(label=_("Focus"), choices=Focus, initial=Focus.GENERAL)
    process = forms.ChoiceField(
        label=_("Duration"), choices=[one for one in Process.choices if one[0] != Process.SINGLE], initial=Process.LONG
    )
    sessions_agreed = whole(
        _("Number of sessions"), 1, 500, help_text=_("In all: those that have been held are counted in.")
    )
    signing = forms.ChoiceField(label=_("Supervisees' signatures"), choices=Signing, initial=Signing.EVERYONE)

    def __init__(
        self, data: QueryDict | None = None, files: Files | None = None, *, engagement: Engagement, by: User,
        now: datetime,
    ) -> None:  # fmt: skip
        super().__init__(data, files, engagement=engagement, by=by, now=now)
        self.initial["form"] = engagement.form

    def reasons(self) -> list[Blocker]:
        return blockers.blockers_to_growing(self.engagement, self.now)

    def act(self) -> None:
        actions.grow(self.engagement, **self.cleaned_data, by=self.by, now=self.now)


class DropForm(StepForm):
    def reasons(self) -> list[Blocker]:
        return blockers.blockers_to_dropping(self.engagement, self.now)

    def act(self) -> None:
        actions.drop_amendment(self.engagement, by=self.by, now=self.now)


class PauseForm(StepForm):
    def reasons(self) -> list[Blocker]:
        return blockers.blockers_to_pausing(self.engagement, self.now)

    def act(self) -> None:
        actions.pause(self.engagement, by=self.by, now=self.now)


class ResumeForm(StepForm):
    def reasons(self) -> list[Blocker]:
        return blockers.blockers_to_resuming(self.engagement, self.now)

    def act(self) -> None:
        actions.resume(self.engagement, by=self.by, now=self.now)


class CloseForm(StepForm):
    ending = forms.ChoiceField(label=_("How does it end?"), choices=Ending, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        required=False,
        help_text=_("Needed when the process ends early. A fact about the arrangement, not about the work."),
        widget=forms.Textarea(attrs={"rows": "2", "data-who": "participants"}),
    )

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"].strip()
        if self.cleaned_data.get("ending") == Ending.EARLY and not reason:
            raise forms.ValidationError(_("Say why the process ended early."))
        return reason

    def reasons(self) -> list[Blocker]:
        return blockers.blockers_to_closing(self.engagement, self.now)

    def act(self) -> None:
        values = self.cleaned_data
        actions.close(self.engagement, ending=values["ending"], reason=values["reason"], by=self.by, now=self.now)


class DiscardForm(StepForm):
    def reasons(self) -> list[Blocker]:
        return blockers.blockers_to_discarding(self.engagement, self.by)

    def act(self) -> None:
        actions.discard(self.engagement, by=self.by)
