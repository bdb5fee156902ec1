"""What was noted of a goal, opened for who reads it; a picture of the levels, and the figure that sums them up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from accounts.models import User
from engagements.attainment import t_score
from engagements.models import LEVELS, Goal
from engagements.models.levels import signed
from sessions.models import Progress
from sessions.models.progress import ProgressQuerySet
from sessions.progress.actions import TABLE
from sessions.reads import write_down
from vault.content import Content

#: The picture, in its own units.
WIDTH: Final = 320
LEFT, RIGHT, TOP, STEP = 34, 310, 14, 24


@dataclass(frozen=True)
class Noted:
    """One line of a goal's history. `remark` is None where it cannot be opened. `words`: of the level at that time."""

    pk: UUID
    goal: UUID
    on: date
    level: int | None
    sign: str
    words: str
    remark: str | None
    by: str
    mine: bool
    session: UUID | None


@dataclass(frozen=True)
class Dot:
    x: float
    y: int
    label: str

    @property
    def cx(self) -> str:
        """Its place from the left as SVG wants it, whatever language the page speaks."""
        return str(self.x)


@dataclass(frozen=True)
class Picture:
    """Levels over time: the lines of the five levels, the dots, and the path through them."""

    lines: Sequence[tuple[int, str]]
    dots: Sequence[Dot]
    path: str
    first: date
    last: date
    height: int = TOP * 2 + STEP * 4

    @property
    def now(self) -> Dot:
        return self.dots[-1]


def history(goal: Goal, user: User) -> list[Noted]:
    """Return what was noted of `goal` and `user` may see, from the first day to the last."""
    return opened(Progress.objects.visible_to(user).of_goal(goal), user)


def opened(found: ProgressQuerySet, user: User) -> list[Noted]:
    """Return rows as they are read, with one query for them and one for their keys."""
    rows = list(found.select_related("by", "levels"))
    content = Content({row.engagement_id for row in rows if row.remark})
    return [
        Noted(
            pk=row.pk,
            goal=row.goal_id,
            on=row.on,
            level=row.level,
            sign="" if row.level is None else signed(row.level),
            words=row.levels.texts[row.level] if row.levels and row.level is not None else "",
            remark=content.read_text(row.engagement_id, row.remark, TABLE, row.pk, "remark"),
            by=row.by.name,
            mine=row.by_id == user.pk,
            session=row.session_id,
        )
        for row in rows
    ]


def picture(noted: Sequence[Noted]) -> Picture | None:
    """Return the picture of the levels in `noted` (in order of their days), or None when there are fewer than two."""
    scored = [(each.on, each.level) for each in noted if each.level is not None]
    if len(scored) < 2:
        return None
    first, last = scored[0][0], scored[-1][0]
    # By days; what was noted on one day alone stands side by side.
    places = [(on - first).days if last > first else index for index, (on, _level) in enumerate(scored)]
    dots = [
        Dot(round(LEFT + 12 + (RIGHT - LEFT - 24) * place / places[-1], 1), height_of(level), signed(level))
        for place, (_on, level) in zip(places, scored, strict=True)
    ]
    path = " ".join(f"{'L' if index else 'M'}{dot.x} {dot.y}" for index, dot in enumerate(dots))
    return Picture([(height_of(level), signed(level)) for level in LEVELS], dots, path, first, last)


def height_of(level: int) -> int:
    return TOP + STEP * (2 - level)


def attained(goals: Iterable[Goal], user: User) -> Decimal | None:
    """Return T of the latest levels of `goals`, each with its weight; None before every one of them was scored."""
    by_goal = {goal.pk: goal for goal in goals}
    latest = latest_levels(list(by_goal.values()), user)
    if len(latest) < len(by_goal):
        return None
    return t_score((level, by_goal[goal].weight) for goal, level in latest.items())


def latest_levels(goals: Sequence[Goal], user: User) -> dict[UUID, int]:
    """Return the level noted last of each goal that was scored."""
    rows = Progress.objects.visible_to(user).filter(goal__in=[goal.pk for goal in goals], level__isnull=False)
    noted = rows.order_by("on", "at", "pk").values_list("goal", "level")
    return {goal: level for goal, level in noted if level is not None}


def read(engagement: UUID, goals: Iterable[tuple[Goal, Sequence[Noted]]], user: User) -> None:
    """Write down that `user` reads what others wrote of these goals of one process (promise 12)."""
    foreign = [goal for goal, noted in goals if any(each.remark != "" and not each.mine for each in noted)]
    write_down(user, engagement, "progress.read", foreign)
