"""Content that several people read."""

from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from audit import asking
from tests.conftest import NOW
from vault import content
from vault.content import Content
from vault.models import ContentKey

Cast = Any


def test_a_key_is_unwrapped_once_however_many_rows_it_opens(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    asking.become(cast.lead)
    owner, row = cast.engagement.pk, cast.session.pk
    with transaction.atomic():
        sealed = [Content([owner]).seal_text(owner, f"{number}", "memo", row, now=NOW) for number in range(5)]
    unwrapped: list[UUID] = []
    real = content.opened

    def counted(key: ContentKey) -> bytes:
        unwrapped.append(key.pk)
        return real(key)

    monkeypatch.setattr(content, "opened", counted)
    reading = Content([owner])
    assert [reading.unseal_text(owner, each, "memo", row) for each in sealed] == ["0", "1", "2", "3", "4"]
    assert len(unwrapped) == 1
    Content([owner]).unseal_text(owner, sealed[0], "memo", row)
    assert len(unwrapped) == 2, "nothing of it outlives the request"
