"""Supervisees whom no mail reaches: their supervisor hands them the link."""

from evaluations.models import Invitation, Round, RoundState


def without_mail(round_: Round) -> list[Invitation]:
    """Return who is asked in an open round and has neither an address nor an account, by name."""
    if round_.state != RoundState.OPEN:
        return []
    asked = round_.invitations.filter(person__email="", person__user=None, participation__isnull=False)
    return list(asked.select_related("person").order_by("person__sort_key", "pk"))
