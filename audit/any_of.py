"""`field__any_of=subquery`: the ids of a subquery, found once and then looked up by the index of the field.

Where row-level security adds conditions of its own, PostgreSQL turns `IN (SELECT …)` into a join and begins it at the
larger end: for who administers a practice, with every row of the practice. An array is a constant to it.
"""

from typing import Any

from django.db import models
from django.db.models.lookups import Lookup


@models.ForeignKey.register_lookup
@models.UUIDField.register_lookup
class AnyOf(Lookup):
    """Takes a queryset of one column."""

    lookup_name = "any_of"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, values = self.process_lhs(compiler, connection)
        self.rhs.clear_ordering(clear_default=True)
        ids, more = compiler.compile(self.rhs)
        return f"{left} = ANY(ARRAY{ids})", (*values, *more)
