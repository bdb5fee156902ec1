"""Billing for the demonstration: travel noted for some sessions, what is older than last month invoiced."""

from datetime import datetime

from django.db import transaction

from accounts.models import ClientOrganisation, User
from audit import asking
from billing.actions import blocker_to_travel, mark_invoiced, note_travel
from billing.reading import A_MONTH, Inside, all_open, month_of
from sessions.models import Session, SessionState
from tyonohjaus import demonstration


@transaction.atomic
def bill(now: datetime) -> None:
    lead = User.objects.get(email=demonstration.SUPERVISOR)
    asking.become(lead)
    ClientOrganisation.objects.filter(name="Päiväkoti Otso").update(
        invoicing_address="Otson kaupunki, ostolaskut\nPL 100\n00511 Helsinki", einvoice_address="003799000018",
        einvoice_operator="003721291126", invoicing_reference="Kustannuspaikka 4711",
    )  # fmt: skip
    held = Session.objects.led_by(lead).filter(state=SessionState.HELD, engagement__client__isnull=False)
    for session in held.select_related("engagement"):
        if not blocker_to_travel(session):
            note_travel(session, kilometres=36, by=lead, now=now)
    last = month_of(now) - A_MONTH
    for found in reversed(all_open(Inside(lead), now)):
        if found.key.lead == lead.pk and found.key.month < last:
            mark_invoiced(found.key, seen=found.seen, invoice_number="", by=lead, now=now)
    asking.become(None)
