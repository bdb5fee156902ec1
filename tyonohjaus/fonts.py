"""Inter for the screen and for the PDFs, cut to the letters of the North."""

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import fontpkg_inter
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

# Basic Latin, Latin-1, Extended-A; Skolt Sámi; Romanian; typographic signs; euro; arrows; minus and comparisons.
SCREEN: Final = (
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    *range(0x1E4, 0x1F0),
    *range(0x218, 0x21C),
    0x292, 0x2009, 0x2011, 0x2013, 0x2014, 0x2018, 0x2019, 0x201A, 0x201C, 0x201D, 0x201E, 0x2022, 0x2026, 0x202F,
    0x2030, 0x2032, 0x2033, 0x2039, 0x203A, 0x20AC, 0x2190, 0x2192, 0x2212, 0x2248, 0x2260, 0x2264, 0x2265,
)  # fmt: skip
# A contract may carry any name: all Latin and Cyrillic besides.
PAPER: Final = (
    *SCREEN,
    *range(0x180, 0x250),
    *range(0x400, 0x460),
    *range(0x1E00, 0x1F00),
    0x2116,
    0x2122,
    0x2610,
    0x2611,
    0x2713,
)
PAPER_STYLES: Final = {"": {"Regular": 400, "SemiBold": 600, "Bold": 700}, "-Italic": {"Italic": 400}}


def _source(style: str) -> Path:
    return Path(fontpkg_inter.__file__).parent / "files" / f"Inter{style}[opsz,wght].ttf"


def _cut(style: str, letters: Iterable[int]) -> TTFont:
    """Return the variable font with `letters` only. Cut before pinning axes: pinning every glyph takes far longer."""
    options = Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp", "locl", "calt", "tnum", "case"]
    options.notdef_outline = True
    options.name_IDs = ["*"]
    font = TTFont(_source(style))
    cutter = Subsetter(options)
    cutter.populate(unicodes=letters)
    cutter.subset(font)
    return font


def _pin(font: TTFont, **axes: Any) -> TTFont:
    return instantiateVariableFont(font, {"opsz": 14, **axes}, inplace=True, updateFontNames=False)


def write_screen_font(path: Path) -> None:
    """Write one woff2 with every weight from 400 to 700, about 35 kB."""
    font = _pin(_cut("", SCREEN), wght=(400, 400, 700))
    font.flavor = "woff2"
    font.save(path)


def write_paper_fonts(folder: Path) -> None:
    """Write Inter-Regular, -SemiBold, -Bold and -Italic.ttf, each with the weight and names a PDF will carry."""
    for style, statics in PAPER_STYLES.items():
        cut = BytesIO()
        _cut(style, PAPER).save(cut)
        for name, weight in statics.items():
            font = _pin(TTFont(BytesIO(cut.getvalue())), wght=weight)
            font["OS/2"].usWeightClass = weight
            for name_id, text in ((1, "Inter"), (2, name), (4, f"Inter {name}"), (6, f"Inter-{name}")):
                font["name"].setName(text, name_id, 3, 1, 0x409)
            font.save(folder / f"Inter-{name}.ttf")
