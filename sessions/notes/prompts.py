"""What a note may begin from: our own prompts, and templates that a practice or a supervisor has made."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import Engagement
from sessions import debrief
from sessions.models import NoteTemplate


@dataclass(frozen=True)
class Prompts:
    """`key` stands in an address: the name of ours, or the id of a template."""

    key: str
    title: str | Promise
    text: str | Promise


SHIPPED: Final = (
    Prompts(
        "course",
        _("The course of the session"),
        _("## What was brought in\n\n\n## What happened\n\n\n## What was left open\n\n\n## For the next time\n\n"),
    ),
    Prompts(
        "dynamics",
        _("The dynamics of the group"),
        _(
            "## Who spoke, who was quiet\n\n\n## The mood, and what changed it\n\n\n## What was not said\n\n\n"
            "## What it stirred in me\n\n\n## What I try next\n\n"
        ),
    ),
    Prompts(
        "toto",
        _("Questions for ToTo"),
        _(
            "## What puzzles me here\n\n\n## What I did, and on what thought\n\n\n## What part of this is mine\n\n\n"
            "## What I ask in my own supervision\n\n"
        ),
    ),
    Prompts(debrief.KEY, debrief.TITLE, debrief.TEXT),
)


def offered(user: User, engagement: Engagement) -> list[Prompts]:
    """Return what `user` may begin a note from: their own and their practices' first, then ours. One query.

    Of a process that began with a crisis, the questions for that come before all others.
    """
    own = NoteTemplate.objects.usable_by(user).filter(archived_at=None).order_by("title", "pk")
    every = [*(Prompts(str(one.pk), one.title, one.text) for one in own), *SHIPPED]
    return sorted(every, key=lambda one: one.key != debrief.KEY) if debrief.suits(engagement) else every


def chosen(user: User, key: str) -> Prompts | None:
    """Return the prompts that `key` names; None when it names none that `user` may use."""
    shipped = next((one for one in SHIPPED if one.key == key), None)
    if shipped:
        return shipped
    try:
        found = NoteTemplate.objects.usable_by(user).filter(pk=UUID(key), archived_at=None).first()
    except ValueError:
        return None
    return Prompts(str(found.pk), found.title, found.text) if found else None
