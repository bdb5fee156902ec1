"""Our own questions for each phase, to use as they are or to begin from; each line is a point of an agenda."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.phases import Phase
from sessions.models import FacilitationTemplate


@dataclass(frozen=True)
class Template:
    """`key` stands in a form: the name of ours, or the id of a practice's."""

    key: str
    phase: str
    title: str | Promise
    text: str | Promise

    @property
    def lines(self) -> list[str]:
        return lines_of(str(self.text))


SHIPPED: Final = (
    Template(
        "contract",
        Phase.START,
        _("The agreement and the rules"),
        _(
            "What brings us here, and what does each of us hope for?\n"
            "How we work together: times, absences, how we speak to one another\n"
            "What stays in this room, and when it cannot\n"
            "What belongs here, and what to the line manager or to the whole workplace\n"
            "Which goals do we take, and how would we notice that they are reached?\n"
            "What the client is told, and what never"
        ),
    ),
    Template(
        "acquaintance",
        Phase.START,
        _("Getting to know one another"),
        _(
            "Who are we, and what is our work like right now?\n"
            "Earlier supervision: what helped, and what did not?\n"
            "What does each of us need to be able to speak openly?\n"
            "What would make this time worth it?"
        ),
    ),
    Template(
        "question",
        Phase.WORKING,
        _("A question from the work"),
        _(
            "Who brings something today, and what is the question?\n"
            "What happened, and what did you think, feel and do?\n"
            "What do the others hear, and what do they recognise?\n"
            "How else could it be seen?\n"
            "What does each of us try before the next time?"
        ),
    ),
    Template(
        "halfway",
        Phase.WORKING,
        _("A look halfway"),
        _(
            "Where are we with the goals, and do they still fit?\n"
            "What works in our way of working, and what do we change?\n"
            "What have we not talked about?\n"
            "What should be taken up outside this room, and by whom?"
        ),
    ),
    Template(
        "harvest",
        Phase.CLOSING,
        _("Harvest and evaluation"),
        _(
            "What have we learnt, and where does it show in the work?\n"
            "How far did we come with each goal?\n"
            "What was left undone, and who takes it on?\n"
            "What do we say to the client together?"
        ),
    ),
    Template(
        "farewell",
        Phase.CLOSING,
        _("Saying goodbye"),
        _(
            "What does each of us take along?\n"
            "What do we thank one another for?\n"
            "What do we leave behind?\n"
            "Where does each of us turn with the next question?"
        ),
    ),
)


def lines_of(text: str) -> list[str]:
    """Return the points of a template: its lines, without the marks of a list, the empty ones left out."""
    lines = (" ".join(line.strip().lstrip("-*•–").split()) for line in text.splitlines())
    return [line for line in lines if line]


def offered(user: User) -> list[Template]:
    """Return what `user` may use: their practices' own first, then ours. One query."""
    own = FacilitationTemplate.objects.usable_by(user).in_use().order_by("title", "pk")
    return [*(Template(str(one.pk), one.phase, one.title, one.text) for one in own), *SHIPPED]


def by_phase(user: User, first: str) -> list[tuple[Phase, list[Template]]]:
    """Return what `user` may use, by phase, `first` first."""
    every = offered(user)
    phases = sorted(Phase, key=lambda phase: phase != first)
    return [(phase, [one for one in every if one.phase == phase]) for phase in phases]


def chosen(user: User, key: str) -> Template | None:
    """Return the template that `key` names; None when it names none that `user` may use."""
    shipped = next((one for one in SHIPPED if one.key == key), None)
    if shipped:
        return shipped
    try:
        found = FacilitationTemplate.objects.usable_by(user).in_use().filter(pk=UUID(key)).first()
    except ValueError:
        return None
    return Template(str(found.pk), found.phase, found.title, found.text) if found else None


def in_language(template: Template, language: str) -> list[str]:
    """Return its points; of ours in `language`, since it is the people of the process who read them."""
    with translation.override(language):
        return template.lines
