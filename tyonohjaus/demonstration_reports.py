"""Reports for the demonstration: one that the client has received, and one that its supervisees are asked about."""

from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from accounts.models import User
from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from engagements.models import Engagement, Told
from evaluations.rounds.usual import local_day
from reports.actions import approving, releasing, remarks, writing
from reports.models import Kind, Remark, Report, Verdict
from reports.paper import rendered
from reports.reading import current, current_body
from reports.text import Section
from tyonohjaus import demonstration

FIRST: Final = """Olemme tarkastelleet sitä, miten työ ryhmissä jakautuu ja miten vaikeat asiat otetaan puheeksi.

Iltapäivien siirtymähetkiin kokeiltiin tapaa, jossa sama aikuinen on aina portilla. Kokeilu on jäänyt käyttöön."""
SECOND: Final = """Työnohjauksessa on keskitytty palautumiseen ja siihen, miten kuormasta sovitaan viikkopalaverissa.

Seuraavaksi katsomme, miten uudet työntekijät otetaan mukaan."""
SUGGESTED: Final = "Seuraavaksi katsomme, miten uudet työntekijät ja sijaiset otetaan mukaan."


def report(now: datetime) -> None:
    """Write two reports of the first process. Committed step by step, since the worker lets one leave."""
    lead = User.objects.get(email=demonstration.SUPERVISOR)
    supervisee = User.objects.get(email=demonstration.SUPERVISEE)
    handed = now - releasing.UNDO - timedelta(minutes=1)
    with transaction.atomic():
        asking.become(lead)
        process = Engagement.objects.led_by(lead).get(title=demonstration.PLANS[0].title)
        today = local_day(now)
        began = process.starts_on or today
        first = written(process, (Told.THEMES, Told.TEXT), FIRST, began, 30, lead, handed)
        ask(first, lead, handed)
        approved(first, lead, supervisee, handed)
        asking.become(lead)
        revision = current(first)
        rendered(first, revision, now=handed)
        revision.refresh_from_db()
        releasing.hand_over(first, seen=revision.pdf_sha256, by=lead, now=handed)
    with as_role(Role.WORKER):
        releasing.move(now)
    with transaction.atomic():
        asking.become(lead)
        second = written(
            process, (Told.THEMES, Told.AGGREGATES, Told.TEXT), SECOND, today - timedelta(days=29), 0, lead, now
        )
        writing.share(second, by=lead, now=now)
        asking.become(supervisee)
        quote = SECOND.split("\n\n")[1]
        remarks.remark(
            second, Told.TEXT, quote, SUGGESTED, kind=Remark.Kind.SUGGESTION, by=supervisee, now=now
        )  # fmt: skip
        asking.become(lead)
        ask(second, lead, now)
        asking.become(None)


def written(
    process: Engagement, sections: tuple[str, ...], words: str, since: date, ago: int, lead: User, now: datetime
) -> Report:
    """Begin an interim report of the days from `since` to `ago` days before today, with `words` of the supervisor's."""
    made = writing.begin(
        process, kind=Kind.INTERIM, since=since, until=local_day(now) - timedelta(days=ago), sections=sections,
        language="fi", by=lead, now=now,
    )  # fmt: skip
    body = current_body(made)
    section = body.section(Told.TEXT) or Section(Told.TEXT)
    writing.write(made, body.having(Section(Told.TEXT, section.rows, words)), upon=made.revision, by=lead, now=now)
    return made


def ask(report: Report, lead: User, now: datetime) -> None:
    approving.ask(report, answer_by=local_day(now) + timedelta(days=approving.USUAL), by=lead, now=now)


def approved(report: Report, lead: User, supervisee: User, now: datetime) -> None:
    """Let everybody approve: who has an account by themselves, the others in a session."""
    seen = current(report).hash
    for one in report.engagement.participations.current().select_related("person"):
        if one.person.user_id == supervisee.pk:
            asking.become(supervisee)
            approving.give(report, one, Verdict.APPROVES, seen=seen, by=supervisee, now=now)
            asking.become(lead)
        else:
            approving.record_in_session(report, one, seen=seen, by=lead, now=now)
