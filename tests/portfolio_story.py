"""A portfolio that grows, for its tests."""

from datetime import date, timedelta
from typing import Any

from accounts.adapters import claim_persons
from accounts.models import Person, User
from audit import asking
from engagements.models import Engagement, Participation
from engagements.models.engagement import Focus
from portfolio import actions
from portfolio.models import LogEntry, Training
from sessions.models import Attendance, Session
from tests.conftest import NOW, Cast


class Story:
    """What stands in the portfolio of the lead, and supervision in which they are supervised."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast

    def logged(self, days_ago: int = 1, *, by: User | None = None, note: str = "", **values: Any) -> LogEntry:
        by = by or self.cast.lead
        day: date = NOW.date() - timedelta(days=days_ago)
        entry = LogEntry()
        filled = {"kind": "toto", "day": day, "minutes": 60, "unit": 60, "title": "Oma työnohjaus", **values}
        with asking.acting_as(by):
            actions.keep_entry(entry, filled, note, by=by, now=NOW)
        return entry

    def training(self, **values: Any) -> Training:
        row = Training()
        with asking.acting_as(self.cast.lead):
            filled = {"programme": "Työnohjaajan koulutus", "provider": "Opisto", "points": 60, "finished": 2019}
            actions.keep(row, filled | values, by=self.cast.lead)
        return row

    def supervision(self) -> tuple[Engagement, Participation]:
        """The co-supervisor supervises the lead (ToTo)."""
        cast = self.cast
        with asking.acting_as(cast.co_supervisor):
            toto = Engagement.objects.create(
                practice=cast.practice, lead=cast.co_supervisor, title="ToTo", focus=Focus.TOTO, state="active"
            )  # fmt: skip
        with asking.acting_as(cast.lead):
            person = Person.objects.filter(email=cast.lead.email).first() or Person.objects.create(
                practice=cast.practice, given_name="Liisa", family_name="Lahti", email=cast.lead.email, language="en"
            )
            claim_persons(cast.lead)
        with asking.acting_as(cast.co_supervisor):
            return toto, Participation.objects.create(engagement=toto, person=person)

    def met(
        self, toto: tuple[Engagement, Participation], days_ago: int, presence: str = "present", **fields: Any
    ) -> Session:
        engagement, mine = toto
        starts_at = NOW - timedelta(days=days_ago)
        fields.setdefault("state", "held")
        with asking.acting_as(self.cast.co_supervisor):
            session = Session.objects.create(
                engagement=engagement, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=90), **fields
            )
            if presence:
                Attendance.objects.create(session=session, participation=mine, presence=presence)
        return session
