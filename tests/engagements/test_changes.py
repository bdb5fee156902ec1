"""What changes between two texts, clause by clause and word by word."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engagements.terms import ContractTerms
from engagements.wording import words_of as clauses_of
from engagements.wording.blocks import Clause, Facts, Points, Table, Text
from engagements.wording.changes import Kind, changes, flat, pieces, unchanged

words = st.lists(st.sampled_from(["a", "b", "price", "60", "min", "\n", "–", "ä"]), max_size=12).map(" ".join)
blocks = st.one_of(
    words.map(Text),
    st.lists(words, max_size=3).map(lambda items: Points(tuple(items))),
    st.lists(st.tuples(st.sampled_from(["Price", "Length"]), st.tuples(words)), max_size=3).map(
        lambda rows: Facts(tuple(rows))
    ),
    st.lists(st.tuples(words, words), max_size=2).map(lambda rows: Table(("A", "B"), tuple(rows))),
)
clause = st.builds(
    lambda key, made: Clause(1, key, key.title(), tuple(made)),
    st.sampled_from(["parties", "frame", "price", "more"]),
    st.lists(blocks, max_size=3),
)
texts = st.lists(clause, max_size=4, unique_by=lambda one: one.key)


@given(before=words, after=words)
def test_words_that_stay_and_go_are_the_text_before_and_those_that_stay_and_come_the_text_after(
    before: str, after: str
) -> None:
    found = list(pieces(before, after))
    assert "".join(piece.text for piece in found if piece.kind != Kind.NEW) == before
    assert "".join(piece.text for piece in found if piece.kind != Kind.GONE) == after


@given(before=texts, after=texts)
def test_applying_the_changes_gives_the_text_after_and_undoing_them_the_text_before(
    before: list[Clause], after: list[Clause]
) -> None:
    found = changes(before, after)
    there = [change for change in found if change.kind != Kind.GONE]
    assert [change.key for change in there] == [one.key for one in after]
    for change, one in zip(there, after, strict=True):
        lines = [(line.label, line.after) for line in change.lines if line.kind != Kind.GONE]
        assert lines == flat(one)
    was = [change for change in found if change.kind != Kind.NEW]
    assert [change.key for change in was] == [one.key for one in before]
    for change, one in zip(was, before, strict=True):
        assert [(line.label, line.before) for line in change.lines if line.kind != Kind.NEW] == flat(one)


@given(text=texts)
def test_equal_texts_have_no_change(text: list[Clause]) -> None:
    found = changes(text, text)
    assert {change.kind for change in found} <= {Kind.SAME}
    assert unchanged(found) == [one.heading for one in text]
    assert not any(change.changed_lines for change in found)


def test_a_new_price_is_marked_in_its_line_and_the_rest_stays(full_terms: ContractTerms) -> None:
    dearer = replace(full_terms, price=Decimal("120.00"))
    found = {change.key: change for change in changes(clauses_of(full_terms), clauses_of(dearer))}
    assert {key for key, change in found.items() if change.kind != Kind.SAME} == {"price"}
    marked = [piece.text for line in found["price"].changed_lines for piece in line.pieces if piece.kind != Kind.SAME]
    assert any("100" in text for text in marked)
    assert any("120" in text for text in marked)


def test_a_clause_that_comes_or_goes_is_told_whole(full_terms: ContractTerms, short_terms: ContractTerms) -> None:
    found = {change.key: change.kind for change in changes(clauses_of(full_terms), clauses_of(short_terms))}
    assert found["order"] == Kind.GONE
    back = {change.key: change.kind for change in changes(clauses_of(short_terms), clauses_of(full_terms))}
    assert back["order"] == Kind.NEW


def test_a_text_too_long_to_compare_is_shown_whole() -> None:
    before, after = "a " * 3000, "b " * 3000
    assert [piece.kind for piece in pieces(before, after)] == [Kind.GONE, Kind.NEW]
