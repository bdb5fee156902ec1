"""What people do with times that are offered: offer, withdraw, answer, pick, choose. One of them becomes a session."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext

from accounts.models import User
from audit import trail
from engagements.models import Engagement, Participation, State
from formats.clock import HELSINKI
from sessions import actions
from sessions.models import Offer, OfferedTime, Session, TimeAnswer
from sessions.models.offer import FEWEST_TIMES, MOST_TIMES
from sessions.series.actions import RowsRefused, refusals

#: Offers of one process that are open at once.
MOST_OPEN: Final = 5


def blockers(engagement: Engagement) -> list[str]:
    """Return why no times can be offered, in sentences; empty when they can."""
    if engagement.example:
        return [gettext("In an example nobody is asked.")]
    found = actions.blockers_to_booking(engagement, trial=is_trial(engagement))
    if not found and Offer.objects.filter(engagement=engagement).open().count() >= MOST_OPEN:
        found.append(gettext("Five offers of this process are open. Withdraw one before you make another."))
    return found


def is_trial(engagement: Engagement) -> bool:
    """Whether what is offered is a trial session: nothing else can be booked while the contract is on offer."""
    return engagement.state == State.OFFERED


@transaction.atomic
def offer(
    engagement: Engagement,
    *,
    times: Sequence[datetime],
    minutes: int,
    kind: str,
    mode: str,
    place: str,
    link: str,
    answer_by: date,
    by: User,
    now: datetime,
) -> Offer:
    """Offer `times` for one session of `minutes`; those in it are told. Raises ValidationError with every reason why
    not, as RowsRefused where it is one of the times.
    """
    engagement = Engagement.objects.select_for_update(no_key=True).get(pk=engagement.pk)
    if why := blockers(engagement):
        raise ValidationError(why)
    spans = [(each, actions.end_of(each, minutes)) for each in times]
    refuse_number(spans)
    refuse_rows(engagement, spans, by=by, now=now)
    refuse_last_day(answer_by, max(times), now)
    made = Offer.objects.create(
        engagement=engagement, kind=kind, mode=mode, place=place, link=link, trial=is_trial(engagement),
        answer_by=answer_by, made_by=by, created_at=now,
    )  # fmt: skip
    OfferedTime.objects.bulk_create(OfferedTime(offer=made, starts_at=start, ends_at=end) for start, end in spans)
    trail.record(engagement.pk, "offer.made", actor=by, obj=made, data={"times": len(spans)})
    return made


def refuse_number(spans: Sequence[object]) -> None:
    if not FEWEST_TIMES <= len(spans) <= MOST_TIMES:
        raise ValidationError(gettext("Offer from two to twelve times."))


def refuse_rows(engagement: Engagement, spans: Sequence[tuple[datetime, datetime]], *, by: User, now: datetime) -> None:
    found = refusals(engagement, spans, by=by, now=now)
    for place, (starts_at, _ends_at) in enumerate(spans):
        if starts_at <= now:
            found[place].append(gettext("This time is past."))
    if any(found):
        raise RowsRefused({place: sentences for place, sentences in enumerate(found) if sentences})


def refuse_last_day(answer_by: date, latest: datetime, now: datetime) -> None:
    if answer_by < now.astimezone(HELSINKI).date():
        raise ValidationError({"answer_by": gettext("This day is past.")})
    if answer_by > latest.astimezone(HELSINKI).date():
        raise ValidationError({"answer_by": gettext("The last day to answer is on or before the last time.")})


@transaction.atomic
def withdraw(given: Offer, *, by: User, now: datetime) -> None:
    """Withdraw an offer. Raises ValidationError when it is over already."""
    if not Offer.objects.filter(pk=given.pk, withdrawn_at=None, settled_at=None).update(withdrawn_at=now):
        raise ValidationError(gettext("This offer is over already."))
    trail.record(given.engagement_id, "offer.withdrawn", actor=by, obj=given)


@transaction.atomic
def answer(
    given: Offer, answers: Mapping[UUID, str], *, of: Participation, by: User, recorded: bool, now: datetime
) -> None:
    """Say what fits `of`; `recorded`: as a supervisor writes it down for them. It can be changed while it counts.

    Raises ValidationError when the offer is over, or takes no answers of supervisees any more, and when somebody is to
    be written down who has answered themselves.
    """
    if not (given.is_open if recorded else given.takes_answers(now)):
        raise ValidationError(gettext("This offer is over already."))
    if recorded and TimeAnswer.objects.filter(time__in=answers, participation=of, recorded_by=None).exists():
        raise ValidationError(gettext("They have answered themselves, and that stands."))
    rows = [
        TimeAnswer(time_id=time, participation=of, answer=said, at=now, recorded_by=by if recorded else None)
        for time, said in answers.items()
    ]
    TimeAnswer.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["time", "participation"],
        update_fields=["answer", "at", "recorded_by"],
    )  # fmt: skip
    if recorded:
        trail.record(given.engagement_id, "offer.answer_recorded", actor=by, obj=given)


@transaction.atomic
def pick(time: OfferedTime, *, by: User, now: datetime) -> Session:
    """Pick a time as a supervisee: it is booked at once. Raises ValidationError when it, or the offer, is gone."""
    given = time.offer
    if why := actions.blockers_to_booking(given.engagement, trial=given.trial):
        raise ValidationError(why)

    def write() -> UUID | None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT sec.pick_time(%s, %s, %s)", [time.pk, time.starts_at.isoformat(), now])
            made: UUID | None = cursor.fetchone()[0]
        if given.trial and actions.too_many_trials(given.engagement):  # another was booked since that was asked
            raise gone()
        return made

    made = actions.unless_refused(write, gone)
    if made is None:
        raise gone()
    trail.record(given.engagement_id, "session.booked", actor=by, obj=Session(pk=made), data={"picked": True})
    return Session.objects.get(pk=made)


def gone() -> ValidationError:
    return ValidationError(gettext("That time was taken just now. Choose another one."))


@transaction.atomic
def choose(given: Offer, time: OfferedTime, *, by: User, now: datetime) -> Session:
    """Choose a time as the supervisor: it is booked, and the offer over. Raises ValidationError when it cannot be."""
    locked = Offer.objects.select_for_update(no_key=True).get(pk=given.pk)
    if not locked.is_open:
        raise ValidationError(gettext("This offer is over already."))
    session = actions.book(
        locked.engagement, starts_at=time.starts_at, minutes=time.minutes, mode=locked.mode, place=locked.place,
        link=locked.link, trial=locked.trial, by=by, now=now,
    )  # fmt: skip
    Offer.objects.filter(pk=given.pk).update(settled_at=now, settled_by=by, session=session)
    return session
