"""Decision aids for the duty to report: a short tree of questions with yes and no, ending in what to do.

They are files beside this one, in all languages, as the register is. A tree is shown whole on one page: what is
answered is not sent anywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from law.register import Entry, Words, entries, read, words

FOLDER: Final = Path(__file__).parent / "trees"


class Authority(models.TextChoices):
    """To whom one reports."""

    WELFARE_AREA = "welfare_area", _("wellbeing services county (in Helsinki the city)")
    SOCIAL_EMERGENCY = "social_emergency", _("social emergency services")
    EMERGENCY = "emergency", _("emergency number 112")
    POLICE = "police", _("police")
    THREATENED = "threatened", _("whoever is in danger")
    SUPERVISORY_AGENCY = "supervisory", _("Finnish Supervisory Agency (Lupa- ja valvontavirasto)")
    EMPLOYER = "employer", _("employer")


@dataclass(frozen=True)
class End:
    """What to do; `to` whom; `must` where the law asks for it; `log` where there is something to write down."""

    do: Words
    to: Sequence[Authority]
    must: bool
    log: bool
    is_end: bool = True

    @property
    def labels(self) -> list[str | Promise]:
        return [each.label for each in self.to]


@dataclass(frozen=True)
class Step:
    """A question, a hint where it needs one, and where each answer leads. `name` is its own in the tree."""

    name: str
    asks: Words
    hint: Words | None
    yes: "Step | End"
    no: "Step | End"
    is_end: bool = False


@dataclass(frozen=True)
class Aid:
    key: str
    order: int
    title: Words
    about: Words
    law: Entry
    first: Step


def node(raw: Mapping[str, Any], name: str) -> Step | End:
    """Return the question or the end `name` with all that follows it. A tree without loops: `law.checks` sees to it."""
    if name in raw["ends"]:
        end = raw["ends"][name]
        to = [Authority(each) for each in end.get("to", [])]
        return End(words(end["do"]), to, must=end.get("must", False), log=bool(to))
    return step(raw, name)


def step(raw: Mapping[str, Any], name: str) -> Step:
    said = raw["steps"][name]
    hint = words(said["hint"]) if "hint" in said else None
    return Step(name, words(said["asks"]), hint, node(raw, said["yes"]), node(raw, said["no"]))


def aid(key: str, raw: Mapping[str, Any]) -> Aid:
    first = step(raw, next(iter(raw["steps"])))
    return Aid(key, raw["order"], words(raw["title"]), words(raw["about"]), entries()[raw["law"]], first)


@cache
def all_aids() -> Mapping[str, Aid]:
    """Return every aid by its key, in the order in which they are offered."""
    found = [aid(key, raw) for key, raw in read(FOLDER).items()]
    return {each.key: each for each in sorted(found, key=lambda each: each.order)}
