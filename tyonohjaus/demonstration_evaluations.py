"""Evaluations for the demonstration: closed rounds with results, something agreed to change, and one open to answer.

A round is answered by links, which the worker alone mints, and closed by the worker alone. So this comes after the
practice is there: committed step by step, by whom each step takes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction

from accounts.models import ClientOrganisation, Practice, User
from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from engagements.models import Engagement
from evaluations import answers, links
from evaluations.answering import sheet
from evaluations.effects import crowds
from evaluations.effects.totals import tell
from evaluations.models import Invitation, Mode, QuestionnaireKind, Round
from evaluations.questions import Answer, Kind
from evaluations.results.changes import agree, look_again
from evaluations.rounds import closing
from evaluations.rounds.actions import ask_for_feedback, open_round, plan, usual_questions
from evaluations.rounds.usual import local_day
from sessions.models import Session, SessionState
from tyonohjaus import demonstration
from tyonohjaus import demonstration_billing as billing
from tyonohjaus import demonstration_portfolio as portfolio
from tyonohjaus import demonstration_reports as reports
from tyonohjaus.demonstration import is_there

__all__ = ["is_there", "make"]

#: Around which step of a scale from 1 to 5 each respondent answers, by round.
LEVELS: Final[Mapping[str, Sequence[int]]] = {
    QuestionnaireKind.BASELINE: (2, 3, 3, 2, 4, 3, 2),
    QuestionnaireKind.INTERIM: (3, 4, 3, 3, 4, 4, 3),
    QuestionnaireKind.FINAL: (4, 4, 4, 3, 5, 4, 4),
    QuestionnaireKind.SESSION: (4, 4, 3, 5, 4, 4, 4),
}
WORDS: Final[Mapping[str, Sequence[str]]] = {
    QuestionnaireKind.BASELINE: (
        "Toivon, että puhumme työnjaosta ennen kuin kukaan väsyy.",
        "Toivon rauhallista tilaa, jossa saa olla eri mieltä.",
        "Haluan oppia pyytämään apua ajoissa.",
    ),
    QuestionnaireKind.INTERIM: (
        "Siirtymähetkien kokeilu on helpottanut iltapäiviä.",
        "Otamme asiat puheeksi aiemmin kuin ennen. Esihenkilön kanssa se on vielä vaikeaa.",
        "Toivoisin enemmän aikaa yhden asian äärellä.",
    ),
    QuestionnaireKind.FINAL: (
        "Palaverit ovat lyhyempiä, ja niissä sovitaan jotain.",
        "Jään kaipaamaan tätä paikkaa ajatella yhdessä.",
    ),
    QuestionnaireKind.SESSION: ("Hyvä, että ehdimme puhua myös siitä, mikä on toiminut.",),
}
AGREED: Final = "Siirtymähetkellä on aina sama aikuinen portilla. Sovimme vuorot perjantaisin."
AGAIN: Final = "Kokeilu jäi tavaksi. Sairastapauksissa vuoro vaihtuu aamulla."
NEXT: Final = "Viikkopalaverissa on oma kohta asialle, joka on jäänyt sanomatta."


@dataclass(frozen=True)
class Past:
    """A round that has been: of which occasion, in which confidence, how many days ago it opened, and as which point of
    the contract.
    """

    kind: str
    mode: str
    opened: int
    point: str = ""


def make(now: datetime) -> Practice:
    """Make the demonstration practice, evaluate in its processes, report of one, bill, and fill a portfolio."""
    practice = demonstration.make(now)
    evaluate(now)
    reports.report(now)
    billing.bill(now)
    portfolio.fill(now)
    return practice


def evaluate(now: datetime) -> None:
    lead = User.objects.get(email=demonstration.SUPERVISOR)
    with transaction.atomic():
        asking.become(lead)
        processes = {each.title: each for each in Engagement.objects.led_by(lead).select_related("practice")}
    group = processes["Päiväkoti Otso, henkilöstö"]
    first = been(group, Past(QuestionnaireKind.BASELINE, Mode.ANONYMOUS, 62, "baseline"), lead, now)
    second = been(group, Past(QuestionnaireKind.INTERIM, Mode.ANONYMOUS, 24), lead, now)
    community = processes["Metsälän seurakunta, työyhteisö"]
    been(community, Past(QuestionnaireKind.BASELINE, Mode.CODED, 68, "baseline"), lead, now)
    been(community, Past(QuestionnaireKind.FINAL, Mode.CODED, 10, "final"), lead, now)
    been(processes["Terveysaseman johtaja"], Past(QuestionnaireKind.INTERIM, Mode.NAMED, 30), lead, now)
    with transaction.atomic():
        asking.become(lead)
        today = local_day(now)
        change = agree(first, AGREED, agreed_on=today - timedelta(days=40), by=lead, now=now)
        look_again(change, "done", AGAIN, in_round=second, by=lead, now=now)
        agree(second, NEXT, agreed_on=today - timedelta(days=9), by=lead, now=now)
    asked(group, lead, now)
    told_by_client(now)


def been(engagement: Engagement, past: Past, lead: User, now: datetime) -> Round:
    """Hold a round in the past: opened, answered by everybody, closed."""
    round_ = opened(engagement, past, lead, now - timedelta(days=past.opened))
    for number, token in enumerate(minted(round_)):
        answer(token, past.kind, number, now)
    with as_role(Role.WORKER):
        closing.close(round_.pk, now)
        if past.kind == QuestionnaireKind.FINAL:
            crowds.enter(round_.pk, now)
    with transaction.atomic():
        asking.become(lead)
        return Round.objects.select_related("engagement").get(pk=round_.pk)


def asked(engagement: Engagement, lead: User, now: datetime) -> None:
    """Ask for feedback on the last session: half of the group have answered, who can be entered as has not."""
    with transaction.atomic():
        asking.become(lead)
        last = Session.objects.filter(engagement=engagement, state=SessionState.HELD).order_by("starts_at").last()
        round_ = ask_for_feedback(last, by=lead, now=now) if last else None
    if round_:
        for number, token in enumerate(minted(round_, without=demonstration.SUPERVISEE)[:3]):
            answer(token, QuestionnaireKind.SESSION, number, now)


@transaction.atomic
def opened(engagement: Engagement, past: Past, lead: User, at: datetime) -> Round:
    asking.become(lead)
    round_ = plan(
        engagement, kind=past.kind, questionnaire=usual_questions(engagement, past.kind), mode=past.mode,
        opens_on=None, closes_on=local_day(at) + timedelta(days=14), point=past.point, by=lead, now=at,
    )  # fmt: skip
    open_round(round_, by=lead, now=at)
    return round_


def minted(round_: Round, *, without: str = "") -> list[str]:
    with as_role(Role.WORKER):
        invited = Invitation.objects.filter(round=round_).exclude(person__email=without).order_by("person__email")
        return [links.mint(invitation.pk) for invitation in invited]


def answer(token: str, kind: str, number: int, now: datetime) -> None:
    """Answer as the holder of a link does: marked in one transaction, put in by another."""
    standing = links.standing_of(token)
    if standing is None:
        return
    with transaction.atomic():
        asking.come_by_link(standing.link)
        answers.mark_used()
    with transaction.atomic():
        asking.come_by_link(standing.link)
        asked_ = answers.asked()
        if asked_ is None:
            return
        pages = sheet.pages_for(asked_)
        given: dict[str, Answer] = {}
        for place, page in enumerate(pages):
            said = answer_to(page, kind, number, place)
            if said is not None:
                given[page.key] = said
        consents = True if asked_.mode == Mode.NAMED else None
        questions = [page.question for page in pages]
        answers.put_in(asked_, links.answer_key(token), questions, given, consents=consents, now=now)


def answer_to(page: sheet.Page, kind: str, number: int, place: int) -> Answer | None:
    """Return what respondent `number` answers to the question at `place`: around their level, not always the same."""
    level = LEVELS[kind][number % len(LEVELS[kind])] + (-1, 0, 0, 1, 0)[(number * 2 + place) % 5]
    if page.is_text:
        words = WORDS[kind]
        return words[number] if number < len(words) else None
    if page.question.kind == Kind.SCALE:
        return min(10, max(0, 2 * level))
    if page.question.kind == Kind.CHOICE:
        return page.choices[number % len(page.choices)][0]
    if page.question.kind == Kind.GOALS:
        return min(2, max(-2, level - 3))
    return min(5, max(1, level))


@transaction.atomic
def told_by_client(now: datetime) -> None:
    """Let the client tell of two years what it knows of itself."""
    contact = User.objects.get(email=demonstration.CONTACT)
    asking.become(contact)
    organisation = ClientOrganisation.objects.represented_by(contact).get()
    for year, days, satisfaction in ((now.year - 2, 412, "3.90"), (now.year - 1, 371, "4.20")):
        values = {
            "employees": 34, "absence_days": days, "satisfaction": Decimal(satisfaction), "cost": None, "note": "",
        }  # fmt: skip
        tell(organisation, year, values, seen=0, by=contact, now=now)
