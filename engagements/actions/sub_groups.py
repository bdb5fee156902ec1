"""Parts of a work community: made, renamed, ended; who belongs to them from which day."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models.functions import Greatest
from django.utils.translation import gettext

from accounts.models import User
from audit import trail
from engagements.models import MOST_SUB_GROUPS, Engagement, Form, State, SubGroup, SubGroupMember
from formats.clock import HELSINKI

LONGEST_NAME: Final = 60


def has_sub_groups(engagement: Engagement) -> bool:
    """Return whether `engagement` can have sub-groups: a work community, and no example."""
    return engagement.form == Form.COMMUNITY and not engagement.example


def blocker_to_dividing(engagement: Engagement) -> str:
    """Return why its sub-groups cannot be changed, in a sentence; empty when they can."""
    if not has_sub_groups(engagement):
        return gettext("Only a work community has sub-groups.")
    return gettext("The process is closed.") if engagement.state == State.CLOSED else ""


@transaction.atomic
def make_sub_group(
    engagement: Engagement, name: str, members: Collection[UUID], *, by: User, now: datetime
) -> SubGroup:
    """Make a sub-group of the participations `members`, from today. Raises ValidationError: its name, too many."""
    if why := blocker_to_dividing(engagement):
        raise ValidationError(why)
    if engagement.sub_groups.current().count() >= MOST_SUB_GROUPS:
        text = gettext("A work community has at most %(most)d sub-groups at a time.")
        raise ValidationError({"name": text % {"most": MOST_SUB_GROUPS}})
    row = SubGroup(engagement=engagement, name=checked(name), began_on=today(now))
    once(lambda: row.save(force_insert=True))
    set_members(row, members, now=now)
    trail.record(engagement.pk, "sub_group.made", actor=by, obj=row)
    return row


@transaction.atomic
def change_sub_group(row: SubGroup, name: str, members: Collection[UUID], *, by: User, now: datetime) -> None:
    """Give a sub-group another name, and the members that it has from today. Raises ValidationError as making does."""
    if why := blocker_to_dividing(row.engagement):
        raise ValidationError(why)
    row.name = checked(name)
    once(lambda: row.save(update_fields=["name"]))
    set_members(row, members, now=now)
    trail.record(row.engagement_id, "sub_group.changed", actor=by, obj=row)


@transaction.atomic
def end_sub_group(row: SubGroup, *, by: User, now: datetime) -> None:
    """End a sub-group today; the sessions that were for it stay so. Raises ValidationError when it has ended."""
    if why := blocker_to_dividing(row.engagement):
        raise ValidationError(why)
    if not SubGroup.objects.current().filter(pk=row.pk).update(ended_on=today(now)):
        raise ValidationError(gettext("This sub-group has ended already."))
    trail.record(row.engagement_id, "sub_group.ended", actor=by, obj=row)


def set_members(row: SubGroup, members: Collection[UUID], *, now: datetime) -> None:
    """Let `members` belong to it from today, and nobody else any more. Who came and went on one day was never in it."""
    day, current = today(now), row.members.current()
    here = row.engagement.participations.current().filter(pk__in=members).values_list("pk", flat=True)
    wanted = set(here)
    going = current.exclude(participation__in=wanted)
    going.filter(since=day).delete()
    going.update(until=Greatest("since", day))
    there = set(current.values_list("participation", flat=True))
    SubGroupMember.objects.bulk_create(
        SubGroupMember(sub_group=row, participation_id=one, since=day) for one in wanted - there
    )


def today(now: datetime) -> date:
    return now.astimezone(HELSINKI).date()


def checked(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise ValidationError({"name": gettext("Give the sub-group a name of at most 60 characters.")})
    return name


def once(write: Callable[[], None]) -> None:
    """Run `write`; raises ValidationError where there is a sub-group of that name."""
    try:
        with transaction.atomic():
            write()
    except IntegrityError as error:
        if "sub_group_name_once" not in str(error):
            raise
        raise ValidationError({"name": gettext("There is a sub-group with this name already.")}) from None
