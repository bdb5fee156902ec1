"""The lines of a statement as a CSV file: what an invoicing programme or a spreadsheet needs, and no name or topic."""

from collections.abc import Iterator, Sequence
from typing import Final

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.pricing import cents, ground_of
from billing.reading import Statement
from formats.csv_files import Value, write_csv
from formats.days import write_day

#: The columns in their order, and their headings.
COLUMNS: Final = (
    gettext_lazy("Month"), gettext_lazy("Reference number"), gettext_lazy("Invoice number"), gettext_lazy("Day"),
    gettext_lazy("What"), gettext_lazy("Correction"), gettext_lazy("Minutes"), gettext_lazy("Quantity"),
    gettext_lazy("Unit"), gettext_lazy("Unit price without VAT, €"), gettext_lazy("Charged, %"),
    gettext_lazy("Without VAT, €"), gettext_lazy("VAT, %"), gettext_lazy("With VAT, €"),
    gettext_lazy("Ground of the VAT class"), gettext_lazy("Order number"), gettext_lazy("Framework agreement"),
    gettext_lazy("Own reference"), gettext_lazy("Reference of the payer"),
)  # fmt: skip


def as_csv(found: Statement) -> bytes:
    """Return the file: a heading, and a row a line."""
    return write_csv(([str(heading) for heading in COLUMNS], *rows(found)))


def rows(found: Statement) -> Iterator[Sequence[Value]]:
    basis = found.basis
    for part in found.parts:
        for line in part.lines:
            yield [
                f"{found.key.month:%Y-%m}", basis.reference if basis else "", basis.invoice_number if basis else "",
                write_day(line.day), capfirst(line.get_kind_display()), _("yes") if line.corrects else "",
                line.minutes, line.quantity,
                line.get_unit_display(), line.price, line.percent, line.net, line.vat_rate,
                cents(line.net * (1 + line.vat_rate / 100)), ground_of(line.vat_class, [line.vat_reason.strip()]),
                line.order_reference,
                line.framework_reference, part.engagement.reference, found.party.invoicing_reference,
            ]  # fmt: skip
