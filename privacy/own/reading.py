"""Opening what is sealed in a request, or saying that it cannot be opened."""

from cryptography.exceptions import InvalidTag
from django.utils.translation import gettext as _

from privacy.models import DataRequest


def words(request: DataRequest, column: str) -> str:
    """Return what stands in a sealed column of `request`; in place of what was changed, a sentence that says so."""
    try:
        return request.words(column)
    except InvalidTag:
        return _("It cannot be opened.")
