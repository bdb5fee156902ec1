"""What somebody looks for, put so that the database and a page can both find it: the words, their forms, what is near.

The rows that one may see are few beside all that there are, and no index over text is used under a policy, since no
operator on texts is leakproof: so a pattern over the few is all there is to gain, and it needs no index of its own.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Final

from django.db.models import F, FloatField, Func, Q, Value
from django.db.models.functions import Greatest

from accounts.models.person import MOST_WORDS, FinnishOrder, containing
from formats.inflection import stems_of
from formats.unreadable import folded

#: From how many letters on a stem is looked for inside of words too: päiväkoti, seurakunta.
LONG: Final = 6
#: How alike a word and a name must be for the database to hand the name over (pg_trgm).
ALIKE: Final = 0.3
#: … and from how many letters on a word is thought to be mistyped at all.
MISTYPED: Final = 4
_ORDER: Final = str.maketrans(FinnishOrder.letters, FinnishOrder.signs)


def ordered(text: str) -> str:
    """Return `text` in Finnish order as `FinnishOrder` does, letter by letter."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in text.translate(_ORDER))


class Words:
    """The words of a search. Two letters at least; else nothing is looked for."""

    def __init__(self, typed: str) -> None:
        self.typed = typed
        self.all = typed.split()[:MOST_WORDS]

    @cached_property
    def patterns(self) -> list[str]:
        """A pattern for each word, over texts in Finnish order: the word itself, and words that begin with a stem."""
        return [pattern_of(word) for word in self.all]

    @cached_property
    def marks(self) -> "re.Pattern[str]":
        return re.compile("|".join(self.patterns))

    def exact(self, *columns: str) -> Q:
        """Every word occurs as it was typed, as lists look for it."""
        return containing(" ".join(self.all), *columns)

    def within(self, *columns: str, or_else: Sequence[Q] = ()) -> Q:
        """Every word occurs in some form in one of `columns`, texts in Finnish order; or `or_else`, one for each."""
        every = Q()
        for number, pattern in enumerate(self.patterns):
            some = or_else[number] if or_else else Q()
            for column in columns:
                some |= Q(**{f"{column}__regex": pattern})
            every &= some
        return every

    def says(self, text: str) -> bool:
        """Whether every word occurs in some form in `text`."""
        return all(re.search(pattern, ordered(text)) for pattern in self.patterns)

    def parts(self, text: str) -> list[tuple[str, bool]]:
        """Part `text` into what was looked for and what was not."""
        parts, at = [], 0
        for match in self.marks.finditer(ordered(text)):
            start, end = match.span()
            while start < end and not text[start].isalnum():
                start += 1
            parts += [(text[at:start], False), (text[start:end], True)]
            at = end
        return [part for part in (*parts, (text[at:], False)) if part[0]]

    def likeness(self, *columns: str) -> Any:
        """Return how alike the columns are to the longest word, from 0 to 1."""
        longest = Value(folded(max(self.all, key=len, default="")))
        plain = [Func(F(each), Value("{|}"), Value("aao"), function="translate") for each in columns]
        alike = [Func(longest, each, function="word_similarity", output_field=FloatField()) for each in plain]
        return Greatest(*alike, Value(0.0)) if alike else Value(0.0)

    def nearly(self, *texts: str) -> bool:
        """Whether each word is one of `texts` but for an error or two in typing."""
        said = [word for text in texts for word in re.findall(r"\w+", folded(text))]
        return all(any(near(folded(word), each) for each in said) for word in self.all)


def pattern_of(word: str) -> str:
    stems = [ordered(stem) for stem in stems_of(word)]
    inside = [ordered(word), *(stem for stem in stems if len(stem) >= LONG)]
    beginning = [stem for stem in stems if len(stem) < LONG]
    found = "|".join(re.escape(each) for each in inside)
    return f"{found}|(^|[^a-z0-9{{|}}])({'|'.join(map(re.escape, beginning))})" if beginning else found


def near(typed: str, word: str) -> bool:
    """Whether `typed` is `word`, or its beginning, with one letter wrong; with two where it is long."""
    if len(typed) < MISTYPED:
        return typed == word
    most = 1 if len(typed) < 7 else 2
    return any(distance(typed, part) <= most for part in beginnings(word, len(typed)))


def beginnings(word: str, length: int) -> Iterable[str]:
    return {word, *(word[:end] for end in (length - 1, length, length + 1) if 3 <= end < len(word))}


def distance(one: str, other: str) -> int:
    """Return how many letters are to be changed, added, left out or swapped (Damerau and Levenshtein, restricted)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, against in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
