"""Sending the scanned paper of an agreement, and withdrawing one."""

from datetime import datetime
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from documents.forms import UploadsField
from documents.models import Attachment
from engagements import actions, blockers
from engagements.forms.verbs import VerbForm
from engagements.models import Contract
from engagements.scans import MOST, shown_at_first

Files = MultiValueDict[str, Any]

SCANS_HELP: Final = _(
    "PDF, or a photo of each page. At most 10 MB a file and 25 MB together. What hides in files (place, camera, author,"
    " scripts) is taken out, unless the PDF carries a digital signature."
)
TO_PARTIES: Final = _("All parties may see the scan")


class WithScans(VerbForm):
    """A form with the fields `scans` and `to_parties`."""

    def say_who_sees(self, contract: Contract) -> None:
        """Tick that the parties see it, unless the client is not to know the names; then say what not to forget."""
        shown = shown_at_first(contract)
        self.initial["to_parties"] = shown
        if not shown:
            self.fields["to_parties"].help_text = _(
                "The client is not to know the supervisees' names. Tick only when the paper does not show them."
                " Otherwise supervisors and the practice's administrator see it."
            )

    def done(self) -> bool:
        """A browser does not send a file a second time by itself: what else went wrong, the files go missing."""
        done = super().done()
        if not done and self.is_bound and self.files and "scans" not in self.errors:
            self.add_error("scans", gettext("Choose the files again: they were not kept."))
        return done


class AddScansForm(WithScans):
    scans = UploadsField(label=_("Scanned agreement"), most=MOST, help_text=SCANS_HELP)
    to_parties = forms.BooleanField(label=TO_PARTIES, required=False)

    def __init__(
        self, data: QueryDict | None = None, files: Files | None = None, *, contract: Contract, by: User, now: datetime
    ) -> None:
        self.contract, self.by, self.now = contract, by, now
        super().__init__(data, files)
        self.say_who_sees(contract)
        self.blockers = blockers.blockers_to_adding_scans(contract)

    def act(self) -> None:
        values = self.cleaned_data
        actions.add_scans(self.contract, values["scans"], to_parties=values["to_parties"], by=self.by, now=self.now)


class WithdrawScanForm(VerbForm):
    reason = forms.CharField(
        label=_("Why is it withdrawn?"),
        max_length=200,
        help_text=_("Stays beside the contract, for those who saw the scan. For example: a page was missing."),
    )

    def __init__(
        self, data: QueryDict | None = None, *, scan: Attachment, contract: Contract, by: User, now: datetime
    ) -> None:
        self.scan, self.contract, self.by, self.now = scan, contract, by, now
        super().__init__(data)
        self.fields["reason"].widget.attrs["data-who"] = scan.who

    def act(self) -> None:
        reason = self.cleaned_data["reason"]
        actions.withdraw_scan(self.contract, self.scan, reason=reason, by=self.by, now=self.now)
