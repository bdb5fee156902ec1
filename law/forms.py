"""What is looked for in the register."""

from django import forms
from django.utils.translation import gettext_lazy as _

from formats.fields import DayField
from law.register import PARTIES


class FindForm(forms.Form):
    use_required_attribute = False
    q = forms.CharField(label=_("Word, act or number"), required=False, max_length=80)
    party = forms.ChoiceField(
        label=_("What it asks of"), required=False,
        choices=[("", _("everybody")), *((party.value, label) for party, label in PARTIES.items())],
    )  # fmt: skip
    on = DayField(label=_("In force on"), required=False)
