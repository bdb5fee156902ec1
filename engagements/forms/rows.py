"""Rows of a page: people, goals, reporting lines. A row left empty is no row, and emptying one takes it away."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.http import QueryDict

MOST_ROWS = 40


class Row(forms.Form):
    """One row. `key` names the field without which the row is not there."""

    key = ""
    use_required_attribute = False

    @property
    def is_filled(self) -> bool:
        return bool(self.cleaned_data.get(self.key))


class Rows(BaseFormSet):  # type: ignore[type-arg]
    """The rows of one kind, some of them blank."""

    def filled(self) -> list[dict[str, Any]]:
        """Return the cleaned data of the rows that are there. The rows must be valid."""
        return [form.cleaned_data for form in self.forms if form.is_filled]


def rows_of(form: type[Row], *, kind: type[Rows] = Rows, most: int = MOST_ROWS) -> type[Rows]:
    made = formset_factory(form, formset=kind, extra=0, max_num=most, absolute_max=most)
    return cast(type[Rows], made)


def make_rows(
    kind: type[Rows],
    prefix: str,
    data: QueryDict | None,
    initial: Sequence[Mapping[str, Any]],
    *,
    more: str = "",
    **form_kwargs: Any,
) -> Rows:
    """Return the rows as sent in `data`, else `initial`; an empty one when there is none or `more` names the prefix.

    Without JavaScript a row is asked for by sending the page with `add` = the prefix: there is one more then.
    """
    if data is not None and data.get("add") == prefix:
        data = data.copy()
        number = data.get(f"{prefix}-TOTAL_FORMS", "")
        data[f"{prefix}-TOTAL_FORMS"] = str(int(number) + 1) if number.isdigit() else "1"
    # What was sent is the whole truth: with a stored row beside it, an equal one would count as left empty.
    shown = [dict(row) for row in initial] if data is None else []
    rows = kind(data, prefix=prefix, initial=shown, form_kwargs=form_kwargs)
    rows.extra = 0 if shown and more != prefix else 1
    return rows
