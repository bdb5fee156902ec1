"""What grows in the demonstration: goals that get on, a board, and a diary, which even there only its author reads."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from accounts.models import User
from audit import asking
from engagements.actions import describe_levels
from engagements.models import LEVELS as LEVEL_NUMBERS
from engagements.models import Engagement, Goal, GoalLevels, Theme
from formats.clock import HELSINKI
from sessions.board.actions import put_up
from sessions.diary.actions import write
from sessions.models import SessionState
from sessions.progress.actions import note_progress

DIALOGUE: Final = "Puhumme vaikeistakin asioista ajoissa ja toisiamme kunnioittaen"
WELLBEING: Final = "Tunnistamme kuormituksen merkit ja jaamme työn kohtuullisesti"
LEVELS: Final[Mapping[str, Sequence[str]]] = {
    DIALOGUE: (
        "Otamme asiat puheeksi heti, myös esihenkilön kanssa",
        "Otamme asiat puheeksi samalla viikolla",
        "Otamme asiat puheeksi seuraavassa tiimipalaverissa",
        "Osa asioista jää puhumatta tai puhutaan vain pareittain",
        "Vaikeista asioista ei puhuta yhdessä",
    ),
    WELLBEING: (
        "Jaamme työn uudelleen ennen kuin kukaan kuormittuu",
        "Jaamme työn uudelleen, kun joku pyytää",
        "Kuormituksesta puhutaan joka viikko ja siitä sovitaan jotain",
        "Kuormitus huomataan, mutta siitä ei sovita mitään",
        "Kuormitus näkyy vasta poissaoloina",
    ),
}
#: At which held session, of which goal, what.
NOTED: Final = (
    (0, DIALOGUE, -1, "Ryhmän oma arvio ensimmäisellä kerralla: monta asiaa odottaa sanojaansa."),
    (0, WELLBEING, -2, ""),
    (1, DIALOGUE, 0, "Kaksi vaikeaa asiaa otettiin esiin tiimipalaverissa, ja molemmista sovittiin jatko."),
    (1, WELLBEING, 0, "Viikkopalaverissa on nyt oma kohta kuormitukselle."),
)
OWN: Final = "Sanon ei, kun kalenteri on täynnä"
OWN_LEVELS: Final = (
    "Sanon ei rauhallisesti ja ehdotan toista tapaa",
    "Sanon ei useimmiten heti",
    "Sanon ei ainakin kerran viikossa",
    "Sanon ei vasta jälkikäteen",
    "Suostun kaikkeen",
)


def grow(engagement: Engagement, *, lead: User, supervisee: User, now: datetime) -> None:
    """Give `engagement` progress of its goals, an own goal of `supervisee`, a board, and their diary."""
    asking.become(lead)
    held = list(engagement.sessions.filter(state=SessionState.HELD).order_by("starts_at"))
    goals = {goal.text: goal for goal in engagement.goals.shared()}
    for number, text, level, remark in NOTED:
        session = held[number]
        note_progress(goals[text], level=level, remark=remark, session=session, by=lead, now=session.ends_at)
    owner = engagement.participations.get(person__user=supervisee)
    own = Goal.objects.create(engagement=engagement, owner=owner, theme=Theme.IDENTITY, text=OWN, position=2)
    began = held[0].ends_at
    describe_levels(
        own, dict(zip(LEVEL_NUMBERS, OWN_LEVELS, strict=True)), agreed_how=GoalLevels.How.SESSION,
        agreed_on=began.astimezone(HELSINKI).date(), agreed_by="Ohjattava ja työnohjaaja", by=lead, now=began,
    )  # fmt: skip
    put_up(
        engagement, "Kun yksi sanoo ääneen, muutkin uskaltavat.", theme=Theme.DIALOGUE, by=lead,
        now=now - timedelta(days=20),
    )  # fmt: skip
    asking.become(supervisee)
    note_progress(own, level=-1, remark="Huomaan tilanteen, mutta vasta illalla.", by=supervisee, now=now)
    put_up(
        engagement, "Palaverin alussa jokainen sanoo yhdellä lauseella, miten voi. Se vie neljä minuuttia.",
        theme=Theme.WELLBEING, by=supervisee, now=now - timedelta(days=6),
    )  # fmt: skip
    write(
        uuid4(), "Minulle jäi mieleen, miten hiljaista oli, kun Ville kertoi viime viikosta.\n\nSeuraavalla kerralla"
        " haluan kysyä muilta, mitä he ajattelivat.", 0, engagement=engagement.pk, by=supervisee,
        now=now - timedelta(days=5),
    )  # fmt: skip
