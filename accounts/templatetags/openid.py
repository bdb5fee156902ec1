from django import template
from django.conf import settings

from accounts.openid.configuration import LOGIN, Provider

register = template.Library()


@register.simple_tag
def openid_log_ins() -> list[Provider]:
    """Return the organisations whose own log-in may be used; none unless configured."""
    return [provider for provider in settings.OPENID_PROVIDERS if LOGIN in provider.uses]
