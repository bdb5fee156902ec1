"""Tasks between sessions for the demonstration: one discussed, one answered and new to read, two to be done."""

from datetime import datetime, timedelta
from typing import Any, Final

from accounts.models import User
from audit import asking
from engagements.models import Engagement
from formats.clock import HELSINKI
from sessions.models import SessionState, Task
from sessions.tasks import actions, answering

DISCUSSED: Final = """Merkitse joka päivä muistiin **yksi hetki**, jolloin vaikea asia tuli puheeksi ajoissa.

- Mitä tapahtui?
- Mikä auttoi sanomaan asian?
"""
ANSWER: Final = """Huomasin, että asia tulee puheeksi helpoimmin siirtymissä: kun vaihdamme vuoroa tai siivoamme.

Kerran otin puheeksi sijaisen perehdytyksen heti aamulla. Jännitti, mutta keskustelu kesti viisi minuuttia.
Loppupäivä oli kevyempi.
"""
OPEN: Final = (
    "Sopikaa parin kanssa yksi kokeilu, jolla jaatte kuormaa aamuvuorossa. Kirjoita lyhyesti, mitä kokeilitte."
)
OPEN_ANSWER: Final = """Kokeilimme Åsan kanssa, että toinen hoitaa puhelimen ja ovet, toinen on koko ajan ryhmässä.

Rauhallisempi alku, mutta kolmatta tarvitaan kun joku on poissa.
"""
COMMENT: Final = "Tärkeä huomio tuo kolmas. Otetaan se puheeksi, kun tapaamme."
TO_DO: Final = "Piirrä tai kuvaa paikka, jossa työpäivän aikana saat levätä hetken. Tuo kuva mukanasi."
OWN: Final = "Mieti kolme tilannetta, joissa huomasit oman jaksamisesi rajan. Yksi lause kustakin riittää."


def tasks(engagement: Engagement, *, lead: User, supervisee: User, now: datetime) -> None:
    """Give tasks in `engagement` as `lead`, and answer some as `supervisee`, who takes part in it."""
    held = list(engagement.sessions.filter(state=SessionState.HELD).order_by("starts_at"))
    before, last = held[-2:]
    mine = engagement.participations.get(person__user=supervisee)

    def give(text: str, at: datetime, **values: Any) -> Task:
        fields: dict[str, Any] = {"to": None, "due_on": None, "until_next": True, "session": None, "by": lead}
        fields |= {"visibility": Task.Visibility.SUPERVISORS, "text": text, "now": at}
        asking.become(lead)
        return actions.give(engagement, **fields | values)

    def answer(task: Task, text: str, at: datetime) -> None:
        asking.become(supervisee)
        answering.save(task, mine, text=text, rev=0, by=supervisee, now=at, giving=True)

    discussed = give(DISCUSSED, before.ends_at, session=before, visibility=Task.Visibility.EVERYONE)
    answer(discussed, ANSWER, last.starts_at - timedelta(days=2))
    asking.become(lead)
    actions.discuss(discussed, session=last, by=lead, now=last.ends_at)

    tried = give(OPEN, last.ends_at, session=last, visibility=Task.Visibility.EVERYONE)
    answer(tried, OPEN_ANSWER, min(last.ends_at + timedelta(days=1), now - timedelta(hours=1)))
    asking.become(lead)
    actions.comment(tried.answers.get(), COMMENT, by=lead, now=now)
    day = now.astimezone(HELSINKI).date() + timedelta(days=5)
    give(TO_DO, last.ends_at, session=last, until_next=False, due_on=day)
    give(OWN, last.ends_at, session=last, to=[mine])
