"""What the law asks, shown where it matters: `{% laws "closing" %}` beside the closing of a session."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils import timezone

from law.register import Where, about

register = template.Library()


@register.inclusion_tag("law/_beside.html")
def laws(*where: str) -> Mapping[str, Any]:
    """List the entries in force today that matter at any of `where`, each once. Raises ValueError for no such place."""
    today = timezone.localdate()
    found = {each.key: each for one in where for each in about(Where(one), today)}
    return {"entries": list(found.values())}
