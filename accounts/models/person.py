import uuid
from typing import Final, Self

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from accounts.models.practice import Practice
from accounts.models.user import Language, User


class FinnishOrder(models.Func):
    """A text's sort key in Finnish order: case and accents aside, and å ä ö after z.

    The database computes and keeps it. It compares bytes (collation "C"), in which `{ | }` are the signs after z.
    """

    letters = "ÅÄÖåäöÉéÈèÜüÁáÀàŠšŽžÕõÓóÍíÑñ"
    signs = "{|}{|}EeEeUuAaAaSsZzOoOoIiNn"
    template = f"lower(translate(%(expressions)s, '{letters}', '{signs}') COLLATE \"C\")"


#: How many words of what somebody looks for are looked at.
MOST_WORDS: Final = 6


def containing(text: str, *columns: str) -> models.Q:
    """Return the condition that every word of `text` occurs in one of `columns`, texts in Finnish order.

    Case and accents aside: `andre` finds André. But ä is not a, nor ö o: to a Finn they are letters of their own.
    """
    every = models.Q()
    for word in text.split()[:MOST_WORDS]:
        some = models.Q()
        for column in columns:
            some |= models.Q(**{f"{column}__contains": FinnishOrder(Value(word))})
        every &= some
    return every


class PersonQuerySet(models.QuerySet["Person"]):
    def of_practices_of(self, user: User) -> Self:
        """Persons of the practices in which `user` works."""
        return self.filter(practice__in=Practice.objects.of(user))

    def without_examples(self) -> Self:
        return self.filter(example_of=None)

    def matching(self, text: str) -> Self:
        """Persons in whose name every word of `text` occurs."""
        return self.filter(containing(text, "sort_key"))


class Person(models.Model):
    """Somebody a practice deals with: a supervisee, a contact, a private payer. No other practice sees them.

    Without an e-mail address they are reached on paper. `user` is set by the database at the first proven login with
    that address; the application cannot set it. A made-up person of somebody's example process (`example_of`) has
    neither, for good: nobody can be mailed or come in by an example.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="persons")
    user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="persons")
    given_name = models.CharField(_("Given name"), max_length=60, blank=True)
    family_name = models.CharField(_("Family name"), max_length=60)
    email = models.EmailField(_("E-mail"), blank=True)
    language = models.CharField(_("Language"), max_length=2, choices=Language, default=Language.FI)
    example_of = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="+", db_index=False)
    sort_key = models.GeneratedField(
        expression=FinnishOrder(Concat("family_name", Value(" "), "given_name")),
        output_field=models.CharField(max_length=130, db_collation="C"),
        db_persist=True,
    )

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("persons")
        ordering = ["sort_key"]
        constraints = [
            models.CheckConstraint(
                condition=Q(example_of=None) | Q(email="", user=None), name="person_example_has_no_address"
            )
        ]
        indexes = [
            models.Index(fields=["practice", "sort_key"], name="person_by_name"),
            models.Index(models.functions.Lower("email"), name="person_by_address", condition=~Q(email="")),
            models.Index(fields=["example_of"], name="person_of_example", condition=Q(example_of__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    def clean(self) -> None:
        self.email = self.email.strip().lower()
