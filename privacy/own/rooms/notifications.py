"""That messages were sent to somebody: of which kind, when. What one said is kept nowhere."""

from collections.abc import Iterator

from django.db.models import Q
from django.utils.translation import gettext as _

from notifications.kinds import kinds
from notifications.models import Message
from privacy.own.sections import Section, Subject, interest_basis, row
from privacy.policy.kinds import MESSAGE


def collect(subject: Subject) -> Iterator[Section]:
    """One query."""
    known = kinds()
    sent = Message.objects.filter(Q(user=subject.user) | Q(person__in=subject.ids)).exclude(
        state__in=[Message.State.DROPPED, Message.State.PENDING, Message.State.GATHERED]
    )
    rows = [
        row(
            known[message.kind].label if message.kind in known else message.kind,
            ("kind", _("Kind"), message.kind),
            ("state", _("State"), message.get_state_display()),
            ("at", _("When"), message.sent_at or message.created_at),
        )
        for message in sent.order_by("-created_at", "pk")
    ]
    yield Section(
        "messages",
        _("Messages sent to you"),
        rows,
        purpose=_("so that nothing is said twice, and it can be seen what was told"),
        basis=interest_basis(),
        period=MESSAGE,
        seen_by=_("the supervisors of the process, and the administrators of the practice when one could not be sent"),
        note=_("Subject and text are made when a message leaves, and kept nowhere."),
    )
