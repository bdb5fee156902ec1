"""Markdown as people write it here: paragraphs, emphasis, headings, lists, quotes, links. Nothing else gets through."""

import re
from typing import Final

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

#: `html=False`: markup that somebody typed is shown as they typed it.
PARSER: Final = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": False}).enable("strikethrough")
TAGS: Final = {
    "p", "br", "strong", "em", "s", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "code", "pre", "hr", "a",
}  # fmt: skip
#: A heading of a text stands below those of the page around it.
LOWER: Final = {"h1": "h3", "h2": "h3", "h3": "h4", "h4": "h4", "h5": "h4", "h6": "h4"}


def as_html(text: str) -> SafeString:
    """Return `text`, written in Markdown, as clean HTML. Pictures, markup and addresses other than web and mail go."""
    tokens = PARSER.parse(text)
    for token in tokens:
        token.tag = LOWER.get(token.tag, token.tag)
    html = PARSER.renderer.render(tokens, PARSER.options, {})
    clean = nh3.clean(
        html, tags=TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )  # fmt: skip
    return mark_safe(clean)  # noqa: S308


def paragraphs_of(text: str) -> list[str]:
    """Return the blocks of a text that blank lines part, as they were typed."""
    return [block.strip("\n") for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")) if block.strip()]
