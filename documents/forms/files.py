"""A field for files that people send."""

from time import monotonic
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from documents.uploads import PATIENCE, Clean, read_upload, refusal

#: Seconds that all files of one form may take together; the web server waits a minute.
TOGETHER: Final = 40.0
#: The kinds by name, not `image/*`: a telephone then offers its camera and turns its own format (HEIC) into JPEG.
ACCEPTED: Final = "application/pdf,image/jpeg,image/png,image/webp"


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class UploadsField(forms.Field):
    """Several files at once, each read by its content and cleaned; gives a list of `Clean`."""

    widget = FilesInput
    default_error_messages = {
        "required": _("Choose a file."),
        "many": ngettext_lazy(
            "At most %(most)d file at a time. Choose again.", "At most %(most)d files at a time. Choose again.", "most"
        ),
    }

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "accept": ACCEPTED}

    def to_python(self, value: Any) -> list[Clean]:
        files = [file for file in value or () if file]
        if len(files) > self.most:
            raise ValidationError(self.error_messages["many"], code="many", params={"most": self.most})
        found: list[Clean] = []
        errors: list[ValidationError] = []
        started = monotonic()
        for file in files:
            left = TOGETHER - (monotonic() - started)
            if left <= 0:
                errors.append(refusal("together", file.name))
                break
            try:
                found.append(read_upload(file, patience=min(PATIENCE, left)))
            except ValidationError as error:
                if error.code != "together" or not any(each.code == "together" for each in errors):
                    errors.append(error)
        if errors:
            raise ValidationError(errors)
        return found
