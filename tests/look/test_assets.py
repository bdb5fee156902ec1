"""Fonts and catalogues are built once, and hold what Finnish, Swedish and the Sámi languages need."""

from pathlib import Path

import polib
import pytest
from fontTools.ttLib import TTFont

from tyonohjaus.management.commands.build_assets import build_fonts, compile_catalogues

LETTERS = "ÅÄÖåäöŠšŽžĐđŊŋŦŧÁáČčÕõǤǥǨǩ–’”…€×−≥→\N{NO-BREAK SPACE}"


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("var")
    assert build_fonts(folder)
    return folder


def test_a_second_build_does_nothing(var: Path) -> None:
    before = (var / "assets/fonts/inter.woff2").stat().st_mtime_ns
    assert not build_fonts(var)
    assert (var / "assets/fonts/inter.woff2").stat().st_mtime_ns == before


def test_the_screen_font_is_small_and_has_every_letter_and_weight(var: Path) -> None:
    path = var / "assets/fonts/inter.woff2"
    assert path.stat().st_size < 36_000
    font = TTFont(path)
    assert {ord(letter) for letter in LETTERS} <= set(font.getBestCmap())
    assert [(axis.axisTag, axis.minValue, axis.maxValue) for axis in font["fvar"].axes] == [("wght", 400, 700)]


def test_the_paper_fonts_stand_still_and_carry_their_weight(var: Path) -> None:
    for name, weight in {"Regular": 400, "SemiBold": 600, "Bold": 700, "Italic": 400}.items():
        font = TTFont(var / "fonts" / f"Inter-{name}.ttf")
        assert "fvar" not in font
        assert font["OS/2"].usWeightClass == weight
        assert set(map(ord, LETTERS)) <= set(font.getBestCmap())


def test_a_catalogue_is_compiled_when_it_is_newer(tmp_path: Path) -> None:
    folder = tmp_path / "fi" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalogue = polib.POFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    catalogue.append(polib.POEntry(msgid="Session", msgstr="Tapaaminen"))
    catalogue.save(str(folder / "django.po"))
    compiled = compile_catalogues(tmp_path)
    assert compiled == [folder / "django.mo"]
    assert polib.mofile(str(compiled[0])).find("Session").msgstr == "Tapaaminen"
    assert compile_catalogues(tmp_path) == []
