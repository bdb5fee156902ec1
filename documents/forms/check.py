import re
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from documents.models import LARGEST

DIGITS: Final = 64


class CheckForm(forms.Form):
    """A file, of which `documents.hashing.HashAlone` has kept the hash alone, or a hash; its answer is `sha256`.

    Whoever gives both is told of the file. `large` is said by a browser that saw itself that the file is too large.
    """

    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        help_text=gettext_lazy("A PDF, at most 20 MB."),
        error_messages={"empty": gettext_lazy("This file is empty.")},
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}),
    )
    hash = forms.CharField(
        label=gettext_lazy("Or its hash (SHA-256)"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("64 digits: 0–9 and a–f. Spaces do no harm."),
        error_messages={"max_length": gettext_lazy("This is longer than a SHA-256, which has 64 digits.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )
    large = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > LARGEST:
            raise ValidationError(self.too_large())
        return file

    def clean_hash(self) -> str:
        digits = re.sub(r"[\s:]", "", self.cleaned_data["hash"]).lower()
        if re.search(r"[^0-9a-f]", digits):
            raise ValidationError(_("A SHA-256 is written with the digits 0–9 and a–f alone."))
        if digits and len(digits) != DIGITS:
            raise ValidationError(
                ngettext(
                    "A SHA-256 has 64 digits; this has %(count)d.", "A SHA-256 has 64 digits; this has %(count)d.",
                    len(digits),
                )
                % {"count": len(digits)}
            )  # fmt: skip
        return digits

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        if self.errors:
            return given
        if given["large"]:
            self.add_error("file", self.too_large())
        elif not given["file"] and not given["hash"]:
            self.add_error("file", _("Choose a file, or paste its hash."))
        else:
            given["sha256"] = given["file"].sha256 if given["file"] else given["hash"]
        return given

    def too_large(self) -> str:
        return _("This file is larger than 20 MB. Nothing as large is sealed here.")
