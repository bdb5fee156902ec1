from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Language


class WishForm(forms.Form):
    """In which language a certificate is written, and whether the client stands in it.

    The client is named only when the supervisee wants it: they tick it themselves. For one without an account, who
    cannot, the supervisor does, being told by them.
    """

    use_required_attribute = False

    language = forms.ChoiceField(label=_("Language of the certificate"), choices=Language)
    client = forms.BooleanField(label=_("Name the client organisation in it"), required=False)

    def __init__(self, data: Any = None, *, client: str, language: str, own: bool, account: bool) -> None:
        super().__init__(data, initial={"language": language})
        if not client or (account and not own):
            del self.fields["client"]
        elif not own:
            self.fields["client"].label = _("The supervisee wants the client organisation named in it")

    @property
    def with_client(self) -> bool:
        return bool(self.cleaned_data.get("client"))
