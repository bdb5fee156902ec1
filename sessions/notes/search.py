"""Searching one's own notes: each is opened and looked through. Nothing of it is kept, neither words nor texts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from accounts.models import User
from sessions.models import Note
from sessions.notes.written import Written, row_of, wraps_for
from vault.keys import Opened

MOST_LETTERS: Final = 100
MOST_FOUND: Final = 50
#: The newest notes that are looked through; 4,000 take about a second.
MOST_READ: Final = 10_000
BATCH: Final = 500
#: Letters shown around what was found.
AROUND: Final = 70


@dataclass(frozen=True)
class Hit:
    """A note in which every word occurs. `excerpt` is cut into pieces; those that are words looked for are marked."""

    note: Note
    heading: str
    excerpt: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Found:
    """`more`: there are others than these; `unread`: older notes were not looked through; `broken`: do not open."""

    hits: tuple[Hit, ...]
    more: bool
    unread: bool
    broken: int


def search(user: User, words: str, vault: Opened) -> Found:
    """Return the newest notes of `user` in which every word of `words` occurs, whatever its case."""
    wanted = words.casefold().split()
    hits: list[Hit] = []
    broken = read = 0
    for note, written in opened(user, vault):
        if read == MOST_READ or len(hits) > MOST_FOUND:
            break
        read += 1
        if written is None:
            broken += 1
        elif holds(written, wanted):
            hits.append(Hit(note, written.heading, excerpt(written.text, words.split())))
    return Found(tuple(hits[:MOST_FOUND]), len(hits) > MOST_FOUND, read == MOST_READ, broken)


def opened(user: User, vault: Opened) -> Iterator[tuple[Note, Written | None]]:
    """Yield the notes of `user` from the newest on, with what stands in them; None for one that does not open."""
    notes = Note.objects.of(user).order_by("-created_at", "-pk").prefetch_related("engagement", "session")
    following = notes.iterator(chunk_size=BATCH)
    while batch := list(islice(following, BATCH)):
        wraps = wraps_for([note.text_key for note in batch], vault)
        for note in batch:
            yield note, row_of(note, user, vault, wraps, shared=False).written


def holds(written: Written, wanted: list[str]) -> bool:
    folded = f"{written.title}\n{written.text}".casefold()
    return all(word in folded for word in wanted)


def excerpt(text: str, words: list[str]) -> tuple[tuple[str, bool], ...]:
    """Return a piece of `text` around the first of `words` in it, the words in it marked, without marks of Markdown."""
    lines = (line.strip().lstrip("#>-+* ") for line in text.replace("**", "").splitlines())
    flat = " ".join(" ".join(lines).split())
    pattern = re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)), re.IGNORECASE)
    first = pattern.search(flat)
    start = max(0, first.start() - AROUND) if first else 0
    end = min(len(flat), (first.end() if first else 0) + AROUND)
    piece = ("…" if start else "") + flat[start:end] + ("…" if end < len(flat) else "")
    pieces: list[tuple[str, bool]] = []
    at = 0
    for match in pattern.finditer(piece):
        pieces += [(piece[at : match.start()], False), (match.group(), True)]
        at = match.end()
    return (*pieces, (piece[at:], False))
