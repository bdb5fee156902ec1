"""What a signer writes, and what the supervisor writes about signing."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements import actions, blockers
from engagements.forms.states import StepForm, beginning
from engagements.forms.verbs import VerbForm
from engagements.models import Contract, Engagement, Participation, Proposal, SignatureRequest
from engagements.models.terms import Signing
from engagements.signing import answers, links, requests
from engagements.signing.requests import REPRESENTATIVE, USUAL, Plan, Signer
from engagements.wording import ContractText
from formats.clock import HELSINKI
from formats.fields import DayField

NARROW: Final = {"data-width": "s"}


# --- the signer -----------------------------------------------------------------------------------------------------


class SignForm(forms.Form):
    """*I have read it*, and the name as typed. What follows, a code or the signature itself, the view knows."""

    use_required_attribute = False
    read = forms.BooleanField(
        label=_("I have read it"), error_messages={"required": _("Tick this when you have read it to the end.")}
    )
    name = forms.CharField(
        label=_("Your name"),
        max_length=130,
        error_messages={"required": _("Write your name.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def __init__(self, data: QueryDict | None = None, *, signing: SignatureRequest) -> None:
        self.signing = signing
        super().__init__(data)

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not answers.is_called(self.signing, name):
            text = _("Here your name is %(name)s: write it like that. If it is wrong, propose a change instead.")
            raise ValidationError(text, params={"name": self.signing.name}, code="name")
        return name


class CodeForm(forms.Form):
    """The code from the mail. A wrong one counts, whatever else happens."""

    use_required_attribute = False
    code = forms.CharField(
        label=_("Code from the e-mail"),
        max_length=20,
        error_messages={"required": _("Write the code.")},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", **NARROW}),
    )

    def __init__(self, data: QueryDict | None = None, *, signing: SignatureRequest, now: datetime) -> None:
        self.signing, self.now = signing, now
        super().__init__(data)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        links.check_code(self.signing, code, self.now)
        return code


class AnswerForm(VerbForm):
    """What a signer says instead of signing."""

    def __init__(
        self, data: QueryDict | None = None, *, signing: SignatureRequest, by: User | None, now: datetime
    ) -> None:
        self.signing, self.by, self.now = signing, by, now
        super().__init__(data)


class DeclineForm(AnswerForm):
    reason = forms.CharField(
        label=_("Why?"),
        max_length=1000,
        error_messages={"required": _("Say shortly why, so that the supervisor can answer.")},
        help_text=_("The supervisors read it. The other parties are told only that you declined."),
        widget=forms.Textarea(attrs={"rows": "3"}),
    )

    def act(self) -> None:
        answers.decline(self.signing, reason=self.cleaned_data["reason"], by=self.by, now=self.now)


class ProposeForm(AnswerForm):
    clause = forms.ChoiceField(label=_("Which clause?"), required=False)
    text = forms.CharField(
        label=_("What should be changed?"),
        max_length=2000,
        error_messages={"required": _("Write what should be changed.")},
        help_text=_("The supervisors read it and answer you here."),
        widget=forms.Textarea(attrs={"rows": "4"}),
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        signing: SignatureRequest,
        text: ContractText,
        by: User | None,
        now: datetime,
    ) -> None:
        super().__init__(data, signing=signing, by=by, now=now)
        clauses = [(clause.key, f"{clause.number}. {clause.heading}") for clause in text.clauses]
        field = self.fields["clause"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("the contract as a whole")), *clauses]

    def act(self) -> None:
        values = self.cleaned_data
        answers.propose(self.signing, clause=values["clause"], text=values["text"], by=self.by, now=self.now)


# --- the supervisor -------------------------------------------------------------------------------------------------


class SendForm(StepForm):
    """To whom a draft goes to be signed: for each signer a turn and a day, and who signs for a group."""

    def __init__(self, data: QueryDict | None = None, *, engagement: Engagement, by: User, now: datetime) -> None:
        super().__init__(data, engagement=engagement, by=by, now=now)
        today = now.astimezone(HELSINKI).date()
        contract = self.contract
        if contract.amends:
            self.fields["valid_from"] = beginning(contract, now)
        self.representatives: dict[str, Participation] = {}
        if contract.signing == Signing.REPRESENTATIVE:
            current = engagement.participations.current().select_related("person__user")
            self.representatives = {one.pk.hex: one for one in current.order_by("person__sort_key", "pk")}
            self.fields["representative"] = forms.ChoiceField(
                label=_("Who signs for the supervisees?"),
                choices=[("", _("choose")), *((key, one.person.name) for key, one in self.representatives.items())],
                error_messages={"required": _("Choose who signs for the supervisees.")},
            )
        chosen = self.representatives.get(data.get("representative", "")) if data else None
        self.signers = requests.signers_of(contract, chosen)
        if self.representatives and chosen is None:
            self.fields[f"turn_{REPRESENTATIVE}"], self.fields[f"deadline_{REPRESENTATIVE}"] = _turn(), _deadline(today)
        for signer in self.signers:
            key = signer.key
            self.fields[f"turn_{key}"], self.fields[f"deadline_{key}"] = _turn(), _deadline(today)

    def reasons(self) -> list[blockers.Blocker]:
        return blockers.blockers_to_offering(self.engagement, self.now)

    def lines(self) -> Iterator[tuple[Signer | None, BoundField, BoundField]]:
        """Return each signer with their two fields; None for the representative who is still to be chosen."""
        for signer in self.signers:
            key = signer.key
            yield signer, self[f"turn_{key}"], self[f"deadline_{key}"]
        if self.representatives and not any(signer.on_behalf for signer in self.signers):
            yield None, self[f"turn_{REPRESENTATIVE}"], self[f"deadline_{REPRESENTATIVE}"]

    def act(self) -> Any:
        values = self.cleaned_data
        plans = []
        for signer in self.signers:
            key = signer.key
            plans.append(Plan(signer, values[f"turn_{key}"], values[f"deadline_{key}"]))
        begins = values.get("valid_from")
        return actions.offer(self.engagement, plans=plans, valid_from=begins, by=self.by, now=self.now)


def _turn() -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Turn"),
        min_value=1,
        max_value=99,
        initial=1,
        error_messages={"required": _("Give the turn, from 1."), "invalid": _("Give the turn as a number, from 1.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "data-width": "xs", "maxlength": "2"}),
    )


def _deadline(today: date) -> DayField:
    return DayField(
        label=_("Signed by"),
        first=today,
        last=today + timedelta(days=366),
        initial=today + USUAL,
        help_text="",
        error_messages={"required": _("Give the last day for signing.")},
        widget=forms.TextInput(attrs=NARROW),
    )


class PaperForm(VerbForm):
    """Somebody has signed on paper, as the supervisor has seen."""

    on = DayField(label=_("Signed on paper on"), widget=forms.TextInput(attrs=NARROW))

    def __init__(self, data: QueryDict | None = None, *, signing: SignatureRequest, by: User, now: datetime) -> None:
        self.signing, self.by, self.now = signing, by, now
        today = now.astimezone(HELSINKI).date()
        super().__init__(data, initial={"on": today})
        field = self.fields["on"]
        if isinstance(field, DayField):
            field.last = today

    def act(self) -> Contract:
        return answers.record_on_paper(self.signing, on=self.cleaned_data["on"], by=self.by, now=self.now)


class ReplyForm(VerbForm):
    """The supervisor's answer to a proposal."""

    answer = forms.CharField(
        label=_("Your answer"),
        max_length=2000,
        error_messages={"required": _("Write an answer.")},
        help_text=_("They are told by e-mail that you have answered, and read it here."),
        widget=forms.Textarea(attrs={"rows": "3"}),
    )

    def __init__(self, data: QueryDict | None = None, *, proposal: Proposal, by: User, now: datetime) -> None:
        self.proposal, self.by, self.now = proposal, by, now
        super().__init__(data)

    def act(self) -> None:
        answers.answer(self.proposal, text=self.cleaned_data["answer"], by=self.by, now=self.now)


class DeadlineForm(VerbForm):
    """Another last day for somebody who has not answered yet."""

    deadline = DayField(label=_("Signed by"), widget=forms.TextInput(attrs=NARROW))

    def __init__(self, data: QueryDict | None = None, *, signing: SignatureRequest, by: User, now: datetime) -> None:
        self.signing, self.by = signing, by
        today = now.astimezone(HELSINKI).date()
        super().__init__(data, initial={"deadline": signing.deadline or today + USUAL})
        field = self.fields["deadline"]
        if isinstance(field, DayField):
            field.first, field.last = today, today + timedelta(days=366)

    def act(self) -> None:
        requests.put_off(self.signing, deadline=self.cleaned_data["deadline"], by=self.by)
