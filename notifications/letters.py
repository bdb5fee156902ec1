"""Making an e-mail out of a message: in its recipient's language, neutral, to one person alone."""

from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from notifications.kinds import Kind, Letter
from notifications.models import Message

DECLINING = "notifications.decline"


def compose(kind: Kind, message: Message, letter: Letter) -> EmailMultiAlternatives:
    """Return the e-mail that `message` is now, as text and HTML that say the same."""
    # RFC 3834: nobody's out-of-office answers a machine.
    headers = {"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"}
    context = {"link": f"{settings.SITE_URL}/", **letter.context, **letter.secrets()}
    if kind.can_be_declined and letter.to.person:
        address = settings.SITE_URL + reverse("notifications:decline", args=[sealed(letter.to.person)])
        context["decline"] = address
        # RFC 8058: the mail program's own button unsubscribes with one POST.
        headers |= {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    elif kind.can_be_declined or kind.can_wait:
        context["choose"] = settings.SITE_URL + reverse("notifications:own")
    with translation.override(letter.to.language):
        context["language"] = letter.to.language
        subject, text, html = (
            render_to_string(f"emails/{kind.template}.{part}", context) for part in ("subject.txt", "txt", "html")
        )
    email = EmailMultiAlternatives(subject.strip(), text.strip() + "\n", to=[letter.to.email], headers=headers)
    email.attach_alternative(html, "text/html")
    if letter.calendar:
        # The last alternative, which calendars take for the whole; without a charset, which Django adds itself.
        method, event = letter.calendar
        email.attach_alternative(event, f"text/calendar; method={method}")
    return email


def sealed(person: UUID) -> str:
    """Return the person's id in a form that only we can have written."""
    return signing.Signer(salt=DECLINING).sign(person.hex)


def unsealed(token: str) -> UUID | None:
    """Return the id in a token that `sealed` wrote, or None."""
    try:
        return UUID(signing.Signer(salt=DECLINING).unsign(token))
    except (signing.BadSignature, ValueError):
        return None
