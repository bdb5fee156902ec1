"""Template tags of the look, registered as builtins: icons, parts with a body, who sees what."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import lucide
from django import template
from django.forms import BoundField
from django.template import Context, Engine
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

register = template.Library()

WHO: Final[Mapping[str, tuple[Promise | str, str]]] = {
    "author": (_("Only you"), "lock"),
    "supervisors": (_("Supervisors"), "user-check"),
    "participants": (_("Supervisees"), "users-round"),
    "client": (_("Supervisees and client"), "building-2"),
    "everyone": (_("All parties"), "eye"),
}

# The order matters: Edge also says Chrome, Chrome also says Safari, Android also says Linux.
BROWSERS: Final = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


@lru_cache(maxsize=256)
def _icon(name: str, size: int) -> SafeString:
    svg = lucide._render_icon(name, size, aria_hidden="true", focusable="false")
    return SafeString(svg.replace(' class="lucide', ' class="icon'))


@register.simple_tag
def icon(name: str, size: int = 20) -> SafeString:
    """Return the lucide icon `name` as inline SVG, `size` CSS pixels square, hidden from screen readers.

    Raises `lucide.IconDoesNotExist` for a name that is not in the set.
    """
    return _icon(str(name), size)


@register.simple_block_tag(takes_context=True)
def part(context: Context, content: SafeString, name: str, **values: Any) -> SafeString:
    """Render `elements/<name>.html` around a body; it sees `content`, `values` and the request, and nothing else."""
    inner = context.new({**values, "content": content})
    for shared in ("request", "csrf_token", "user"):
        if shared in context:
            inner[shared] = context[shared]
    return Engine.get_default().get_template(f"elements/{name}.html").render(inner)


@register.filter
def who_label(who: str) -> Promise | str:
    """Return in words who sees content marked `who`; raises KeyError for an unknown mark."""
    return WHO[who][0]


@register.filter
def who_icon(who: str) -> str:
    """Return the name of the icon that goes with `who`; raises KeyError for an unknown mark."""
    return WHO[who][1]


@register.filter
def widget_attr(field: BoundField, name: str) -> str:
    """Return the attribute `name` of a field's widget, or an empty text: `{{ field|widget_attr:"data-who" }}`."""
    return str(field.field.widget.attrs.get(name, ""))


@register.filter
def error_target(field: BoundField) -> str:
    """Return the id that a link to `field` should lead to; a group of choices has the id of the group."""
    return field.id_for_label or field.auto_id


@register.filter
def without_placeholder(field: BoundField) -> SafeString:
    """Return the widget of `field` without a placeholder: what a field wants stands in its label and hint."""
    return field.as_widget(attrs={"placeholder": False})


@register.filter
def browser(user_agent: str) -> str:
    """Return the browser and the system of a user agent in names people know: `Firefox, Windows`."""
    found = (next((name for mark, name in names if mark in user_agent), "") for names in (BROWSERS, SYSTEMS))
    return ", ".join(name for name in found if name)


@register.filter
def initials(name: str) -> str:
    """Return the first letters of the first and the last word of `name`, capital."""
    words = str(name).split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@register.filter
def inline_svg(svg: str) -> SafeString:
    """Return our own server-made SVG ready to stand inside HTML, without its XML declaration."""
    return SafeString(svg[svg.index("<svg") :])


@register.simple_tag
def error_title(count: int) -> str:
    """Return the heading of an error summary for `count` errors."""
    return ngettext("Correct one thing", "Correct %(count)d things", count) % {"count": count}
