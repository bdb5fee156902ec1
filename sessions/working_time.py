"""When a supervisor works, and how long the way between two places takes them: their own, for their own eyes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from formats.clock import HELSINKI
from sessions.models import WorkingHours, WorkingTime
from sessions.models.working_time import DAY_MINUTES

#: From and to, in minutes after midnight on the wall.
Span = tuple[int, int]


@dataclass(frozen=True)
class Working:
    """What somebody said of their working time: spans by weekday (0 is Monday), and minutes between two places."""

    spans: Mapping[int, Sequence[Span]] = field(default_factory=dict)
    travel: int = 0

    def covers(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether [starts_at, ends_at) lies within one stretch of working hours; all does where none were said."""
        if not self.spans:
            return True
        start, end = starts_at.astimezone(HELSINKI), ends_at.astimezone(HELSINKI)
        first = start.hour * 60 + start.minute
        last = end.hour * 60 + end.minute + DAY_MINUTES * (end.date() - start.date()).days
        return any(begins <= first and last <= ends for begins, ends in stretches(self.spans.get(start.weekday(), ())))

    @property
    def way(self) -> timedelta:
        return timedelta(minutes=self.travel)


def stretches(spans: Sequence[Span]) -> list[Span]:
    """Return the spans of one day in order, those that touch made one."""
    joined: list[Span] = []
    for begins, ends in sorted(spans):
        if joined and joined[-1][1] == begins:
            joined[-1] = (joined[-1][0], ends)
        else:
            joined.append((begins, ends))
    return joined


def working_of(user: User) -> Working:
    """Return the working time of `user`, as far as the person asking may see it: of anybody else nothing. 2 queries."""
    spans: dict[int, list[Span]] = {}
    hours = WorkingHours.objects.filter(user=user).order_by("weekday", "begins")
    for weekday, begins, ends in hours.values_list("weekday", "begins", "ends"):
        spans.setdefault(weekday, []).append((begins, ends))
    travel = WorkingTime.objects.filter(user=user).values_list("travel_minutes", flat=True).first()
    return Working(spans, travel or 0)


@transaction.atomic
def set_working_time(user: User, working: Working) -> None:
    """Keep `working` in place of what `user` said before. Raises IntegrityError for spans that overlap or end early."""
    kept, _made = WorkingTime.objects.get_or_create(user=user)
    # Two at once take turns on this row.
    WorkingTime.objects.filter(pk=kept.pk).update(travel_minutes=working.travel)
    WorkingHours.objects.filter(user=user).delete()
    WorkingHours.objects.bulk_create(
        WorkingHours(user=user, weekday=weekday, part=part, begins=begins, ends=ends)
        for weekday, spans in working.spans.items()
        for part, (begins, ends) in enumerate(sorted(spans), start=1)
    )
