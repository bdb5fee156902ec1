"""What is typed to open the vault and to change its key. A passphrase or a code is never kept, nor written anywhere."""

from datetime import datetime
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Practice, User
from formats.clock import write_clock
from sessions.unlocking import actions
from vault import derive, opening
from vault.keys import Opened

SHORTEST: Final = 16
LONGEST: Final = 200
#: Groups of the code that are asked for, counted from one.
ASKED: Final = (2, 7)
SHOW: Final = pgettext_lazy("passphrase", "Show")
TYPING: Final = {"autocapitalize": "none", "spellcheck": "false", "autocorrect": "off"}


def secret_field(label: Any, *, new: bool = False, help_text: Any = "") -> forms.CharField:
    """A passphrase: hidden while it is typed. A new one comes back with its errors, so that it is not typed again."""
    attrs = {**TYPING, "autocomplete": "new-password" if new else "current-password", "data-reveal": SHOW}
    widget = forms.PasswordInput(attrs=attrs, render_value=new)
    return forms.CharField(label=label, max_length=LONGEST, strip=False, widget=widget, help_text=help_text)


def weakness(passphrase: str, user: User) -> str:
    """Return in words why this passphrase does not do for `user`; an empty text when it does."""
    plain = derive.typed(passphrase).decode().casefold()
    if len(plain) < SHORTEST:
        return _("Use at least 16 characters.")
    if len(set(plain) - {" "}) < 6:
        return _("Use more different letters.")
    rest = plain
    for known in known_of(user):
        rest = rest.replace(known, "")
    if len(rest.strip()) < SHORTEST and rest != plain:
        return _("Your name, e-mail address and practice are easy to guess: use other words.")
    return ""


def known_of(user: User) -> list[str]:
    """Return what everybody knows of `user`, the longest first."""
    practices = Practice.objects.filter(memberships__user=user).values_list("name", flat=True)
    texts = [user.email, user.email.partition("@")[0], user.full_name, *practices]
    words = {part for text in texts for part in (text.casefold(), *text.casefold().split()) if len(part) > 2}
    return sorted(words, key=len, reverse=True)


class VaultForm(forms.Form):
    """Knows who asks and when, and says in words why a vault did not open."""

    def __init__(self, *args: Any, user: User, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.now = user, now

    def refuse(self, field: str, error: Exception, wrong: str) -> None:
        if isinstance(error, opening.TooManyTries):
            until = write_clock(error.until)
            self.add_error(field, _("Five tries have failed. Try again at %(clock)s.") % {"clock": until})
        else:
            self.add_error(field, wrong)


class NewPassphraseForm(VaultForm):
    passphrase = secret_field(gettext_lazy("New passphrase"), new=True)
    again = secret_field(gettext_lazy("The same again"), new=True)

    def clean_passphrase(self) -> str:
        passphrase: str = self.cleaned_data["passphrase"]
        if why := weakness(passphrase, self.user):
            raise ValidationError(why)
        return passphrase

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, second = cleaned.get("passphrase"), cleaned.get("again")
        if first is not None and second is not None and derive.typed(first) != derive.typed(second):
            self.add_error("again", _("This is not the same as above."))
        return cleaned


class CreateForm(NewPassphraseForm):
    passphrase = secret_field(gettext_lazy("Your passphrase"), new=True)
    offered = forms.CharField(max_length=LONGEST, required=False, widget=forms.HiddenInput)
    understood = forms.BooleanField(
        label=gettext_lazy("I understand: if I lose both the passphrase and the recovery sheet, my notes are gone"),
        error_messages={"required": gettext_lazy("Tick this before you go on.")},
    )
    field_order = ("passphrase", "again", "understood")

    def save(self) -> tuple[Opened, str]:
        return actions.create(self.cleaned_data["passphrase"], by=self.user, now=self.now)


class UnlockForm(VaultForm):
    passphrase = secret_field(pgettext_lazy("field", "Passphrase"))
    opened: Opened

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "passphrase" in cleaned:
            try:
                self.take(cleaned["passphrase"])
            except (opening.WrongPassphrase, opening.TooManyTries) as error:
                self.refuse("passphrase", error, _("This passphrase does not open your notes."))
        return cleaned

    def take(self, passphrase: str) -> None:
        self.opened = opening.unlock(self.user.pk, passphrase, now=self.now)


class NewSheetForm(UnlockForm):
    code: str

    def take(self, passphrase: str) -> None:
        self.opened, self.code = opening.new_sheet(self.user.pk, passphrase, now=self.now)


class ChangeForm(NewPassphraseForm):
    current = secret_field(gettext_lazy("Present passphrase"))
    field_order = ("current", "passphrase", "again")

    def save(self) -> Opened | None:
        """Return the vault open, or None when the present passphrase was another; then the form says so."""
        try:
            return actions.change_passphrase(
                self.cleaned_data["current"], self.cleaned_data["passphrase"], by=self.user, now=self.now
            )
        except (opening.WrongPassphrase, opening.TooManyTries) as error:
            self.refuse("current", error, _("This passphrase does not open your notes."))
            return None


class ReplaceForm(NewPassphraseForm):
    current = secret_field(gettext_lazy("Present passphrase"))
    field_order = ("current", "passphrase", "again")

    def save(self) -> tuple[Opened, str] | None:
        """As ChangeForm's, with the code of the new recovery sheet."""
        try:
            return actions.replace_key(
                self.cleaned_data["current"], self.cleaned_data["passphrase"], by=self.user, now=self.now
            )
        except (opening.WrongPassphrase, opening.TooManyTries) as error:
            self.refuse("current", error, _("This passphrase does not open your notes."))
            return None


class RecoverForm(NewPassphraseForm):
    code = forms.CharField(
        label=gettext_lazy("Recovery code"),
        help_text=gettext_lazy("The 32 letters and digits of the recovery sheet, with or without spaces."),
        max_length=80,
        widget=forms.TextInput(attrs={**TYPING, "autocomplete": "off"}),
    )
    field_order = ("code", "passphrase", "again")

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        try:
            derive.recovery_bytes(code)
        except ValueError:
            raise ValidationError(_("The code has eight groups of four: letters A–Z and digits 2–7.")) from None
        return code

    def save(self) -> tuple[Opened, str] | None:
        """As ChangeForm's, with the code of the new recovery sheet."""
        try:
            return actions.recover(
                self.cleaned_data["code"], self.cleaned_data["passphrase"], by=self.user, now=self.now
            )
        except (opening.WrongPassphrase, opening.TooManyTries) as error:
            self.refuse("code", error, _("This code does not open your notes."))
            return None


class ProofForm(forms.Form):
    """Two groups of the code, read from the paper; the code itself travels with the form and is kept nowhere."""

    first = forms.CharField(max_length=12, widget=forms.TextInput(attrs={**TYPING, "autocomplete": "off"}))
    second = forms.CharField(max_length=12, widget=forms.TextInput(attrs={**TYPING, "autocomplete": "off"}))

    def __init__(self, *args: Any, code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups = derive.code_groups(code)
        for name, number in zip(("first", "second"), ASKED, strict=True):
            self.fields[name].label = _("Group %(number)d") % {"number": number}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, number in zip(("first", "second"), ASKED, strict=True):
            if name in cleaned and derive.code_groups(cleaned[name]) != [self.groups[number - 1]]:
                self.add_error(name, _("This is not group %(number)d of the sheet.") % {"number": number})
        return cleaned
