"""A PDF from a template: archival and tagged (PDF/A-3a), the same bytes for the same input, fed by our own files alone.

Fonts and the sheet come from memory; everything else that a document might name (files, addresses, attachments) is
refused by name. Texts reach the template as data and are escaped there. Files may travel inside, given as bytes.
"""

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from django.conf import settings
from django.core.management import call_command
from django.template.loader import render_to_string
from django.utils import translation
from weasyprint import CSS, HTML
from weasyprint import Attachment as Attached
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from audit.counting import timed

FONTS: Final = ("Inter-Regular", "Inter-SemiBold", "Inter-Bold", "Inter-Italic")
#: The words across every page of what is not in force: a draft, and what is made up.
MARKS: Final[Mapping[str, Mapping[str, str]]] = {
    "draft": {"fi": "LUONNOS", "sv": "UTKAST", "en": "DRAFT"},
    "example": {"fi": "ESIMERKKI", "sv": "EXEMPEL", "en": "EXAMPLE"},
}
SHEET: Final = "print-contract.css"
# Every address of our own begins with this; nothing else is answered.
PLACE: Final = "ours:"

# Its warnings quote what people wrote, letter by letter; that belongs in no log.
logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
logging.getLogger("fontTools").setLevel(logging.CRITICAL)
# WeasyPrint's fonts and styles are shared by all documents of a process; one document at a time.
_turn: Final = threading.Lock()


@dataclass(frozen=True)
class Attachment:
    """A file that travels inside a PDF, associated with the whole of it (ISO 19005-3, 6.8).

    `name` is a plain file name; `relationship` what it is to the document: "Data" it was made from, or its "Source";
    `at` when it was made, aware. Two files of one document differ in name and in content.
    """

    name: str
    content: bytes
    mime: str
    description: str
    relationship: Literal["Data", "Source", "Supplement", "Alternative", "Unspecified"]
    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("A file inside a PDF needs a moment with its time zone.")


class OnlyOurs(URLFetcher):
    """Answers the addresses it was given files for, and refuses every other."""

    def __init__(self, files: Mapping[str, tuple[bytes, str]]) -> None:
        super().__init__(allowed_protocols=[], allow_redirects=False)
        self.files = files

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """Return the file of exactly this address. Raises ValueError for any other, also `data:` and `file:`."""
        if url not in self.files:
            raise ValueError("A document may use only what is given to it.")
        body, kind = self.files[url]
        return URLFetcherResponse(url, body, {"Content-Type": kind})


@cache
def _ours(sheet: str = SHEET) -> tuple[OnlyOurs, CSS, FontConfiguration]:
    """Return the fetcher, the parsed sheet and the fonts, made once a process and sheet.

    A sheet of its own goes on from the one of contracts.
    """
    files = {f"{PLACE}{name}.ttf": (font(name), "font/ttf") for name in FONTS}
    files |= {
        f"{PLACE}{mark}-{language}.svg": (watermark(word), "image/svg+xml")
        for mark, words in MARKS.items()
        for language, word in words.items()
    }
    fetcher, fonts = OnlyOurs(files), FontConfiguration()
    folder = Path(settings.BASE_DIR) / "static" / "css"
    rules = "".join((folder / name).read_text() for name in dict.fromkeys([SHEET, sheet]))
    return fetcher, CSS(string=rules, base_url=PLACE, url_fetcher=fetcher, font_config=fonts), fonts


def font(name: str) -> bytes:
    """Return one of our own fonts, built first when it is missing."""
    path = Path(settings.VAR) / "fonts" / f"{name}.ttf"
    if not path.exists():
        call_command("build_assets", verbosity=0)
    return path.read_bytes()


def watermark(word: str) -> bytes:
    """Return a page of A4 with `word` across it, as large as it has room, light enough to read over."""
    size = min(40, 288 // len(word))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="210mm" height="297mm" viewBox="0 0 210 297">'
        '<text x="105" y="160" text-anchor="middle" transform="rotate(-52 105 148)" font-family="Inter"'
        f' font-weight="700" font-size="{size}" letter-spacing="3" fill="#ecebe6">{word}</text></svg>'
    ).encode()


def render(
    template: str,
    context: Mapping[str, Any],
    language: str,
    *,
    draft: bool,
    example: bool = False,
    sheet: str = SHEET,
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """Return the template as a PDF/A-3a in `language`; a draft or an example carries the word across every page.

    The template gets `language`, `mark` (the class of its body) and what stands in `context`. Its `<title>` and
    `<meta name="author">` become the document's metadata. Takes 0.2–0.5 s for a contract, 1–2 s the first
    time in a process. `attachments` travel inside; the template cannot name them.
    """
    mark = "example" if example else "draft" if draft else ""
    with translation.override(language):
        html = render_to_string(template, {**context, "language": language, "mark": mark and f"{mark}-{language}"})
    with _turn, timed("pdf"):
        fetcher, rules, fonts = _ours(sheet)
        document = HTML(string=html, base_url=PLACE, url_fetcher=fetcher)
        pdf: bytes = document.write_pdf(
            stylesheets=[rules],
            font_config=fonts,
            pdf_variant="pdf/a-3a",
            presentational_hints=False,
            attachments=_attached(attachments),
            finisher=_associated_once,
        )
    return pdf


def _attached(attachments: Sequence[Attachment]) -> list[Attached]:
    """Return the attachments as WeasyPrint takes them, in the order in which a tree of names must have them.

    Each has a fetcher of its own that answers for it alone, and says of what kind it is.
    """
    return [
        Attached(
            url=f"{PLACE}{each.name}",
            url_fetcher=OnlyOurs({f"{PLACE}{each.name}": (each.content, each.mime)}),
            name=each.name,
            description=each.description,
            relationship=each.relationship,
            created=each.at.astimezone(UTC),
            modified=each.at.astimezone(UTC),
        )
        for each in sorted(attachments, key=lambda each: each.name.encode())
    ]


def _associated_once(_document: Any, pdf: Any) -> None:
    """WeasyPrint 70 lists each file twice among the associated ones: once by its name, once by its kind."""
    if "AF" in pdf.catalog:
        pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])


def warm() -> None:
    """Set a line of text, so that what the first document of a process waits for is done."""
    with _turn:
        fetcher, sheet, fonts = _ours(SHEET)
        document = HTML(string="<p>Työnohjaus</p>", base_url=PLACE, url_fetcher=fetcher)
        document.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/a-3a")
