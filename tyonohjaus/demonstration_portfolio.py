"""The portfolio of the demonstration's supervisor: a handful of rows of each sort, around the day it is made."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction

from accounts.models import Sector, User
from audit import asking
from formats.clock import HELSINKI
from portfolio import actions, ethics
from portfolio.models import Experience, Guideline, Kind, LogEntry, Spoken, Standing, Training, Unit
from tyonohjaus import demonstration

#: How many days ago, and what.
LOG: Final[Sequence[tuple[int, Mapping[str, Any], str]]] = (
    (12, {"kind": Kind.PEER, "minutes": 120, "title": "Vertaisryhmä: päättämisen paikat", "whom": "Neljä työnohjaajaa"},
     "Päättäminen alkaa jo ensimmäisestä tapaamisesta."),
    (47, {"kind": Kind.EDUCATION, "branch": "methods", "minutes": 360, "unit": Unit.LESSON,
          "title": "Etätyönohjauksen menetelmät", "whom": "Esimerkkiopisto"}, ""),
    (96, {"kind": Kind.TOTO, "minutes": 90, "title": "Oma työnohjaus ryhmässä", "whom": "Pirkko Pohja"}, ""),
    (203, {"kind": Kind.EDUCATION, "branch": "theory", "minutes": 540, "unit": Unit.LESSON,
           "title": "Systeeminen ajattelu työnohjauksessa", "whom": "Esimerkkiopisto"}, ""),
    (251, {"kind": Kind.PEER, "minutes": 120, "title": "Vertaisryhmä: kolmikanta", "whom": "Neljä työnohjaajaa"}, ""),
    (388, {"kind": Kind.TOTO, "minutes": 90, "title": "Oma työnohjaus ryhmässä", "whom": "Pirkko Pohja"}, ""),
    (420, {"kind": Kind.EDUCATION, "branch": "research", "minutes": 270, "unit": Unit.LESSON,
           "title": "Mitä vaikuttavuudesta tiedetään", "whom": "Työnohjauskonferenssi"}, ""),
)  # fmt: skip


@transaction.atomic
def fill(now: datetime) -> None:
    liisa = User.objects.get(email=demonstration.SUPERVISOR)
    asking.become(liisa)
    today = now.astimezone(HELSINKI).date()
    rows: list[tuple[Any, Mapping[str, Any]]] = [
        (Training(), {"kind": "supervisor", "programme": "Työnohjaajakoulutus", "provider": "Esimerkkiopisto",
                      "points": 60, "finished": today.year - 7, "verified_by": "Kaari Työnohjaus Oy",
                      "verified_on": date(today.year - 2, 8, 20)}),
        (Training(), {"kind": "other", "programme": "Kasvatustieteen maisteri", "provider": "Esimerkkiyliopisto",
                      "finished": today.year - 19}),
        (Standing(), {"kind": "student", "since": date(today.year - 9, 9, 1), "until": date(today.year - 7, 5, 31)}),
        (Standing(), {"kind": "full", "since": date(today.year - 7, 6, 1)}),
        (Experience(), {"sector": Sector.EARLY, "what": "Päiväkodin johtaja", "first": today.year - 18,
                        "last": today.year - 8}),
        (Experience(), {"sector": Sector.SOCIAL, "what": "Kehittämispäällikkö", "first": today.year - 8,
                        "last": today.year - 4}),
        (Spoken(), {"language": "fi", "level": "native"}),
        (Spoken(), {"language": "sv", "level": "fluent"}),
        (Guideline(), {"title": "Kaaren omat periaatteet", "dated": date(today.year - 1, 1, 15)}),
    ]  # fmt: skip
    for row, values in rows:
        actions.keep(row, values, by=liisa)
    for days, logged, note in LOG:
        entry = {"unit": Unit.HOUR, "day": today - timedelta(days=days), **logged}
        actions.keep_entry(LogEntry(), entry, note, by=liisa, now=now)
    shipped = ethics.versions([], [])[0]
    actions.commit_to(shipped, by=liisa, now=now - timedelta(days=3))
    asking.become(None)
