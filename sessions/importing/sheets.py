"""Opening .xlsx and .csv files: which sheets they hold, under which headings, row by row.

Bounds: 10 MB as a file, 100 MB unpacked, 20,000 rows with something in them, 64 columns.
"""

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from xml.etree.ElementTree import ParseError

import openpyxl
from django.utils.translation import gettext_lazy as _
from openpyxl.utils.exceptions import InvalidFileException

from formats import Unreadable
from formats.unreadable import folded

MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED_BYTES = 100 * 1024 * 1024
MOST_PARTS = 2_000
MOST_ROWS = 20_000
MOST_COLUMNS = 64
HEADING_WITHIN_ROWS = 20


class Kind(StrEnum):
    """What the rows of a sheet are."""

    PROCESSES = "processes"
    PEOPLE = "people"
    SESSIONS = "sessions"
    CLIENTS = "clients"


#: What a supervisor brings in; clients and their contacts are brought in by themselves.
WORK = (Kind.PROCESSES, Kind.PEOPLE, Kind.SESSIONS)

#: What sheets and columns are called, without accents; the first Finnish name of a column is how we name it back.
TITLES: Mapping[Kind, str] = {
    Kind.PROCESSES: "prosessit prosessi tyonohjaukset processer handledningar processes engagements",
    Kind.PEOPLE: "ohjattavat osallistujat henkilot handledda deltagare supervisees people participants",
    Kind.SESSIONS: "tapaamiset tapaamiskerrat istunnot kerrat moten traffar sessions meetings",
    Kind.CLIENTS: "tilaajat asiakkaat organisaatiot yhteyshenkilot bestallare kunder clients organisations contacts",
}
_CODE = "Tunnus|prosessi|prosessin tunnus|prosessitunnus|koodi|viite|nro|kod|processkod|code|process|reference"
COLUMNS: Mapping[Kind, Mapping[str, str]] = {
    Kind.PROCESSES: {
        "code": _CODE,
        "title": "Nimi|prosessin nimi|otsikko|namn|name|title",
        "client": "Tilaaja|asiakas|organisaatio|tyopaikka|bestallare|kund|client|client organisation|organisation",
        "business_id": "Y-tunnus|ytunnus|y tunnus|fo-nummer|business id",
        "form": "Muoto|tyonohjausmuoto|tyonohjauksen muoto|form",
        "focus": "Painopiste|laji|fokus|focus",
        "starts_on": "Alkaa|alku|aloitus|alkupvm|alkamispaiva|borjar|start|starts|starts on",
        "count": "Kertoja|kerrat|kertaa|krt|tapaamisia|kertojen maara|antal|antal moten|count|number of sessions",
        "rhythm": "Rytmi|tiheys|tapaamisrytmi|rytm|rhythm|frequency",
        "weekly": "Aika|ajankohta|vakioaika|klo|tid|time",
        "minutes": "Kesto|min|minuutit|pituus|langd|minuter|length|minutes|duration",
        "mode": "Tapa|toteutustapa|toteutus|satt|mode",
        "price": "Hinta|kertahinta|pris|price",
        "notice": "Peruutus|peruutusaika|peruutusehto|avbokning|cancellation|notice",
        "status": "Tila|vaihe|sopimus|status|state|contract",
    },
    Kind.PEOPLE: {
        "code": _CODE,
        "name": "Nimi|ohjattava|osallistuja|henkilo|namn|name",
        "family_name": "Sukunimi|efternamn|family name|last name|surname",
        "given_name": "Etunimi|etunimet|fornamn|given name|first name",
        "email": "Sähköposti|sahkopostiosoite|s-posti|sposti|osoite|email|e-mail|e-post|epost|address",
        "note": "Huom|huomautus|huomio|rooli|lisatieto|anm|anmarkning|roll|note|role",
    },
    Kind.SESSIONS: {
        "code": _CODE,
        "day": "Päivä|pvm|paivamaara|datum|dag|date|day",
        "clock": "Klo|kello|kellonaika|aika|alkaa|kl|tid|time|starts",
        "minutes": "Min|minuutit|kesto|pituus|minuter|langd|minutes|length|duration",
        "mode": "Tapa|toteutustapa|satt|mode",
        "place": "Paikka|plats|place",
        "state": "Tila|status|state",
        "note": "Muistiinpano|muistiinpanot|huom|anteckning|anteckningar|note|notes",
    },
    Kind.CLIENTS: {
        "client": "Tilaaja|asiakas|organisaatio|nimi|bestallare|kund|organisation|client|client organisation|name",
        "business_id": "Y-tunnus|ytunnus|y tunnus|fo-nummer|business id",
        "street": "Katuosoite|lahiosoite|osoite|gatuadress|adress|street|street address|address",
        "postcode": "Postinumero|postinro|postnummer|postcode|postal code|zip",
        "city": "Postitoimipaikka|paikkakunta|kunta|ort|postort|town|city",
        "contact": "Yhteyshenkilö|yhdyshenkilo|kontaktperson|kontakt|contact|contact person",
        "family_name": "Sukunimi|efternamn|family name|last name|surname",
        "given_name": "Etunimi|etunimet|fornamn|given name|first name",
        "title": "Tehtävä|tehtavanimike|nimike|titteli|titel|title|role",
        "email": "Sähköposti|sahkopostiosoite|s-posti|sposti|email|e-mail|e-post|epost",
        "phone": "Puhelin|puhelinnumero|puh|telefon|tel|phone|telephone",
    },
}
#: Each group needs one of its columns, or the sheet cannot be read.
NEEDED: Mapping[Kind, Sequence[Sequence[str]]] = {
    Kind.PROCESSES: [["code"], ["form"]],
    Kind.PEOPLE: [["code"], ["name", "family_name"]],
    Kind.SESSIONS: [["code"], ["day"], ["clock"]],
    Kind.CLIENTS: [["client"]],
}


class BrokenFile(Unreadable):
    """The file as a whole cannot be read; says why in a sentence."""


@dataclass(frozen=True)
class Row:
    """A row with something in it: its number as the spreadsheet shows it, and its cells by our column names."""

    number: int
    cells: Mapping[str, object]

    def __getitem__(self, column: str) -> object:
        return self.cells.get(column)


@dataclass(frozen=True)
class Sheet:
    """One kind of rows. `title` is the sheet's own name; `missing` the columns it needs and has not."""

    title: str
    kind: Kind
    heading_row: int
    rows: Sequence[Row]
    missing: Sequence[str] = ()
    captions: Sequence[int] = ()


@dataclass(frozen=True)
class Layout:
    """How a sheet is read: as what, under its row of this number, and which of our columns stand at which place.

    `kind` None: the sheet is left out.
    """

    title: str
    kind: Kind | None
    heading_row: int
    columns: Mapping[int, str]


@dataclass(frozen=True)
class Book:
    """All that was understood of a file; `unknown` are the titles of sheets of which nothing was."""

    sheets: Sequence[Sheet]
    unknown: Sequence[str] = ()


def column_name(kind: Kind, column: str) -> str:
    """Return the name by which a column is known to people, `Y-tunnus`."""
    return COLUMNS[kind][column].split("|")[0]


def _by_name(columns: Mapping[str, str]) -> dict[str, str]:
    return {folded(name): column for column, names in columns.items() for name in names.split("|")}


_COLUMN_OF = {kind: _by_name(columns) for kind, columns in COLUMNS.items()}


def open_book(path: Path) -> Book:
    """Return what a .xlsx or .csv file holds; what it is, its content says, not its name. Raises BrokenFile."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BrokenFile(_("The file is larger than 10 MB."))
        content = path.read_bytes()
    except OSError:
        raise BrokenFile(_("The file cannot be opened: %(path)s."), path=path) from None
    return read_book(content, title=path.stem)


def read_book(
    content: bytes, *, title: str = "", kinds: Sequence[Kind] = WORK, layouts: Sequence[Layout] | None = None
) -> Book:
    """Return what the bytes of a .xlsx or .csv file hold. `title` names a .csv file's only sheet. Raises BrokenFile.

    `layouts` says of each sheet how it is read, in the order of the sheets; without them the headings say so.
    """
    tables = tables_of(content, title=title)
    if layouts is None:
        layouts = [guessed(title, table, kinds) for title, table in tables]
    return _book(tables, layouts)


# --- tables of cells ------------------------------------------------------------------------------------------------

Cells = Sequence[object]
Table = list[tuple[int, Cells]]


def tables_of(content: bytes, *, title: str = "") -> list[tuple[str, Table]]:
    """Return the sheets of a file as they are: their titles, and the rows with something in them. Raises BrokenFile."""
    if len(content) > MOST_BYTES:
        raise BrokenFile(_("The file is larger than 10 MB."))
    if content.startswith(b"PK"):
        return _workbook(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise BrokenFile(_("This is an old or locked Excel file. Save it as .xlsx without a password."))
    return [(title, _filled(_comma_separated(content)))]


def _filled(records: Iterable[Cells]) -> Table:
    """Return the records with something in them, numbered from 1 as they stand in the file."""
    filled: Table = []
    for number, cells in enumerate(records, start=1):
        if any(_says_something(cell) for cell in cells):
            if len(filled) >= MOST_ROWS + HEADING_WITHIN_ROWS:
                raise BrokenFile(_("The file has more than 20,000 rows."))
            filled.append((number, cells))
    return filled


def _says_something(cell: object) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


#: What openpyxl and zipfile raise for files that only pretend to be workbooks.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError, KeyError, ValueError, TypeError, AttributeError,
    IndexError, OSError, EOFError, NotImplementedError, RuntimeError, OverflowError,
)  # fmt: skip


def _workbook(content: bytes) -> list[tuple[str, Table]]:
    try:
        _look_inside(content)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        tables: list[tuple[str, Table]] = []
        for worksheet in book.worksheets:
            worksheet.reset_dimensions()
            tables.append((worksheet.title, _filled(worksheet.iter_rows(max_col=MOST_COLUMNS, values_only=True))))
        return tables
    except BrokenFile:
        raise
    except _BROKEN:
        raise BrokenFile(_("The file is broken or not a spreadsheet. Open it in Excel and save it again.")) from None


def _look_inside(content: bytes) -> None:
    """Refuse an archive that would unpack into too much, or whose parts define entities."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
            raise BrokenFile(_("The file holds more than a list of a practice would: over 100 MB when unpacked."))
        for part in parts:
            with archive.open(part) as opened:
                if b"<!DOCTYPE" in opened.read(4096):
                    raise BrokenFile(_("The file is broken or not a spreadsheet. Open it in Excel and save it again."))


def _comma_separated(content: bytes) -> Iterator[Cells]:
    text = _decoded(content)
    if "\0" in text:
        raise BrokenFile(_("The file is not text and not a spreadsheet."))
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True):
            yield [cell if cell.strip() else None for cell in record[:MOST_COLUMNS]]
    except csv.Error:
        raise BrokenFile(_("The quotation marks of the file do not match up. Save it again as .csv.")) from None


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BrokenFile(_("The file is not text and not a spreadsheet."))


def _delimiter(text: str) -> str:
    """Return the mark that parts the most known headings on one of the first lines."""
    lines = text.splitlines()[:HEADING_WITHIN_ROWS]
    known = set().union(*_COLUMN_OF.values())

    def headings(delimiter: str) -> int:
        return max(
            (sum(_heading(cell.strip('"')) in known for cell in line.split(delimiter)) for line in lines), default=0
        )

    return max([";", "\t", ","], key=headings)


# --- sheets under headings ------------------------------------------------------------------------------------------


def _book(tables: Sequence[tuple[str, Table]], layouts: Sequence[Layout]) -> Book:
    sheets: list[Sheet] = []
    unknown: list[str] = []
    for (title, table), layout in zip(tables, layouts, strict=True):
        if layout.kind is not None:
            sheets.append(_sheet(title, table, layout, layout.kind))
        elif table:
            unknown.append(title)
    if sum(len(sheet.rows) for sheet in sheets) > MOST_ROWS:
        raise BrokenFile(_("The file has more than 20,000 rows."))
    if not sheets:
        raise BrokenFile(_("No headings were found that we know, such as Tunnus, Muoto, Nimi or Päivä."))
    order = list(Kind)
    return Book(sorted(sheets, key=lambda sheet: order.index(sheet.kind)), unknown)


def _heading(cell: object) -> str:
    return re.sub(r"[\s_]+", " ", folded(cell)).strip(" .:*?") if isinstance(cell, str) else ""


@dataclass(frozen=True)
class _Headings:
    """A row read as headings of a kind: where it is, our columns by their place, and what is missing."""

    kind: Kind
    place: int
    columns: Mapping[int, str]
    missing: Sequence[str]


def guessed(title: str, table: Table, kinds: Sequence[Kind] = WORK) -> Layout:
    """Return the layout by the best headings: complete ones before those that only the title speaks for.

    Where no row reads as headings its kind is None and its headings are the first row.
    """
    named = next((kind for kind in kinds if folded(title).strip() in TITLES[kind].split()), None)
    candidates = [
        headings
        for place, (_number, cells) in enumerate(table[:HEADING_WITHIN_ROWS])
        for headings in (_headings(cells, kind, place) for kind in kinds)
        if not headings.missing or (headings.kind is named and len(headings.columns) >= 2)
    ]
    if not candidates:
        return Layout(title, None, table[0][0] if table else 1, {})
    best = max(candidates, key=lambda each: (not each.missing, each.kind is named, len(each.columns), -each.place))
    return Layout(title, best.kind, table[best.place][0], best.columns)


def missing_of(kind: Kind, columns: Iterable[str]) -> list[str]:
    """Return what a sheet of this kind needs and has not, by our column names."""
    there = set(columns)
    return [group[0] for group in NEEDED[kind] if not set(group) & there]


def _sheet(title: str, table: Table, layout: Layout, kind: Kind) -> Sheet:
    rows: list[Row] = []
    captions: list[int] = []
    for number, cells in table:
        if number <= layout.heading_row:
            continue
        row = Row(number, {name: cells[at] for at, name in layout.columns.items() if at < len(cells)})
        if kind is not Kind.CLIENTS and sum(_says_something(cell) for cell in cells) == 1:
            captions.append(number)
        elif any(_says_something(cell) for cell in row.cells.values()):
            rows.append(row)
    missing = [column_name(kind, name) for name in missing_of(kind, layout.columns.values())]
    return Sheet(title, kind, layout.heading_row, rows, missing, captions)


def _headings(cells: Cells, kind: Kind, place: int) -> _Headings:
    columns = _columns(cells, kind)
    return _Headings(kind, place, columns, missing_of(kind, columns.values()))


def _columns(cells: Cells, kind: Kind) -> dict[int, str]:
    """Return our column names by their place; of two columns with one name the first counts."""
    columns: dict[int, str] = {}
    for at, cell in enumerate(cells):
        name = _COLUMN_OF[kind].get(_heading(cell))
        if name is not None and name not in columns.values():
            columns[at] = name
    return columns
