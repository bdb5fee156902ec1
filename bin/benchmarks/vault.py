"""Opening a vault, and the texts in it, against what the arithmetic alone takes."""

import os
from collections.abc import Iterator

from benchmarks.figures import Figure, side_by_side
from benchmarks.people import founder

ROLE = "app"
NOTES = 50
PASSPHRASE = "kuusi tavallista sanaa peräkkäin"  # noqa: S105 (of a vault that is gone a second later)


def figures() -> Iterator[Figure]:
    from argon2.low_level import Type, hash_secret_raw
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from django.db import transaction
    from django.utils import timezone

    from vault import blobs, derive, opening, texts

    now = timezone.now()
    with transaction.atomic():
        user, engagement = founder()
        opened, code = opening.begin(user.pk, PASSPHRASE, now=now)
        opening.prove_sheet(user.pk, code, now=now)
        how = derive.stretching()

        def bare() -> bytes:
            return hash_secret_raw(
                PASSPHRASE.encode(), os.urandom(16), time_cost=how.passes, memory_cost=how.memory,
                parallelism=how.lanes, hash_len=32, type=Type.ID,
            )  # fmt: skip

        limit, took = side_by_side([bare, lambda: opening.unlock(user.pk, PASSPHRASE, now=now)], 9)
        yield Figure("vault unlock: beside argon2id alone", 1000 * took, "ms", 1000 * limit, 1.2)
        yield Figure("vault unlock: bound", 1000 * took, "ms", 300, 1)

        place = ["supervision_note", "bench", "text"]
        words = "Mitä ryhmässä tapahtui, ja mitä siitä voi oppia. " * 60
        sealed = [texts.seal(words, place, engagement=engagement, author=user.pk, now=now) for _ in range(NOTES)]
        key = AESGCM(os.urandom(32))
        packed = key.encrypt(b"0" * 12, words.encode(), None)

        def all_bare() -> None:
            for _ in sealed:
                key.decrypt(b"0" * 12, packed, None)

        # One query brings the wraps of a page; it is among the page's queries, and not among what opening costs.
        wraps = texts.wraps_of(sealed, opened)

        def all_notes() -> None:
            for each in sealed:
                texts.unseal(each, place, opened, wraps[blobs.key_id(each)])

        _, notes = side_by_side([all_bare, all_notes], 9)
        yield Figure("vault: a note opened, its wrap at hand", 1000 * notes / NOTES, "ms", 0.1, 1)
        transaction.set_rollback(True)
