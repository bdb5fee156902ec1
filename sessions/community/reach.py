"""Whom a session is for where a work community has sub-groups: nobody else is reminded of it or told of changes."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from engagements.models import SubGroupMember
from formats.clock import HELSINKI
from sessions.models import Session, SessionSubGroup


def met_by(participation: str) -> Q | Exists:
    """Return the condition on a query of sessions, annotated with `day`: that the one named by the annotation
    `participation` is to meet. Without a sub-group everybody is.
    """
    meets = SessionSubGroup.objects.filter(session=OuterRef("pk"))
    members = SubGroupMember.objects.filter(
        Q(until=None) | Q(until__gt=OuterRef("day")),
        sub_group__meets_in__session=OuterRef("pk"),
        participation=OuterRef(participation),
        since__lte=OuterRef("day"),
    )
    return ~Exists(meets) | Exists(members)


def outside_of(sessions: Mapping[UUID, Session], persons: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """Return (session, person) for those of `persons` who are not in the part of the community that a session is for.

    One query, and another where there are such sessions.
    """
    parts: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for session, sub_group in SessionSubGroup.objects.filter(session__in=sessions).values_list("session", "sub_group"):
        parts[session].add(sub_group)
    if not parts:
        return set()
    found = SubGroupMember.objects.filter(
        sub_group__in=set().union(*parts.values()), participation__person__in=persons
    ).values_list("sub_group", "participation__person", "since", "until")
    belongs = list(found)
    outside = set()
    for pk, groups in parts.items():
        day = sessions[pk].starts_at.astimezone(HELSINKI).date()
        inside = {
            person
            for group, person, since, until in belongs
            if group in groups and since <= day and (until is None or until > day)
        }
        outside |= {(pk, person) for person in persons if person not in inside}
    return outside
