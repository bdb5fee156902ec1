"""A portfolio is its owner's: by page and by database nobody else has any of it, whatever they are to the practice."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, User
from audit import asking
from audit.roles import Role, role_url
from documents.uploads import Clean
from portfolio import actions
from portfolio.ethics import versions
from portfolio.models import (
    Choice,
    Commitment,
    Experience,
    Guideline,
    KeptContent,
    KeptFile,
    LogEntry,
    Spoken,
    Standing,
    Training,
)
from tests.conftest import NOW, Cast
from tests.portfolio_story import Story

Enter = Callable[[User], Client]
MODELS: list[Any] = [
    Choice, Commitment, Experience, Guideline, KeptContent, KeptFile, LogEntry, Spoken, Standing, Training,
]  # fmt: skip
OTHERS = ["co_supervisor", "practice_admin", "administrator", "supervisee", "contact", "stranger"]
SECRET = "Oma ajatus 5521"


@pytest.fixture
def full(story: Story) -> Story:
    """The lead has something of everything."""
    lead = story.cast.lead
    training = story.training()
    story.logged(note=SECRET)
    asking.become(lead)
    actions.attach(training, [Clean(b"%PDF-1.7", "application/pdf", "pdf", "Liisan.pdf")], by=lead, now=NOW)
    actions.keep(Standing(), {"kind": "full", "since": NOW.date()}, by=lead)
    actions.keep(Experience(), {"sector": "early", "first": 2001}, by=lead)
    actions.keep(Spoken(), {"language": "fi", "level": "native"}, by=lead)
    actions.keep(Guideline(), {"title": "Omat", "dated": NOW.date()}, by=lead)
    actions.commit_to(versions([], [])[0], by=lead, now=NOW)
    actions.choose(lead, toto_least=3)
    return story


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_else_has_any_of_it(full: Story, enter: Enter, who: str) -> None:
    user = full.cast.members[who]
    training, file = Training.objects.get(), KeptFile.objects.get()
    browser = enter(user)
    for address in (
        reverse("portfolio:change", args=["training", training.pk]),
        reverse("portfolio:remove", args=["training", training.pk]),
        reverse("portfolio:file", args=[file.pk]),
    ):
        assert browser.get(address).status_code == 404
        assert browser.post(address, {"programme": "Minun"}).status_code in (404, 405)
    assert browser.post(reverse("portfolio:file_remove", args=[file.pk])).status_code == 404
    for name in ("overview", "log", "hours", "ethics", "log_csv"):
        answer = browser.get(reverse(f"portfolio:{name}"))
        assert "Työnohjaajan koulutus" not in answer.content.decode()
        assert "Oma työnohjaus" not in answer.content.decode()
    asking.become(user)
    for model in MODELS:
        assert not model.objects.exists(), model
        if model is not Commitment:  # which nobody deletes
            assert not model.objects.all().delete()[0], model
    asking.become(full.cast.lead)
    assert all(model.objects.exists() for model in MODELS)


def test_nobody_writes_into_anothers(full: Story) -> None:
    asking.become(full.cast.co_supervisor)
    training = Training(owner=full.cast.lead, programme="x", provider="y")
    with pytest.raises(DatabaseError), transaction.atomic():
        training.save()
    asking.become(full.cast.lead)
    standing = Training.objects.get()
    asking.become(full.cast.co_supervisor)
    file = KeptFile(owner=full.cast.co_supervisor, training=standing, name=b"x", media_type="application/pdf", size=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        file.save(force_insert=True)


@pytest.mark.parametrize("role", [Role.WORKER, Role.ADMIN])
def test_worker_and_admin_have_no_table_of_it(settled: Cast, own_database: str, role: Role) -> None:
    address = role_url(settings.DATABASE_URL, role, settings.DATABASE_ROLE_NAMES.prefix)
    with psycopg.connect(urlunsplit(urlsplit(address)._replace(path=f"/{own_database}")), autocommit=True) as other:
        for model in MODELS:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                other.execute(f"SELECT count(*) FROM {model._meta.db_table}")  # noqa: S608


def test_a_commitment_never_changes(full: Story) -> None:
    asking.become(full.cast.lead)
    for change in (lambda: Commitment.objects.update(at=NOW), lambda: Commitment.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_notes_and_names_of_files_rest_sealed(full: Story) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT l::text FROM portfolio_logentry l UNION ALL SELECT f::text FROM portfolio_keptfile f")
        rows = str(cursor.fetchall())
    for words in (SECRET, "Liisan.pdf"):
        assert words not in rows
        assert words.encode().hex() not in rows


def test_who_leaves_the_practice_keeps_their_own(full: Story, enter: Enter) -> None:
    lead = full.cast.lead
    asking.become(lead)
    Membership.objects.filter(user=lead).update(until=NOW)
    assert "Työnohjaajan koulutus" in enter(lead).get(reverse("portfolio:overview")).text


@pytest.mark.parametrize("who", ["supervisee", "contact", "practice_admin", "administrator"])
def test_who_supervises_nobody_has_no_such_page(cast: Cast, enter: Enter, who: str) -> None:
    assert enter(cast.members[who]).get(reverse("portfolio:overview")).status_code == 404
