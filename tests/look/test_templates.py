"""Rules that hold for every template and style sheet, read from the files themselves."""

import re
from pathlib import Path

import pytest
from django.template import engines

from engagements.models import Audience
from tyonohjaus import ui

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
PAGES = sorted(
    path
    for path in TEMPLATES.rglob("*.html")
    # A mail client knows no style sheet of ours, and a PDF has a sheet of its own.
    if not {"email", "emails", "pdf"} & set(path.relative_to(TEMPLATES).parts)
)
SHEETS = sorted((ROOT / "static/css").glob("*.css"))
PAINTED = [path for path in SHEETS if path.name != "tokens.css" and "print" not in path.name]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_brings_no_inline_style_or_script(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"<style\b", text)
    # Comparisons of the template language are no attributes; what it wraps stays.
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", text))
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in tag or 'type="application/json"' in tag, tag


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_compiles_and_its_icons_exist(path: Path) -> None:
    engines["django"].get_template(str(path.relative_to(TEMPLATES)))
    for icon in re.findall(r"""\{%\s*icon\s+"([^"]+)\"""", path.read_text()):
        assert "<svg" in ui.icon(icon)


@pytest.mark.parametrize("path", SHEETS, ids=name)
def test_purple_means_only_you_see_this(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", text):
        if "var(--private" in body:
            assert re.search(r"\.who\.author|\.note\.private", selector), selector


@pytest.mark.parametrize("path", PAINTED, ids=name)
def test_colours_are_named_in_the_tokens_alone(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    found = re.findall(r"#[0-9a-f]{3,8}\b|oklch\([^)]*\)", text)
    # A QR code is read by cameras: black on white in the dark theme too.
    assert [colour for colour in found if colour != "#fff"] == []


def test_everybody_who_may_see_something_has_a_badge() -> None:
    for audience in Audience.values:
        badge = (
            engines["django"]
            .from_string('{% include "elements/visibility.html" with who=who only %}')
            .render({"who": audience})
        )
        assert "<svg" in badge
        assert str(ui.who_label(audience)) in badge


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*_subject.txt")), ids=name)
def test_the_subject_of_an_account_mail_says_nothing_but_the_product(path: Path) -> None:
    assert path.read_text() == "Työnohjaus\n"


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*/email/*_message.txt")), ids=name)
def test_an_account_mail_carries_the_same_in_text_and_html(path: Path) -> None:
    text, html = path.read_text(), path.with_suffix(".html").read_text()
    for pattern in (r'\{% translate "([^"]+)" %\}', r"\{\{ (\w+)"):
        assert set(re.findall(pattern, text)) <= set(re.findall(pattern, html))
