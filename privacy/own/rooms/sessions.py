"""Goals of somebody's own, and their words: tasks and answers, what they added, brought and put up, their diary."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from privacy.own.asked import rows_of
from privacy.own.sections import Row, Section, Subject, contract_basis, row
from privacy.policy.kinds import DIARY, OWN_SHARED

#: What a text is called; in which section it stands.
NAMES: Mapping[str, tuple[str, Promise]] = {
    "goal": ("goals", gettext_lazy("Goal of your own")),
    "progress": ("goals", gettext_lazy("How a goal goes")),
    "task": ("tasks", gettext_lazy("Task given to you alone")),
    "answer": ("tasks", gettext_lazy("Your answer to a task")),
    "file": ("tasks", gettext_lazy("File with an answer")),
    "comment": ("tasks", gettext_lazy("A supervisor’s comment on your answer")),
    "addition": ("shared", gettext_lazy("Your addition to a memo")),
    "agenda": ("shared", gettext_lazy("What you brought to a session")),
    "board": ("shared", gettext_lazy("What you put on the board")),
    "objection": ("shared", gettext_lazy("Why you did not approve a report")),
    "remark": ("shared", gettext_lazy("Your remark on the draft of a report")),
    "diary": ("diary", gettext_lazy("Entry of your diary")),
}


def collect(subject: Subject) -> Iterator[Section]:
    """Two queries: the texts, and the keys that open them."""
    found: dict[str, list[Row]] = {"goals": [], "tasks": [], "shared": [], "diary": []}
    for each in rows_of("own_texts"):
        section, name = NAMES[each["what"]]
        found[section].append(text_of(each, str(name), subject))
    yield Section(
        "goals",
        _("Goals of your own"),
        found["goals"],
        purpose=_("to work towards what you have set out to reach"),
        basis=contract_basis(),
        period=OWN_SHARED,
        seen_by=_("you and the supervisors, never the client"),
    )
    yield Section(
        "tasks",
        _("Tasks and answers"),
        found["tasks"],
        purpose=_("to work between sessions"),
        basis=contract_basis(),
        period=OWN_SHARED,
        seen_by=_("you and the supervisors; where a task says so, everybody in the process"),
        note=_("Tasks for everybody, and what others answered, are not data about you; you find them in the process."),
    )
    yield Section(
        "shared",
        _("What you have written in a process"),
        found["shared"],
        purpose=_("to keep together what was spoken of"),
        basis=contract_basis(),
        period=OWN_SHARED,
        seen_by=_("everybody in the process; why you did not approve a report, only the supervisors"),
        note=_("Memos of a process are written for all who are in it, and may tell of others; you read them there."),
    )
    yield Section(
        "diary",
        _("Your diary"),
        found["diary"],
        purpose=_("your own reflection"),
        basis=contract_basis(),
        period=DIARY,
        seen_by=_("you alone"),
    )


def text_of(each: Mapping[str, Any], name: str, subject: Subject) -> Row:
    return row(
        name,
        ("process", _("Process"), each["process"]),
        ("text", _("Text"), subject.words(each)),
        ("at", _("When"), each["at"]),
        *plain_of(each["what"], each["plain"]),
    )


def plain_of(what: str, value: str) -> list[tuple[str, str, str | int | bool]]:
    """Return what is told of a text that is not sealed in it."""
    if not value:
        return []
    told: dict[str, tuple[str, str, Callable[[str], str | int | bool]]] = {
        "goal": ("goal", _("Text"), str),
        "progress": ("level", _("Level"), int),
        "file": ("type", _("Type of file"), str),
        "answer": ("draft", _("A draft, seen by you alone"), bool),
    }
    if what not in told:
        return []
    key, label, read = told[what]
    return [(key, label, read(value))]
