"""What is asked of another calendar: what it is called, and its address or a file."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from sessions.busy import actions, fetching, reading
from sessions.models import BusyCalendar, Fault

#: Why a file is not read.
OF_FILES = {
    Fault.CALENDAR: _("This is not a calendar file, or not a whole one. Export it again as iCalendar (.ics)."),
    Fault.LARGE: _("The file is larger than 5 MB. Export a shorter time, or use the address of the calendar."),
    Fault.MUCH: _("The file holds more events than can be read. Export a shorter time."),
}


class Asked(forms.Form):
    def __init__(self, *args: Any, user: User, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.now = user, now


class Named(Asked):
    """A calendar with the name that its owner gives it."""

    name = forms.CharField(
        label=_("What you call it"), max_length=80, help_text=_("For example “Work” or “Family”. Only you see it."),
        error_messages={"required": _("Give it a name, so that you know it from the others.")},
    )  # fmt: skip

    def clean_name(self) -> str:
        name: str = " ".join(self.cleaned_data["name"].split())
        return name


class AddressForm(Named):
    address = forms.CharField(
        label=_("Secret address of the calendar"), max_length=fetching.LONGEST_ADDRESS,
        help_text=_("It begins with https:// or webcal:// and often ends with .ics."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none", "inputmode": "url"}
        ),
        error_messages={
            "required": _("Paste the address of the calendar."),
            "max_length": _("This address is too long to be one of a calendar."),
        },
    )  # fmt: skip

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"]
        try:
            return fetching.judged(address).geturl()
        except fetching.Refused:
            raise ValidationError(*why_not(address)) from None

    def done(self) -> BusyCalendar | None:
        if not self.is_valid():
            return None
        try:
            return actions.add_address(self.user, **self.cleaned_data, now=self.now)
        except ValidationError as error:
            self.add_error(None, error)
            return None


def why_not(address: str) -> tuple[Any, str]:
    """Return in a sentence why an address is not taken, and a code for it."""
    scheme, _colon, rest = address.strip().partition("://")
    if not rest or scheme.lower() not in ("https", "webcal"):
        return _("Write an address that begins with https:// or webcal://."), "scheme"
    try:
        if "@" in urlsplit(address.strip()).netloc:
            return _("A user name or password stands in this address. Use the calendar’s secret address."), "login"
    except ValueError:
        pass
    return _("This address does not lead to a calendar on the open internet."), "closed"


class FileForm(Asked):
    """A file, of which the times alone are kept."""

    file = forms.FileField(
        label=_("File"), help_text=_("A calendar file (.ics), at most 5 MB. It is read once and not kept."),
        widget=forms.FileInput(attrs={"accept": ".ics,.ical,.ifb,text/calendar"}),
        error_messages={"required": _("Choose a file."), "empty": _("This file is empty.")},
    )  # fmt: skip

    found: reading.Found | None = None

    def clean_file(self) -> None:
        file = self.cleaned_data["file"]
        try:
            if file.size > fetching.MOST_BYTES or getattr(file, "dropped", False):
                raise reading.Refused(Fault.LARGE)
            self.found = actions.read(file.read(), now=self.now)
        except reading.Refused as refusal:
            raise ValidationError(OF_FILES[Fault(refusal.code)], code=refusal.code) from None

    def replace(self, calendar: BusyCalendar) -> bool:
        """Put the times of the file in place of earlier ones; return whether they are."""
        if not self.is_valid() or self.found is None:
            return False
        actions.replace(calendar, self.found, now=self.now)
        return True


class NewFileForm(FileForm, Named):
    field_order = ("name", "file")

    def done(self) -> BusyCalendar | None:
        if not self.is_valid() or self.found is None:
            return None
        try:
            return actions.add_file(self.user, self.cleaned_data["name"], self.found, now=self.now)
        except ValidationError as error:
            self.add_error(None, error)
            return None
