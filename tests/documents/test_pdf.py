"""Every PDF: archival, tagged, in one language, with our own fonts, fed by nothing from outside."""

import re
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pikepdf
import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents import pdf as documents
from documents.pdf import FONTS, MARKS, OnlyOurs, font, render

HASH = "3f2a91bc77de0c4e" * 4
HOSTILE = [
    "<img src=file:///etc/passwd>",
    '<link rel="attachment" href="file:///etc/passwd">',
    '<style>@import url("http://127.0.0.1:9/x.css"); * { background: url(file:///etc/passwd) }</style>',
    '<object data="http://127.0.0.1:9/"></object><script>alert(1)</script>',
    '</p></section></body><a href="javascript:alert(1)">x</a>',
    '" data-foot="x" style="background:url(file:///etc/passwd)',
]


def text(*paragraphs: str, language: str = "fi") -> dict[str, Any]:
    """What the contract's template needs, with these paragraphs in its one clause."""
    blocks = [SimpleNamespace(kind="text", text=paragraph) for paragraph in paragraphs]
    blocks.append(SimpleNamespace(kind="facts", rows=[(paragraph, (paragraph,)) for paragraph in paragraphs]))
    blocks.append(SimpleNamespace(kind="points", items=paragraphs))
    rows = [(paragraph, [("Otsikko", paragraph)]) for paragraph in paragraphs]
    blocks.append(SimpleNamespace(kind="table", headings=("Mitä", "Otsikko"), named_rows=rows))
    clause = SimpleNamespace(number=1, key="more", heading=paragraphs[0], blocks=blocks)
    first = paragraphs[0] if len(paragraphs[0]) < 120 else "Kaari"
    return {
        "text": SimpleNamespace(
            name=first, author=first, title=first, subtitle=first, standing=first, version=1, language=language,
            short_digest=HASH[:16], long_digest=HASH, clauses=[clause],
        )
    }  # fmt: skip


def made(*paragraphs: str, language: str = "fi", draft: bool = False, example: bool = False) -> bytes:
    given = text(*paragraphs, language=language)
    return render("pdf/contract.html", given, language, draft=draft, example=example)


def opened(pdf: bytes) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(pdf))


def words(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages)


def names(pdf: bytes) -> set[str]:
    """Every name that any dictionary of the file uses as a key or a value: `/JavaScript`, `/EmbeddedFile`, …"""
    found: set[str] = set()
    for thing in opened(pdf).objects:
        if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            found |= set(thing.keys())
            found |= {str(value) for _key, value in thing.items() if isinstance(value, pikepdf.Name)}
    return found


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_pdf_is_archival_tagged_and_says_its_language(language: str) -> None:
    with opened(made("Ehto", language=language)) as pdf:
        assert str(pdf.Root.Lang) == language
        assert bool(pdf.Root.MarkInfo.Marked) is True
        assert pdf.Root.StructTreeRoot.K
        assert str(pdf.Root.OutputIntents[0].S) == "/GTS_PDFA1"
        with pdf.open_metadata() as metadata:
            assert metadata["pdfaid:part"] == "3"
            assert metadata["pdfaid:conformance"] == "A"


def tags(thing: Any, found: set[str]) -> set[str]:
    kids = thing.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array | list) else [kids]:
        if isinstance(kid, pikepdf.Dictionary):
            found.add(str(kid.get("/S", "")))
            tags(kid, found)
    return found


def test_headings_lists_and_tables_are_tagged_as_such() -> None:
    with opened(made("Ehto", "Toinen")) as pdf:
        assert {"/H1", "/H2", "/P", "/Table", "/TR", "/TH", "/TD", "/L", "/LI"} <= tags(pdf.Root.StructTreeRoot, set())


def test_title_and_author_are_in_the_metadata() -> None:
    with opened(made("Päiväkoti Otso")) as pdf, pdf.open_metadata() as metadata:
        assert metadata["dc:title"] == "Päiväkoti Otso"
        assert metadata["dc:creator"] == ["Päiväkoti Otso"]
        assert str(pdf.docinfo.Title) == "Päiväkoti Otso"
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle) is True


def test_every_font_is_our_own_and_embedded() -> None:
    with opened(made("Ääkköset ja Šibenik", draft=True)) as pdf:
        fonts = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Dictionary) and "/FontName" in thing]
        assert fonts
        for each in fonts:
            assert re.fullmatch(r"/[A-Z]{6}\+Inter.*", str(each.FontName))
            assert "/FontFile2" in each


def test_pages_are_numbered_and_carry_version_and_hash() -> None:
    pdf = made(*["Kappale, jossa on sanoja. " * 12] * 8)
    pages = [page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages]
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert f"{number} / {len(pages)}" in page
        assert HASH[:16] in page.replace(" ", "")
    assert HASH in "".join(pages).replace(" ", "").replace("\n", "")


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_draft_or_an_example_says_so_across_every_page_and_what_is_agreed_does_not(mark: str, language: str) -> None:
    many, word = ["Kappale, jossa on sanoja. " * 12] * 6, MARKS[mark][language]
    marked, final = made(*many, language=language, **{mark: True}), made(*many, language=language)
    pages = [page.extract_text() for page in pypdf.PdfReader(BytesIO(marked)).pages]
    assert len(pages) > 1
    assert all(word in page for page in pages)
    assert word not in words(final)


def test_the_same_input_gives_the_same_bytes() -> None:
    assert made("Ehto", "Toinen") == made("Ehto", "Toinen")
    assert made("Ehto") != made("Ehdot")


def test_a_pdf_runs_nothing_and_carries_no_files() -> None:
    assert not {"/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/Filespec", "/AA", "/URI"} & names(made("Ehto"))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_text(hostile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands there to be read, and asks for nothing: not a file, not an address, not an attachment."""
    asked: list[str] = []
    fetch = OnlyOurs.fetch

    def noting(self: OnlyOurs, url: str, headers: Any = None) -> Any:
        asked.append(url)
        return fetch(self, url, headers)

    monkeypatch.setattr(OnlyOurs, "fetch", noting)
    pdf = made(hostile)
    assert asked == []
    assert "root:" not in words(pdf)
    assert not {"/JavaScript", "/EmbeddedFile", "/Filespec", "/URI"} & names(pdf)
    assert hostile[:12].replace(" ", "") in words(pdf).replace(" ", "").replace("\n", "")


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "http://127.0.0.1/", "https://example.com/x.css", "data:text/css,*{}", "ours:", "ours:x.ttf",
     "ours:../Inter-Regular.ttf", "OURS:Inter-Regular.ttf", "ftp://127.0.0.1/", ""],
)  # fmt: skip
def test_nothing_but_our_own_files_is_fetched(url: str) -> None:
    fetcher, _sheet, _fonts = documents._ours()
    for ask in (fetcher.fetch, fetcher, fetcher.open):
        with pytest.raises(ValueError, match="only what is given"):
            ask(url)


def test_our_own_files_are_fetched_by_their_exact_address() -> None:
    fetcher, _sheet, _fonts = documents._ours()
    assert fetcher.fetch("ours:Inter-Regular.ttf").read() == font("Inter-Regular")


def test_a_missing_font_is_built_before_it_is_read(tmp_path: Any, settings: Any, monkeypatch: Any) -> None:
    built: list[str] = []

    def build(name: str, **_options: Any) -> None:
        built.append(name)
        (tmp_path / "fonts").mkdir()
        for each in FONTS:
            (tmp_path / "fonts" / f"{each}.ttf").write_bytes(b"made")

    settings.VAR = tmp_path
    monkeypatch.setattr("documents.pdf.call_command", build)
    assert font("Inter-Bold") == b"made"
    assert built == ["build_assets"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), min_size=1, max_size=4), st.booleans())
def test_no_text_at_all_makes_it_fail(paragraphs: list[str], draft: bool) -> None:
    with opened(made(*paragraphs, draft=draft)) as pdf:
        assert len(pdf.pages) >= 1
