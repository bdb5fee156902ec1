"""The register has no holes: every text in every language, a source and its day, and one version at a time."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from django.core.checks import CheckMessage, Error

from law import aids, register
from law.register import LANGUAGES, Party, Where

KEY: Final = re.compile(r"[a-z0-9-]{2,40}")


def register_is_whole(folder: Path = register.FOLDER, **_kwargs: Any) -> list[CheckMessage]:
    """Return an error for every hole in the entries of `folder`."""
    return [
        Error(f"{key}: {hole}", id="law.E001", hint="law/register.py says what an entry holds.")
        for key, raw in register.read(folder).items()
        for hole in holes(key, raw)
    ]


def aids_are_whole(folder: Path = aids.FOLDER, **_kwargs: Any) -> list[CheckMessage]:
    """Return an error for every hole in the question trees of `folder`."""
    return [
        Error(f"{key}: {hole}", id="law.E002", hint="law/aids.py says what a tree holds.")
        for key, raw in register.read(folder).items()
        for hole in holes_of_tree(raw)
    ]


# --- entries ----------------------------------------------------------------------------------------------------------


def holes(key: str, raw: Mapping[str, Any]) -> Iterator[str]:
    if not KEY.fullmatch(key):
        yield "its file has no name that an address can hold"
    if not raw.get("number"):
        yield "no number"
    yield from untold("name", raw.get("name"))
    tags = raw.get("tags") or []
    if not tags:
        yield "no tags"
    for tag in tags:
        if tag not in set(Where):
            yield f"unknown tag {tag!r}"
    versions = raw.get("versions") or []
    if not versions:
        yield "no version"
    for each in versions:
        yield from (f"{each.get('since', '?')}: {hole}" for hole in holes_of_version(each))
    if all(isinstance(each.get("since"), date) for each in versions):
        yield from out_of_order(versions)


def holes_of_version(raw: Mapping[str, Any]) -> Iterator[str]:
    source = raw.get("source") or {}
    if not isinstance(raw.get("since"), date):
        yield "not said from when it is in force"
    if not raw.get("sections"):
        yield "no sections"
    if not source.get("name") or not str(source.get("url", "")).startswith("https://"):
        yield "no source"
    if not isinstance(raw.get("checked"), date):
        yield "not said when it was checked"
    if not isinstance(raw.get("sure"), bool):
        yield "not said whether it is sure"
    for party in Party:
        yield from untold(party, raw.get(party))
    if "change" in raw:
        yield from untold("change", raw["change"])


def untold(what: str, texts: Any) -> Iterator[str]:
    """Say in which languages a text is missing."""
    for language in LANGUAGES:
        if not isinstance(texts, Mapping) or not str(texts.get(language, "")).strip():
            yield f"{what} is missing in {language}"


def out_of_order(versions: list[Mapping[str, Any]]) -> Iterator[str]:
    """Say where versions overlap or stand in the wrong order; a day between two is a day without a version."""
    for each in versions:
        if each.get("until") and each["until"] < each["since"]:
            yield f"{each['since']}: it ends before it begins"
    for one, following in pairwise(versions):
        if one.get("until") is None or one["until"] >= following["since"]:
            yield f"{following['since']}: it overlaps with the version before"
        elif one["until"] + timedelta(days=1) != following["since"]:
            yield f"{following['since']}: days before it have no version"


# --- question trees ---------------------------------------------------------------------------------------------------


def holes_of_tree(raw: Mapping[str, Any]) -> Iterator[str]:
    for what in ("title", "about"):
        yield from untold(what, raw.get(what))
    if raw.get("law") not in register.read(register.FOLDER):
        yield f"no entry {raw.get('law')!r}"
    steps, ends = raw.get("steps", {}), raw.get("ends", {})
    for name in sorted(set(steps) & set(ends)):
        yield f"{name} is a question and an end"
    for name, step in steps.items():
        yield from untold(f"the question {name}", step.get("asks"))
        for answer in ("yes", "no"):
            if step.get(answer) not in {*steps, *ends}:
                yield f"{name}: {answer} leads nowhere"
    for name, end in ends.items():
        yield from untold(f"the end {name}", end.get("do"))
        if unknown := set(end.get("to", [])) - set(aids.Authority.values):
            yield f"{name}: unknown authority {sorted(unknown)}"
    if not steps:
        yield "no question"
    elif loops(raw, next(iter(steps)), frozenset()):
        yield "a question leads back to itself"


def loops(raw: Mapping[str, Any], name: Any, above: frozenset[Any]) -> bool:
    if name in above:
        return True
    step = raw["steps"].get(name)
    return bool(step) and any(loops(raw, step.get(answer), above | {name}) for answer in ("yes", "no"))
