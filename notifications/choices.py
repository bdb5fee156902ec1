"""What recipients have chosen: of what they want to hear, when it is quiet for them, whether what can wait is gathered.

A person's own choice comes first, then that of their practice, then what is usual. Whoever declines by the link in a
mail declines as the person it went to, and what they decline in their account they decline everywhere.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.models import OuterRef, Subquery

from accounts.models import Membership, Person, User
from notifications.models import Preference
from notifications.quiet import USUAL, Quiet


class Layer(NamedTuple):
    """One row of choices, or the lack of it: then `declined` is None."""

    declined: Sequence[str] | None
    rhythm: str | None
    quiet_from: int | None
    quiet_until: int | None


@dataclass(frozen=True)
class Choices:
    """What counts for one recipient."""

    declined: frozenset[str] = frozenset()
    rhythm: str = Preference.Rhythm.SINGLE
    quiet: Quiet = USUAL

    @property
    def gathers(self) -> bool:
        return self.rhythm != Preference.Rhythm.SINGLE


AS_USUAL: Final = Choices()


def choices_of(ids: Collection[UUID]) -> Mapping[UUID, Choices]:
    """Return the choices of the persons and users of these ids, as the worker may read them. Two queries."""
    layers = [
        *Person.objects.filter(pk__in=ids).values_list(
            "pk", *columns("user__preference"), *columns("preference"), *columns("practice__preference")
        ),
        *User.objects.filter(pk__in=ids)
        .annotate(**{f"default_{name}": first_practice(f"practice__preference__{name}") for name in Layer._fields})
        .values_list("pk", *columns("preference"), *(f"default_{name}" for name in Layer._fields)),
    ]
    return {row[0]: settle(cut(row[1:])) for row in layers}


def columns(path: str) -> list[str]:
    return [f"{path}__{name}" for name in Layer._fields]


def first_practice(value: str) -> Subquery:
    """The practice whose defaults count for a user who works in several: where they have been longest."""
    mine = Membership.objects.current().filter(user=OuterRef("pk"))
    return Subquery(mine.order_by("since", "pk").values(value)[:1])


def cut(values: Sequence[Any]) -> list[Layer]:
    size = len(Layer._fields)
    return [Layer(*values[start : start + size]) for start in range(0, len(values), size)]


def settle(layers: Sequence[Layer]) -> Choices:
    """Return what counts of somebody's `layers`: their own first, the last one that of their practice."""
    own, default = [layer for layer in layers[:-1] if layer.declined is not None], layers[-1]
    declined = [name for layer in own for name in layer.declined or ()] if own else default.declined or ()
    return Choices(frozenset(declined), rhythm_of(layers), quiet_of(layers))


def layer_of(row: Preference) -> Layer:
    return Layer(row.declined, row.rhythm, row.quiet_from, row.quiet_until)


def rhythm_of(layers: Iterable[Layer]) -> str:
    return next((layer.rhythm for layer in layers if layer.rhythm), Preference.Rhythm.SINGLE)


def quiet_of(layers: Iterable[Layer]) -> Quiet:
    return next(
        (
            Quiet(layer.quiet_from, layer.quiet_until)
            for layer in layers
            if layer.quiet_from is not None and layer.quiet_until is not None
        ),
        USUAL,
    )
