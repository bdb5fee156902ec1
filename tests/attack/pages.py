"""What a program reads in our HTML: links, forms with their fields, ids and labels, and words."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

#: Elements whose text nobody reads.
SILENT: Final = {"script", "style", "template", "textarea", "option", "code", "pre"}
VOID: Final = {"input", "br", "img", "meta", "link", "hr", "wbr", "source", "col", "area", "base", "embed", "track"}


@dataclass
class Field:
    """A field of a form: its kind (the type of an input, or the element's name), what stands in it, and choices."""

    name: str
    kind: str
    values: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)

    def sent(self) -> list[str]:
        """Return what a browser would send; where something is to be chosen, the first that is no emptiness."""
        if self.choices and not self.values:
            return [next((each for each in self.choices if each), self.choices[0])]
        return self.values


@dataclass
class FormOf:
    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)

    def sent(self) -> dict[str, list[str]]:
        return {name: each.sent() for name, each in self.fields.items() if each.kind != "file"}


@dataclass
class Page:
    links: list[str] = field(default_factory=list)
    forms: list[FormOf] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page, self.inside = Page(), list[tuple[str, bool]]()
        self.form: FormOf | None = None
        self.select: Field | None = None
        self.area: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            other = has.get("lang", "") != "" and tag != "html"
            self.inside.append((tag, tag in SILENT or other))
        there = not any(name == "template" for name, _silent in self.inside)
        if "id" in has and there:
            self.page.ids.append(has["id"])
        if tag == "a" and has.get("href"):
            self.page.links.append(has["href"])
        elif tag == "label" and "for" in has and there:
            self.page.labels.append(has["for"])
        elif tag == "form":
            self.form = FormOf(has.get("action", ""), has.get("method", "get").lower())
            self.page.forms.append(self.form)
        elif self.form and tag in ("input", "select", "textarea", "button"):
            self.take(tag, has)
        elif tag == "option" and self.select:
            self.select.choices.append(has.get("value", ""))
            if "selected" in has:
                self.select.values.append(has.get("value", ""))

    def take(self, tag: str, has: dict[str, str]) -> None:
        if not has.get("name"):
            return
        assert self.form
        kind = has.get("type", "text") if tag == "input" else tag
        found = self.form.fields.setdefault(has["name"], Field(has["name"], kind))
        if kind in ("radio", "checkbox", "button", "submit"):
            found.choices.append(has.get("value", "on"))
            if "checked" in has:
                found.values.append(has.get("value", "on"))
        elif tag == "select":
            self.select = found
        elif tag == "textarea":
            self.area = found
            found.values.append("")
        elif kind != "file":
            found.values.append(has.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        while self.inside and tag in (name for name, _silent in self.inside):
            if self.inside.pop()[0] == tag:
                break
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.area = None

    def handle_data(self, data: str) -> None:
        if self.area:
            self.area.values[-1] += data
        elif data.strip() and not any(silent for _name, silent in self.inside):
            self.page.texts.append(" ".join(data.split()))


def read(html: str) -> Page:
    reader = _Reader()
    reader.feed(html)
    return reader.page
