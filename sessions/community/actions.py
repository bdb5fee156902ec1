"""For whom of a work community a session is, whether the line manager comes, and who came among many."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Person, User
from audit import trail
from engagements import actions as engagements
from engagements.models import Engagement, Form
from formats.clock import HELSINKI
from formats.people import NamedPerson
from sessions import actions
from sessions.models import Session, SessionSubGroup
from sessions.models.session import Manager


def is_community(engagement: Engagement) -> bool:
    return engagement.form == Form.COMMUNITY


@transaction.atomic
def meet_with(session: Session, sub_groups: Collection[UUID], *, manager: str = "", by: User, now: datetime) -> Session:
    """Say for which `sub_groups` a planned session is (none: for all), and whether the line manager comes (`Manager`).

    Raises ValidationError when it is not planned any more, is of no work community, or a sub-group has ended.
    """
    session = actions.locked(session)
    if not is_community(session.engagement):
        raise ValidationError(gettext("Only a work community has sub-groups."))
    kept = set(session.for_sub_groups.values_list("sub_group", flat=True))
    there = set(session.engagement.sub_groups.current().values_list("pk", flat=True))
    wanted = set(sub_groups)
    if wanted - there - kept:
        raise ValidationError(gettext("This sub-group has ended already."))
    session.for_sub_groups.exclude(sub_group__in=wanted).delete()
    SessionSubGroup.objects.bulk_create(SessionSubGroup(session=session, sub_group_id=one) for one in wanted - kept)
    Session.objects.planned().filter(pk=session.pk).update(manager=manager if manager in Manager.values else "")
    session.refresh_from_db()
    trail.record(session.engagement_id, "session.meets_with", actor=by, obj=session)
    return session


@dataclass(frozen=True)
class Among:
    """Who came among many, beside those whom the list names: so many `unnamed`, and `newcomers` with the person that
    each is, None for somebody new. `manager` is whether the line manager was there; None where it is not asked.
    """

    unnamed: int = 0
    manager: str | None = None
    newcomers: Sequence[tuple[NamedPerson, Person | None]] = ()


@transaction.atomic
def mark_held(
    session: Session, *, present: Mapping[UUID, str], among: Among | None, by: User, now: datetime
) -> Session:
    """Mark as held, as `sessions.actions.mark_held`; newcomers join the process on the day of the session."""
    among = among or Among()
    came = dict(present)
    day = min(session.starts_at, now).astimezone(HELSINKI).date()
    for one, known in among.newcomers:
        practice, language = session.engagement.practice, session.engagement.language
        person = engagements.person_of(practice, one, known, language=language)
        joined = engagements.join(session.engagement, person, on=day, line_manager=one.line_manager, by=by, now=now)
        came[joined.pk] = ""
    return actions.mark_held(session, present=came, unnamed=among.unnamed, manager=among.manager, by=by, now=now)
