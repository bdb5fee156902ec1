"""Every kind of message as it looks, in each language, with a sample of what stands in it."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from notifications.kinds import Kind, Letter, Recipient
from notifications.letters import compose
from notifications.models import Message

#: Nobody's: what is made of it opens nothing.
NOBODY: Final = UUID(int=0)


@dataclass(frozen=True)
class Preview:
    subject: str
    sender: str
    text: str
    html: str


def preview(kind: Kind, language: str) -> Preview:
    """Return a message of `kind` as its recipient would see it."""
    email = written(kind, language)
    return Preview(str(email.subject), settings.DEFAULT_FROM_EMAIL, str(email.body), str(email.alternatives[0][0]))


def written(kind: Kind, language: str) -> EmailMultiAlternatives:
    message = Message(id=NOBODY, kind=kind.name, obj=NOBODY, message_id="<0@sample>")
    return compose(kind, message, Letter(Recipient("", language), kind.sample))
