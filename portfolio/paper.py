"""The professional summary as a file, for tenders and clients: what its owner chose, and nothing of any supervision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import translation

from accounts.models import User
from documents.pdf import render
from portfolio.hours import Hours, hours_of, own_toto
from portfolio.models import Choice, Commitment, Experience, Part, Spoken, Standing, Training
from portfolio.models.qualification import spoken_by

SHEET = "print-portfolio.css"


@dataclass(frozen=True)
class Summary:
    """What stands in the file; None where its owner left a part out."""

    name: str
    made_on: date
    title: bool
    trainings: Sequence[Training] | None
    standings: Sequence[Standing] | None
    sectors: Sequence[Experience] | None
    languages: Sequence[Spoken] | None
    commitments: Sequence[Commitment] | None
    hours: Hours | None


def collect(user: User, choice: Choice, today: date) -> Summary:
    """Return what `user` has chosen to tell. At most seven queries."""
    chosen = set(choice.parts)
    standings = list(Standing.objects.owned_by(user)) if Part.STANDING in chosen else None
    return Summary(
        name=user.name,
        made_on=today,
        title=any(each.carries_title(today) for each in standings or ()),
        trainings=list(Training.objects.owned_by(user)) if Part.TRAINING in chosen else None,
        standings=standings,
        sectors=list(Experience.objects.owned_by(user)) if Part.SECTORS in chosen else None,
        languages=spoken_by(user) if Part.LANGUAGES in chosen else None,
        commitments=list(Commitment.objects.owned_by(user)) if Part.ETHICS in chosen else None,
        hours=hours_of(user, own_toto()) if Part.HOURS in chosen else None,
    )


def rendered(summary: Summary, language: str) -> bytes:
    """Return the file in `language` (fi, sv, en)."""
    with translation.override(language):
        return render("pdf/portfolio.html", {"summary": summary}, language, draft=False, sheet=SHEET)
