"""Themes that a work community chooses for its own work: proposed by anybody in it, carried by more than half of it.

This is the community's own affair: nothing here reaches the client. What a report says of themes is approved there, by
every active participant (promise 3).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext

from accounts.models import User
from audit import trail
from engagements.models import Engagement, Form, Participation, State
from formats.fields import check_length
from sessions.models import Session, ThemeProposal, ThemeSupport
from vault.content import Content

TABLE: Final = "supervision_themeproposal"
LONGEST: Final = 160
#: As many stand at a time: what nobody can look over is chosen by nobody.
MOST: Final = 20


@dataclass(frozen=True)
class Theme:
    """A proposed theme as it is shown. `text` is None when it cannot be opened; `mine`: one supports it oneself."""

    row: ThemeProposal
    text: str | None
    supporters: int
    members: int
    mine: bool

    @property
    def approved(self) -> bool:
        """Whether more than half of those in the process support it."""
        return self.supporters * 2 > self.members


def is_open(engagement: Engagement) -> bool:
    """Return whether themes are proposed and supported: in a work community, while its process is under way."""
    under_way = engagement.state in (State.ACTIVE, State.PAUSED)
    return engagement.form == Form.COMMUNITY and under_way and not engagement.example


def themes_of(engagement: Engagement, user: User) -> list[Theme]:
    """Return the themes of `engagement` for one who leads it or is in it, the most supported first. Four queries."""
    rows = list(
        ThemeProposal.objects.visible_to(user).filter(engagement=engagement).select_related("author", "session")
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT theme, supporters FROM sec.theme_counts(%s)", [engagement.pk])
        counts = dict(cursor.fetchall())
    own = Participation.objects.current().filter(engagement=engagement, person__user=user)
    mine = set(ThemeSupport.objects.filter(theme__in=rows, participation__in=own).values_list("theme", flat=True))
    members = engagement.participations.current().count()
    content = Content([engagement.pk])
    found = [
        Theme(
            row, content.read_text(engagement.pk, row.text, TABLE, row.pk), counts.get(row.pk, 0), members,
            row.pk in mine,
        )
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.supporters, one.row.created_at))


@transaction.atomic
def propose(
    engagement: Engagement, text: str, *, session: Session | None = None, by: User, now: datetime
) -> ThemeProposal:
    """Propose a theme. Raises ValidationError: nothing, too long, too many, the process not under way."""
    text = " ".join(text.split())
    if not is_open(engagement):
        raise ValidationError(gettext("Themes are proposed in a work community while the process is under way."))
    if not text:
        raise ValidationError({"text": gettext("Write the theme.")})
    check_length(text, LONGEST, "text")
    Engagement.objects.select_for_update(no_key=True).filter(pk=engagement.pk).first()
    if engagement.themes.filter(removed_at=None).count() >= MOST:
        raise ValidationError({"text": gettext("Twenty themes stand proposed. Take one away first.")})
    row = ThemeProposal(pk=uuid4(), engagement=engagement, session=session, author=by, created_at=now)
    row.text = Content([engagement.pk]).seal_text(engagement.pk, text, TABLE, row.pk, now=now)
    row.save(force_insert=True)
    trail.record(engagement.pk, "theme.proposed", actor=by, obj=row)
    return row


@transaction.atomic
def support(theme: ThemeProposal, *, supports: bool, by: User, now: datetime) -> None:
    """Say of oneself that one supports a theme, or no more. Raises ValidationError for who is not in the process."""
    own = Participation.objects.current().filter(engagement=theme.engagement_id, person__user=by).first()
    if own is None or theme.removed_at or not is_open(theme.engagement):
        raise ValidationError(gettext("Themes are supported by those in the process, while it is under way."))
    said = ThemeSupport.objects.filter(theme=theme, participation=own)
    if not supports:
        said.delete()
    elif not said.exists():
        ThemeSupport.objects.create(theme=theme, participation=own, at=now)
    trail.record(theme.engagement_id, "theme.supported" if supports else "theme.unsupported", actor=by, obj=theme)


def without_log_in(engagement: Engagement) -> list[Participation]:
    """Return those in the process who cannot log in, whose support a supervisor writes down."""
    found = engagement.participations.current().filter(person__user=None).select_related("person")
    return list(found.order_by("person__sort_key", "pk"))


@transaction.atomic
def record_support(theme: ThemeProposal, participations: Collection[UUID], *, by: User, now: datetime) -> None:
    """Write down who of those who cannot log in said that they support a theme; who is left out does no more."""
    if theme.removed_at or not is_open(theme.engagement):
        raise ValidationError(gettext("Themes are supported by those in the process, while it is under way."))
    able = {one.pk for one in without_log_in(theme.engagement)}
    wanted = able & set(participations)
    said = ThemeSupport.objects.filter(theme=theme, participation__in=able)
    said.exclude(participation__in=wanted).delete()
    there = set(said.values_list("participation", flat=True))
    ThemeSupport.objects.bulk_create(
        [ThemeSupport(theme=theme, participation_id=one, at=now, recorded_by=by) for one in wanted - there],
        ignore_conflicts=True,
    )
    trail.record(theme.engagement_id, "theme.recorded", actor=by, obj=theme, data={"count": len(wanted)})


@transaction.atomic
def take_away(theme: ThemeProposal, *, by: User, now: datetime) -> None:
    """Take a theme away: its words go, that it was there stands in the trail."""
    there = ThemeProposal.objects.filter(pk=theme.pk, removed_at=None)
    if there.update(text=b"", removed_at=now, removed_by=by):
        trail.record(theme.engagement_id, "theme.removed", actor=by, obj=theme)
