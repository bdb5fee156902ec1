"""Questions for the sessions after something that has shaken people, in our own words.

They stand once: as prompts of a note, as what a memo may begin from, and as the agenda of the first session.
"""

from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from engagements.models import Engagement, Focus
from sessions.models import Memo, Session

KEY: Final = "debrief"
TITLE: Final = _("After something that shook us")
TEXT: Final = _(
    "## What happened, step by step\n\n\n## What each of us thought at first\n\n\n## What it stirred: body, feelings, "
    "work\n\n\n## What has helped, and who\n\n\n## What we need now, and who sees to it\n\n\n## When we look at it "
    "again\n\n"
)


def suits(engagement: Engagement) -> bool:
    """Return whether its sessions are offered these questions."""
    return engagement.urgent or engagement.focus == Focus.CRISIS


def headings_in(language: str) -> str:
    """Return the questions as headings, in `language`."""
    with translation.override(language):
        return str(TEXT).strip()


def points_in(language: str) -> list[str]:
    """Return the questions one by one, in `language`."""
    return [line.removeprefix("## ") for line in headings_in(language).splitlines() if line.startswith("## ")]


def begun(session: Session, asked: str, memo: Memo | None) -> dict[str, Any]:
    """Return for a page on which the memo of `session` is written: `questions`, whether it may begin from them, and
    `begun_with`, the text where `asked` for them, else nothing.
    """
    fits = memo is None and suits(session.engagement)
    text = headings_in(session.engagement.language) if fits and asked == KEY else ""
    return {"questions": TITLE if fits else "", "questions_key": KEY, "begun_with": text}


def says_nothing(text: str) -> bool:
    """Return whether `text` is no more than the questions themselves, in whatever language."""
    lines = {line.strip() for line in text.splitlines() if line.strip()}
    return bool(lines) and any(lines <= set(headings_in(code).splitlines()) for code in ("fi", "sv", "en"))
