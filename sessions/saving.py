"""Texts that save themselves while they are written: memos, answers to tasks, entries of a diary.

What stands in such a row has a number, its `rev`. Whoever saves says upon which number they wrote. When another text
was saved meanwhile, nothing is overwritten: they get it beside their own, and choose. Who may write, how long a text
may be and what is kept of earlier ones is each room's own. The page's half of this is `static/js/autosave.js`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, Final, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import JsonResponse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext

from accounts.models import User
from formats.clock import write_clock, write_moment
from sessions.models import DiaryEntry, Memo, TaskAnswer

#: More often nothing is saved: the column holds no greater number.
MOST_REV: Final = 2**31 - 2

Saved = Memo | TaskAnswer | DiaryEntry
Row = TypeVar("Row", Memo, TaskAnswer, DiaryEntry)


class Conflict(ValidationError):
    """Another text was saved meanwhile: `row` is how it stands, `text` what it says (None: it cannot be opened).

    `by` saved it, where that can have been somebody else.
    """

    def __init__(self, row: Saved, text: str | None, by: User | None = None) -> None:
        super().__init__(gettext("Another text was saved meanwhile. Both stand here, and neither is lost."))
        self.row, self.text, self.by = row, text, by

    @property
    def whose(self) -> str:
        """Who saved it, or from where, and when."""
        when = write_moment(self.row.updated_at)
        if self.by is None:
            return gettext("Saved in another window or on another device, %(when)s") % {"when": when}
        return gettext("%(who)s saved this in between, %(when)s") % {"who": self.by.name, "when": when}


def put(row: Row, rev: int, **values: Any) -> bool:
    """Write `values` into `row` if its text is still number `rev`, compared and set in one step, and count it up.

    With 0 the row is made. Returns whether it was written: otherwise another was first, and nothing has changed.
    """
    values["rev"] = rev + 1
    for name, value in values.items():
        setattr(row, name, value)
    if rev:
        return bool(type(row)._default_manager.filter(pk=row.pk, rev=rev).update(**values))
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # made in two windows at once
        return False
    return True


class SavingForm(forms.Form):
    """A form with a text that saves itself. `writing` names its field."""

    use_required_attribute = False
    writing: ClassVar[str] = "text"

    #: What a browser remembers of it would be an old number.
    rev = forms.IntegerField(
        required=False, min_value=0, max_value=MOST_REV, widget=forms.HiddenInput(attrs={"autocomplete": "off"})
    )
    conflict: Conflict | None = None

    def clean_rev(self) -> int:
        return self.cleaned_data["rev"] or 0

    def show_both(self, conflict: Conflict) -> None:
        """Show what stands beside what was typed. To send it again is to put it in the place of the other."""
        self.conflict = conflict
        self.data = MultiValueDict({**dict(self.data), "rev": [str(conflict.row.rev)]})
        self.add_error(self.writing, conflict)


def answer(form: forms.Form, save: Callable[[], Saved | None], now: datetime) -> JsonResponse:
    """Save what a page sends by itself, and tell it what came of that.

    200: saved, with its number. 409: another text stands there, with its number, what it says and whose it is. 422: why
    it is refused. Where nothing is written yet and nothing was sent, nothing is saved and the number is 0.
    """
    if not form.is_valid():
        errors = [str(sentence) for sentences in form.errors.values() for sentence in sentences]
        return JsonResponse({"said": " ".join(errors)}, status=422)
    try:
        saved = save()
    except Conflict as conflict:
        told = {"rev": conflict.row.rev, "text": conflict.text, "whose": conflict.whose}
        return JsonResponse(told, status=409)
    except ValidationError as error:
        return JsonResponse({"said": " ".join(error.messages)}, status=422)
    return JsonResponse({"rev": saved.rev if saved else 0, "said": saved_at(now)})


def saved_at(now: datetime) -> str:
    return gettext("Saved at %(time)s") % {"time": write_clock(now, bare=True)}
