"""What is asked on the way in: a file, and how its columns are read."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Practice, User
from documents.uploads import shown_name
from formats import Unreadable
from sessions.importing.sheets import (
    COLUMNS,
    HEADING_WITHIN_ROWS,
    MOST_COLUMNS,
    BrokenFile,
    Layout,
    Table,
    column_name,
    guessed,
    missing_of,
)
from transfer.archive.keys import TransferKey
from transfer.importing import actions
from transfer.importing.looking import KINDS, NAMES, shown
from transfer.models import ImportBatch

#: Values shown of a column, so that one sees what is in it.
EXAMPLES: Final = 2


class UploadForm(forms.Form):
    """A file, what is in it, and for which practice; where there is one choice it is not asked."""

    kind = forms.ChoiceField(label=_("What the file holds"), widget=forms.RadioSelect)
    practice = forms.ModelChoiceField(Practice.objects.none(), label=_("Practice"))
    file = forms.FileField(
        label=_("File"), help_text=_("An Excel workbook (.xlsx) or a list (.csv), at most 10 MB and 20,000 rows."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,text/csv"}),
        error_messages={"required": _("Choose a file."), "empty": _("This file is empty.")},
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.content = b""
        practices = Practice.objects.of(user)
        supervises = Practice.objects.supervised_by(user).exists()
        kinds = list(ImportBatch.Kind) if supervises else [ImportBatch.Kind.CLIENTS]
        choices = [(kind.value, capfirst(kind.label)) for kind in kinds]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]
        self.fields["kind"].initial = choices[0][0]
        self.fields["practice"].queryset = practices  # type: ignore[attr-defined]
        if len(found := list(practices[:2])) == 1:
            self.fields["practice"].required = False
            self.fields["practice"].widget = forms.HiddenInput()
            self.only: Practice | None = found[0]
        else:
            self.only = None

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_MAX_BYTES or getattr(file, "dropped", False):
            raise ValidationError(_("The file is larger than 10 MB."), code="big")
        self.content = file.read()
        try:
            actions.tables(self.content, shown_name(file.name or ""))
        except BrokenFile as error:
            raise ValidationError(str(error), code="broken") from None
        return file

    def clean(self) -> None:
        practice = self.cleaned_data.get("practice") or self.only
        if practice is None:
            return
        self.cleaned_data["practice"] = practice
        supervised = Practice.objects.supervised_by(self.user).filter(pk=practice.pk).exists()
        if self.cleaned_data.get("kind") == ImportBatch.Kind.WORK and not supervised:
            self.add_error("kind", _("Only who supervises in a practice brings processes in."))


class SheetForm(forms.Form):
    """How one sheet is read: as what, from which row on, and what each of its columns is."""

    kind = forms.ChoiceField(label=_("These rows are"), required=False)
    heading_row = forms.IntegerField(
        label=_("Row of the headings"), min_value=1, widget=forms.NumberInput(attrs={"data-width": "xs"})
    )

    def __init__(self, data: Any, *, title: str, table: Table, layout: Layout, of: str, prefix: str) -> None:
        self.title, self.table, self.of = title, table, of
        kinds = KINDS[ImportBatch.Kind(of)]
        self.layout = self.wanted(data, layout, prefix) if data is not None else layout
        #: Another kind or another row of headings: what stood in the columns is guessed anew.
        self.anew = data is not None and (self.layout.kind, self.layout.heading_row) != (
            layout.kind,
            layout.heading_row,
        )
        initial: dict[str, Any] = {"kind": self.layout.kind or "", "heading_row": self.layout.heading_row}
        initial |= {f"c{place}": name for place, name in self.layout.columns.items()}
        super().__init__(None if self.anew else data, initial=initial, prefix=prefix)
        self.fields["kind"].choices = [("", _("Left out")), *((kind, NAMES[kind]) for kind in kinds)]  # type: ignore[attr-defined]
        if self.layout.kind is not None:
            names: list[tuple[str, Any]] = [("", pgettext_lazy("column", "Not imported"))]
            names += [(name, column_name(self.layout.kind, name)) for name in COLUMNS[self.layout.kind]]
            for place, heading in self.headings():
                self.fields[f"c{place}"] = forms.ChoiceField(label=heading, required=False, choices=names)

    def wanted(self, data: Any, layout: Layout, prefix: str) -> Layout:
        """Return the layout with the kind and the row that were sent, its columns guessed anew when they are others."""
        kinds = KINDS[ImportBatch.Kind(self.of)]
        kind = next((one for one in kinds if one == data.get(f"{prefix}-kind")), None)
        try:
            row = int(data.get(f"{prefix}-heading_row", ""))
        except ValueError:
            row = layout.heading_row
        if (kind, row) == (layout.kind, layout.heading_row) or row not in self.numbers():
            return layout
        columns: dict[int, str] = {}
        if kind is not None:
            table = [each for each in self.table if each[0] == row] or self.table[:1]
            columns = dict(guessed(self.title, table, [kind]).columns)
        return Layout(layout.title, kind, row, columns)

    def numbers(self) -> list[int]:
        """Return the rows among which the headings are."""
        return [number for number, _cells in self.table[:HEADING_WITHIN_ROWS]]

    def headings(self) -> list[tuple[int, str]]:
        """Return the columns that have something in them, by their place, with the words above them."""
        above = next((cells for number, cells in self.table if number == self.layout.heading_row), ())
        width = min(max((len(cells) for _number, cells in self.table[:200]), default=0), MOST_COLUMNS)
        found: list[tuple[int, str]] = []
        for place in range(width):
            heading = shown(above[place]) if place < len(above) else ""
            if heading or self.examples(place):
                found.append((place, heading or str(_("Column %(number)d") % {"number": place + 1})))
        return found

    def examples(self, place: int) -> list[str]:
        below = (cells for number, cells in self.table if number > self.layout.heading_row)
        values = (shown(cells[place]) for cells in below if place < len(cells) and cells[place] is not None)
        return [value for _number, value in zip(range(EXAMPLES), values, strict=False)]

    def rows(self) -> list[tuple[forms.BoundField, list[str]]]:
        """The question about each column, with what stands in it."""
        if self.layout.kind is None:
            return []
        return [(self[f"c{place}"], self.examples(place)) for place, _heading in self.headings()]

    def clean_heading_row(self) -> int:
        row: int = self.cleaned_data["heading_row"]
        if row not in self.numbers():
            raise ValidationError(
                _("There is no heading on this row. It is one of the first twenty with something in them.")
            )
        return row

    def clean(self) -> None:
        if self.layout.kind is None:
            return
        kind, names = self.layout.kind, list(self.columns.values())
        for place, name in self.columns.items():
            if names.count(name) > 1:
                said = _("Two columns are read as %(name)s. Choose one of them.")
                self.add_error(f"c{place}", ValidationError(said, params={"name": column_name(kind, name)}))
                return
        if missing := missing_of(kind, names):
            lacking = _("No column is read as %(names)s, without which these rows cannot come in.")
            listed = ", ".join(column_name(kind, name) for name in missing)
            self.add_error(None, ValidationError(lacking, params={"names": listed}))

    @property
    def columns(self) -> dict[int, str]:
        if not hasattr(self, "cleaned_data"):
            return dict(self.layout.columns)
        return {
            int(field.removeprefix("c")): value
            for field, value in self.cleaned_data.items()
            if value and field.removeprefix("c").isdecimal()
        }

    def chosen(self) -> Layout:
        return Layout(self.layout.title, self.layout.kind, self.layout.heading_row, self.columns)


class ColumnsForm:
    """The sheets of one file together."""

    def __init__(self, data: Any, *, batch: ImportBatch, tables: Sequence[tuple[str, Table]]) -> None:
        self.batch = batch
        layouts = actions.layouts_of(batch)
        self.sheets = [
            SheetForm(data, title=title, table=table, layout=layout, of=batch.kind, prefix=f"s{number}")
            for number, ((title, table), layout) in enumerate(zip(tables, layouts, strict=True))
            if table
        ]
        self.sent = data is not None
        self.empty = False

    def save(self) -> bool:
        """Keep what was chosen; return whether to go on: False where something is wrong, or has been guessed anew."""
        if not self.sent:
            return False
        valid = [sheet.anew or sheet.is_valid() for sheet in self.sheets]
        if not all(valid):
            return False
        anew = any(sheet.anew for sheet in self.sheets)
        chosen = iter([sheet.layout if sheet.anew else sheet.chosen() for sheet in self.sheets])
        shown_here = {sheet.prefix for sheet in self.sheets}
        layouts = [
            next(chosen) if f"s{number}" in shown_here else layout
            for number, layout in enumerate(actions.layouts_of(self.batch))
        ]
        self.empty = not any(layout.kind for layout in layouts)
        if self.empty:
            return False
        actions.keep_layouts(self.batch, layouts)
        return not anew


class ReceiverForm(forms.Form):
    """The transfer key of the installation to which a practice moves."""

    key = forms.CharField(
        label=_("Transfer key"), max_length=120,
        help_text=_("It begins with TOT1-. Whoever runs the other installation makes it: bin/manage transfer_key."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Paste the transfer key.")},
    )  # fmt: skip

    def clean_key(self) -> str:
        try:
            return str(TransferKey.read(self.cleaned_data["key"]))
        except Unreadable as error:
            raise ValidationError(str(error), code=error.code) from None
