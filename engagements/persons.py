"""Whom one meets in processes: the persons that somebody may see."""

from uuid import UUID

from django.db.models import BooleanField, F, Func
from django.db.models.expressions import RawSQL

from accounts.models import Person, Practice, User
from accounts.models.person import PersonQuerySet


def met_by_asker() -> PersonQuerySet:
    """Persons of the processes that who asks leads: supervisees, parties of a contract, contacts of its client.

    Nobody who is made up for an example: there is nothing to know of them but their names.
    """
    return Person.objects.without_examples().filter(pk__in=RawSQL("SELECT sec.met_persons()", []))


def administered_by(user: User) -> PersonQuerySet:
    """Persons to whom an administrator of the practice writes: supervisees of what has been offered, and contacts.

    Which of them meet in which process is not theirs to know.
    """
    practices = list(Practice.objects.administered_by(user).values_list("pk", flat=True))
    written_to = Func(F("pk"), function="sec.is_written_to", output_field=BooleanField())
    return Person.objects.without_examples().filter(written_to, practice__in=practices)


def known_to(user: User, pk: UUID) -> PersonQuerySet:
    """The person `pk`, if `user` may open their page: as a supervisor of theirs or an administrator of the practice."""
    met = met_by_asker().filter(pk=pk)
    return met if met.exists() else administered_by(user).filter(pk=pk)
