"""How an offer stands: which of its times are left, what was said of each, and by whom."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from engagements.models import Participation
from sessions.models import Offer, OfferedTime, TimeAnswer

Fits = TimeAnswer.Fits


@dataclass(frozen=True)
class Column:
    """A time as the supervisor sees it: `left` when it can still be had, how many it fits, and what each said."""

    time: OfferedTime
    left: bool
    yes: int
    maybe: int
    no: int


@dataclass(frozen=True)
class Line:
    """A supervisee and what they said of each time, in the order of the times; empty where they said nothing."""

    participation: Participation
    answers: list[str]
    recorded: bool

    @property
    def own(self) -> bool:
        """Whether they have answered themselves: that stands, and nobody writes anything down for them."""
        return any(self.answers) and not self.recorded


@dataclass(frozen=True)
class Table:
    columns: list[Column]
    lines: list[Line]

    @property
    def best(self) -> set[UUID]:
        """The times that fit most of those who answered; none where all fit alike."""
        points = {each.time.pk: 2 * each.yes + each.maybe for each in self.columns if each.left}
        most = max(points.values(), default=0)
        best = {pk for pk, number in points.items() if number == most}
        return best if len(best) < len(points) else set()


def left_of(offer: Offer, now: datetime) -> set[UUID]:
    """Return which of an offer's times are still to come and taken by nobody; none of one that is over. One query."""
    if not offer.is_open:
        return set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sec.free_times(%s, %s)", [offer.pk, now])
        return {row[0] for row in cursor.fetchall()}


def table_of(offer: Offer, now: datetime) -> Table:
    """Return what everybody said, for whoever leads. Four queries."""
    times, left = list(offer.times.all()), left_of(offer, now)
    said: defaultdict[UUID, dict[UUID, TimeAnswer]] = defaultdict(dict)
    for each in TimeAnswer.objects.filter(time__offer=offer):
        said[each.participation_id][each.time_id] = each
    people = Participation.objects.filter(engagement=offer.engagement_id).current().select_related("person")
    lines = [line_of(one, times, said[one.pk]) for one in people.order_by("person__sort_key", "pk")]
    columns = [column_of(time, place, time.pk in left, lines) for place, time in enumerate(times)]
    return Table(columns, lines)


def line_of(one: Participation, times: list[OfferedTime], said: Mapping[UUID, TimeAnswer]) -> Line:
    answers = [said[time.pk].answer if time.pk in said else "" for time in times]
    return Line(one, answers, any(each.recorded_by_id for each in said.values()))


def column_of(time: OfferedTime, place: int, left: bool, lines: list[Line]) -> Column:
    answers = [line.answers[place] for line in lines]
    return Column(time, left, *(answers.count(fits) for fits in (Fits.YES, Fits.MAYBE, Fits.NO)))
