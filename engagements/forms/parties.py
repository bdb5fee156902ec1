"""The parties of an amendment: who of the client has which part from then on. Who takes part is not its matter."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact, Person, User
from engagements import actions
from engagements.actions import PartyLine, contact_of
from engagements.forms.rows import Rows, make_rows
from engagements.forms.verbs import VerbForm
from engagements.forms.who import DOES, MOST_SUGGESTED, PARTY_ROWS, PersonField, WhoForm, done_by, party
from engagements.models import Contract, ContractParty, Engagement
from engagements.models.terms import Signing

Kind = ContractParty.Kind


class PartiesForm(VerbForm):
    """Contacts and line managers of the client in rows; or, where a private person pays, what the payer does."""

    payer_does = forms.MultipleChoiceField(
        label=_("What the payer does besides ordering"),
        choices=DOES[1:],
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"data-inline": ""}),
    )
    supervisees_do = cast(forms.MultipleChoiceField, WhoForm.base_fields["supervisees_do"])

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        engagement: Engagement,
        contract: Contract,
        by: User,
        more: str = "",
    ) -> None:
        self.engagement, self.contract, self.by = engagement, contract, by
        parties = list(contract.parties.select_related("person", "contact"))
        self.supervisees = next((one for one in parties if one.kind == Kind.SUPERVISEE and one.person is None), None)
        self.payer = next((one for one in parties if one.kind == Kind.PAYER), None)
        initial = {
            "payer_does": done_by(self.payer, "orders") if self.payer else [],
            "supervisees_do": done_by(self.supervisees, "orders", "signs") if self.supervisees else [],
        }
        super().__init__(data, initial=initial)
        if self.payer is None:
            del self.fields["payer_does"]
        rows = [
            {"kind": one.kind, "person": one.person, "does": done_by(one)}
            for one in parties
            if one.kind in (Kind.CONTACT, Kind.LINE_MANAGER)
        ]
        self.parties = make_rows(PARTY_ROWS, "parties", data, rows, more=more) if engagement.client else None
        self._known: list[Person | None] = []

    @property
    def row_sets(self) -> list[Rows]:
        return [self.parties] if self.parties is not None else []

    @property
    def suggestions(self) -> list[str]:
        """Contacts of the client, as a row reads them."""
        contacts = Contact.objects.current().filter(organisation=self.engagement.client_id).select_related("person")
        write = PersonField().write
        return [write(contact.person) for contact in contacts.order_by("person__sort_key")[:MOST_SUGGESTED]]

    def clean(self) -> dict[str, Any]:
        for rows in self.row_sets:
            known = [self._recognise(row) for row in rows.forms if row.is_filled] if rows.is_valid() else [False]
            if not all(known):
                self.add_error(None, ValidationError(_("Correct the rows of the contacts and line managers.")))
        return self.cleaned_data

    def _recognise(self, row: Any) -> bool:
        """Find whom of the practice a row names; return whether it can be anybody."""
        named, client = [row.cleaned_data["person"]], self.engagement.client
        try:
            self._known += actions.known_persons(
                self.engagement.practice, named, client=client, engagement=self.engagement
            )
        except ValidationError as error:
            row.add_error("person", error)
            return False
        return True

    def act(self) -> None:
        values = self.cleaned_data
        lines = self._of_client()
        if self.payer is not None:
            lines.append(party(Kind.PAYER, ["orders", *values["payer_does"]], self.payer.person))
        signs = ["signs"] if self.contract.signing != Signing.NOBODY else []
        lines.append(party(Kind.SUPERVISEE, [*values["supervisees_do"], *signs]))
        actions.set_parties(self.contract, lines, by=self.by)

    def _of_client(self) -> list[PartyLine]:
        client = self.engagement.client
        if self.parties is None or client is None:
            return []
        lines = []
        for row, known in zip(self.parties.filled(), self._known, strict=True):
            language = self.engagement.language
            person = actions.person_of(self.engagement.practice, row["person"], known, language=language)
            kind = row["kind"] or Kind.CONTACT
            contact = contact_of(client, person) if kind == Kind.CONTACT else None
            lines.append(party(kind, row["does"], person, contact))
        return lines
