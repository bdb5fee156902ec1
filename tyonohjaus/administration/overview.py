"""What the admin site begins with: what needs help, as counts. No content, and no count goes over a whole table."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Min, QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.admin.practice import with_standing
from accounts.admin.shown import MOST_ROWS
from accounts.admin.user import with_second_step
from accounts.models import Invitation, Membership, Practice, User
from engagements.models import EngagementFrame
from notifications.models import Message

#: A message that has been due for longer than this is late: the dispatcher may be down.
LATE: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class Count:
    """A number with the list behind it; `worry` when somebody should look."""

    label: str
    number: str
    url: str
    worry: bool = False
    hint: str = ""


@dataclass(frozen=True)
class Group:
    title: str
    counts: list[Count]


def capped(rows: QuerySet[Any]) -> int:
    """Return how many rows there are, counted to MOST_ROWS + 1 and no further."""
    return rows.order_by().values("pk")[: MOST_ROWS + 1].count()


def count(label: str, rows: QuerySet[Any], model: str, *, worry: bool = False, hint: str = "", **query: str) -> Count:
    """Return the count of `rows` that leads to the list of `model`, which `query` narrows to the same ones.

    With `worry` it stands out as soon as there are any.
    """
    found = capped(rows)
    url = reverse(f"admin:{model}_changelist") + (f"?{urlencode(query)}" if query else "")
    number = _("more than %(n)s") % {"n": MOST_ROWS} if found > MOST_ROWS else str(found)
    return Count(label, number, url, worry and found > 0, hint)


def overview(now: datetime) -> list[Group]:
    return [messages(now), people(), practices(now)]


def messages(now: datetime) -> Group:
    waiting = Message.objects.filter(state=Message.State.PENDING)
    oldest = waiting.filter(next_at__lte=now).aggregate(at=Min("next_at"))["at"]
    late = oldest is not None and now - oldest > LATE
    model = "notifications_message"
    return Group(
        _("Messages"),
        [
            count(_("Waiting"), waiting, model, state__exact="pending"),
            Count(
                _("Longest overdue"),
                _("%(n)s min") % {"n": int((now - oldest).total_seconds() // 60)} if oldest else "–",
                f"{reverse(f'admin:{model}_changelist')}?state__exact=pending",
                late,
                _("Over ten minutes: see whether the worker runs.") if late else "",
            ),
            count(
                _("Being sent, their dispatcher not heard of"), Message.objects.in_doubt(), model, worry=True,
                state__exact="sending",
            ),
            count(
                _("Given up"), Message.objects.filter(state=Message.State.DEAD), model, worry=True,
                state__exact="dead", hint=_("They can be tried again when what stopped them is mended."),
            ),
        ],
    )  # fmt: skip


def people() -> Group:
    users = User.objects.filter(is_active=True)
    needing = with_second_step(users).filter(second_step=False, needs_one=True)
    model = "accounts_user"
    return Group(
        _("Users"),
        [
            count(_("Users who can sign in"), users, model, is_active__exact="1"),
            count(_("Administrators"), users.filter(is_staff=True), model, is_staff__exact="1"),
            count(_("Need a second step and have none"), needing, model, second_step="missing",
                  hint=_("They see nothing until they have added one.")),
            count(_("Deactivated"), User.objects.filter(is_active=False), model, is_active__exact="0"),
        ],
    )  # fmt: skip


def practices(now: datetime) -> Group:
    staffed = with_standing(Practice.objects.all()).filter(staffed=True)
    return Group(
        pgettext("administration", "Practices"),
        [
            count(_("Practices with members"), staffed, "accounts_practice", members="some"),
            count(_("Without a practice administrator"), staffed.filter(administered=False), "accounts_practice",
                  worry=True, members="unadministered", hint=_("Give one of the members that membership.")),
            count(_("Supervisors' memberships"), Membership.objects.current().filter(kind=Membership.Kind.SUPERVISOR),
                  "accounts_membership", kind="supervisor", standing="current"),
            count(_("Open invitations"), Invitation.objects.open(now).only("pk"), "accounts_invitation",
                  standing="open"),
            count(_("Active engagements"), EngagementFrame.objects.filter(state="active"),
                  "engagements_engagementframe", state__exact="active"),
        ],
    )  # fmt: skip
