"""A form that does its verb: what the verb refuses comes back as the form's own errors."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction


class VerbForm(forms.Form):
    """`done()` is the one question a view asks of it."""

    use_required_attribute = False

    def act(self) -> Any:
        raise NotImplementedError

    def done(self) -> bool:
        """Return whether the form was sent, is valid and its verb was done. A refusal leaves everything as it was."""
        if not self.is_valid():
            return False
        try:
            with transaction.atomic():
                self.act()
        except ValidationError as error:
            self.refuse(error)
            return False
        return True

    def refuse(self, error: ValidationError) -> None:
        """Say what the verb said no with."""
        self.add_error(None, ValidationError(error.messages))


class FieldsForm(VerbForm):
    """… and what it refuses stands beside the field that it is about."""

    def refuse(self, error: ValidationError) -> None:
        """Say what the verb said no with, beside the field that it is about where there is one."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, ValidationError(error.messages))
            return
        for name, errors in error.message_dict.items():
            self.add_error(name if name in self.fields else None, ValidationError(errors))
