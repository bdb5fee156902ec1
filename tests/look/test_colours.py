"""Contrast of the tokens by the formula of WCAG 2.2 (1.4.3 and 1.4.11), in light and in dark."""

import re
from math import cos, radians, sin
from pathlib import Path

import pytest

TOKENS = (Path(__file__).resolve().parents[2] / "static/css/tokens.css").read_text()
TEXT, SHAPE = 4.5, 3.0


def linear_rgb(colour: str) -> tuple[float, ...]:
    """Return linear sRGB, 0 to 1, of `#rgb`, `#rrggbb` or `oklch(L% C H)` (Björn Ottosson's matrices, CSS Color 4)."""
    if colour.startswith("#"):
        digits = colour[1:] if len(colour) == 7 else "".join(d * 2 for d in colour[1:])
        values = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        return tuple(v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    found = re.fullmatch(r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)", colour)
    assert found, colour
    light, chroma, hue = float(found[1]) / 100, float(found[2]), radians(float(found[3]))
    a, b = chroma * cos(hue), chroma * sin(hue)
    l3 = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m3 = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s3 = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    rgb = (
        4.0767416621 * l3 - 3.3077115913 * m3 + 0.2309699292 * s3,
        -1.2684380046 * l3 + 2.6097574011 * m3 - 0.3413193965 * s3,
        -0.0041960863 * l3 - 0.7034186147 * m3 + 1.7076147010 * s3,
    )
    return tuple(min(max(v, 0.0), 1.0) for v in rgb)


def tokens(theme: int) -> dict[str, tuple[float, ...]]:
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w+|oklch\([^)]*\)), (#\w+|oklch\([^)]*\))\);", TOKENS)
    return {found[0]: linear_rgb(found[1 + theme]) for found in pairs}


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    high, low = sorted((0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (one, other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_is_21_and_a_known_grey_is_4_54() -> None:
    assert contrast(linear_rgb("#000"), linear_rgb("#fff")) == pytest.approx(21)
    assert contrast(linear_rgb("#767676"), linear_rgb("#fff")) == pytest.approx(4.54, abs=0.01)
    assert linear_rgb("oklch(62.8% 0.2577 29.23)") == pytest.approx(linear_rgb("#ff0000"), abs=0.01)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_and_edges_can_be_told_from_what_they_stand_on(theme: int) -> None:
    colour = tokens(theme)
    grounds = ("bg", "surface", "sunken")
    wanted = {(text, ground): TEXT for text in ("ink", "muted", "accent", "stop", "private") for ground in grounds}
    wanted |= {("control", ground): SHAPE for ground in ("bg", "surface")}
    wanted |= {(kind, f"{kind}-soft"): TEXT for kind in ("ok", "warn", "stop", "private")}
    wanted |= {("accent-strong", "accent-soft"): TEXT, ("accent", "accent-soft"): TEXT, ("on-accent", "accent"): TEXT}
    wanted |= {("ink", f"{kind}-soft"): TEXT for kind in ("ok", "warn", "stop", "private", "accent")}
    weak = {pair: round(contrast(colour[pair[0]], colour[pair[1]]), 2) for pair in wanted}
    assert {pair: got for pair, got in weak.items() if got < wanted[pair]} == {}
