"""What a form looks like to a screen reader."""

import re
from typing import Any

from django import forms
from django.template import engines


class Sample(forms.Form):
    name = forms.CharField(label="Name", help_text="As on the contract", widget=forms.TextInput({"placeholder": "x"}))
    mode = forms.ChoiceField(label="Mode", choices=[("a", "In person"), ("b", "Remote")], widget=forms.RadioSelect)
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea({"data-who": "author"}))
    read = forms.BooleanField(label="I have read this")


def render(data: dict[str, Any] | None = None) -> str:
    return str(Sample(data))


def test_hint_and_error_are_read_with_their_field() -> None:
    html = render({})
    widget = re.search(r'<input[^>]*id="id_name"[^>]*>', html)
    assert widget
    described = re.search(r'aria-describedby="([^"]+)"', widget[0])
    assert described
    for target in described[1].split():
        assert f'id="{target}"' in html
    assert "id_name_error" in described[1]
    assert 'aria-invalid="true"' in widget[0]


def test_the_summary_leads_to_every_field_in_error_and_is_absent_without_one() -> None:
    html = render({})
    targets = re.findall(r'<a href="#([^"]+)"', html)
    assert targets == ["id_name", "id_mode", "id_read"]
    for target in targets:
        assert f'id="{target}"' in html
    assert "error-summary" not in render()


def test_choices_are_a_named_group() -> None:
    html = render()
    assert re.search(r"<fieldset[^>]*>\s*<legend>Mode</legend>", html)
    assert html.count('class="choice"') == 3


def test_what_may_be_left_empty_says_so_and_nothing_else_does() -> None:
    assert render().count('class="optional"') == 1


def test_a_placeholder_never_stands_for_a_label() -> None:
    assert "placeholder" not in render()


def test_a_field_says_who_sees_what_is_written_in_it() -> None:
    assert 'class="who author"' in render()


def test_what_was_typed_comes_back_escaped() -> None:
    html = str(Sample({"name": '"><script>'}))
    assert "<script>" not in html


def test_a_part_wraps_its_body_and_sees_no_variable_of_the_page() -> None:
    template = '{% part "card" title=heading %}<b>{{ word }}</b>{% endpart %}'
    html = engines["django"].from_string(template).render({"heading": "A < B", "word": "<i>", "who": "author"})
    assert "A &lt; B" in html
    assert "<b>&lt;i&gt;</b>" in html
    assert "who author" not in html
