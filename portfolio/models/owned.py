"""What all rows of a portfolio have in common: one owner, a user, whatever practice they work in."""

from typing import Any, Final, Generic, Self, TypeVar

from django.db import models

from accounts.models import User

FIRST_YEAR: Final = 1940
LAST_YEAR: Final = 2100
#: Letters of a line: a name, a place, a title.
LINE: Final = 160

Row = TypeVar("Row", bound=models.Model)


class OwnedQuerySet(models.QuerySet[Row], Generic[Row]):
    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)


def owned() -> Any:
    return models.ForeignKey(User, models.CASCADE, related_name="+")
