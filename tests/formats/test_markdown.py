import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.markdown import as_html


def test_what_people_write_is_shown_as_they_meant_it() -> None:
    assert as_html("Puhuttiin **rajoista**\n- yksi\n- kaksi") == (
        "<p>Puhuttiin <strong>rajoista</strong></p>\n<ul>\n<li>yksi</li>\n<li>kaksi</li>\n</ul>\n"
    )


def test_a_heading_stands_below_those_of_the_page() -> None:
    assert as_html("# Aihe") == "<h3>Aihe</h3>\n"


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](https://x.example/x.png)", "<img src=x onerror=y>"],
)
def test_markup_scripts_and_pictures_do_not_get_through(text: str) -> None:
    html = as_html(text)
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html


@given(st.text(max_size=400))
def test_no_text_breaks_it(text: str) -> None:
    assert "<script" not in as_html(text)
