"""The second of the two transactions in which answers come in."""

import logging
from datetime import datetime
from uuid import UUID

from django.db import transaction

from evaluations import answers, links
from evaluations.answering import device, visit
from evaluations.answering.device import Device
from evaluations.answers import Taken
from evaluations.rounds.opening import soon

log = logging.getLogger(__name__)


def take_in(link: UUID, who: Device, *, now: datetime) -> None:
    """Put in what is kept on the device, and take it away there. What fails says so on the next page: it was not sent.

    Nothing is written down about it, neither who nor when: a line in the trail for each answer would give its time.
    """
    try:
        with transaction.atomic():
            what = visit.sheet_of(link)
            if what is None:
                return
            begun = visit.begun_by(who, what)
            if not begun.there:
                return
            questions = [page.question for page in what.pages]
            key = links.answer_key(who.token)
            given = {} if begun.consents is False else begun.answers
            taken = answers.put_in(what.asked, key, questions, given, consents=begun.consents, now=now)
            if taken == Taken.IN:
                device.drop(who)
    except Exception:
        log.exception("Answers were not put in; they may be sent again.")
    else:
        soon()
