"""What can wait, told together: every morning or every Monday, to those who want it so.

A message that is due to such a recipient is gathered instead of sent. The digest says how many of each kind there are
and still wanted; with it they are told, each once.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import Max, Min
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from formats.clock import HELSINKI, moment_at
from notifications.choices import AS_USUAL, Choices, choices_of
from notifications.kinds import Audience, Draft, Kind, Letter, kinds, recipient_of
from notifications.models import Message, MessageQuerySet, Preference
from notifications.occasions import stamp

DIGEST: Final = "digest"


def gathered() -> MessageQuerySet:
    return Message.objects.filter(state=Message.State.GATHERED, user__isnull=False)


def latest(choices: Choices, now: datetime) -> datetime:
    """Return when the last digest was due, at the end of the quiet hours."""
    local = now.astimezone(HELSINKI)
    at = time(choices.quiet.morning)
    day = local.date() - timedelta(days=int(local.time() < at))
    if choices.rhythm == Preference.Rhythm.WEEKLY:
        day -= timedelta(days=day.weekday())
    return moment_at(day, at).astimezone(UTC)


def due_digests(now: datetime) -> Iterator[Draft]:
    """Say who is to hear together what was gathered before their last morning; also who wants each by itself by now."""
    waiting = dict(gathered().order_by().values_list("user").annotate(since=Min("next_at")))
    if not waiting:
        return
    chosen = choices_of(waiting)
    told = dict(
        Message.objects.filter(kind=DIGEST, user__in=waiting).order_by().values_list("user").annotate(Max("occasion"))
    )
    for user, since in waiting.items():
        moment = latest(chosen.get(user, AS_USUAL), now)
        if since < moment and told.get(user, "") < stamp(moment):
            yield Draft(DIGEST, user, stamp(moment), now, user=user)


def letters(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """What is not wanted any more is not spoken of, and let go with the rest."""
    users = {message.user_id for message in messages}
    together: defaultdict[UUID | None, list[Message]] = defaultdict(list)
    for each in gathered().filter(user__in=users).with_recipients().order_by("created_at", "pk"):
        together[each.user_id].append(each)
    link = settings.SITE_URL + reverse("today")
    written = {}
    for message in messages:
        if to := recipient_of(message):
            those = together[message.user_id]
            lines = count(those, now)
            told = [each.pk for each in those]
            written[message.pk] = Letter(to, {"lines": lines, "link": link}, told=told, nothing=not lines)
    return written


def count(messages: Sequence[Message], now: datetime) -> list[tuple[Promise, int]]:
    """Return how many of each kind are still wanted, in the order in which they came up."""
    by_kind: defaultdict[str, list[Message]] = defaultdict(list)
    for message in messages:
        by_kind[message.kind].append(message)
    known = [(kinds()[name], those) for name, those in by_kind.items() if name in kinds()]
    return [(kind.label, number) for kind, those in known if (number := len(kind.letters(those, now)))]


KINDS = [
    Kind(
        DIGEST,
        _("What can wait, together"),
        "digest",
        letters,
        to=Audience.SUPERVISORS,
        rule=_("Every morning or every Monday, to those who want what can wait gathered into one mail."),
        sample={"lines": [(_("An evaluation has ended"), 2), (_("A report can be handed over"), 1)]},
    )
]
PLANNERS = [due_digests]
