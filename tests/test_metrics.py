"""What Prometheus reads: only with the token, about everything, and of nobody."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from audit import counting
from audit.connecting import as_role
from audit.roles import Role
from documents.pdf import render
from notifications.models import Message

Cast = Any
TOKEN = "a-token-of-the-tests"


@pytest.fixture(autouse=True)
def token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    counting.valkey().delete(counting.NAME)


def read(client: Client) -> dict[tuple[str, str], float]:
    answer = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer another", f"Basic {TOKEN}x", "Bearer ä"])
def test_without_the_token_there_is_nothing(client: Client, given: str) -> None:
    assert client.get("/metrics", headers={"authorization": given.encode().decode("latin-1")}).status_code == 404


def test_an_installation_without_a_token_shows_them_to_nobody(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


def test_they_tell_how_messages_go_and_of_nobody(settled: Cast, client: Client) -> None:
    before = read(client)
    with as_role(Role.WORKER):
        for state, minutes in (("pending", 30), ("dead", 5)):
            Message.objects.create(
                key=f"metrics {state}", kind="session_reminder", person=settled.people[0], obj=settled.session.pk,
                state=state, next_at=timezone.now() - timedelta(minutes=minutes), message_id="x",
            )  # fmt: skip
    after = read(client)
    for state in ("pending", "dead"):
        name = ("tyonohjaus_messages", state)
        assert after[name] == before[name] + 1
    assert 1790 < after["tyonohjaus_oldest_message_seconds", ""] < 1900
    assert after["tyonohjaus_database_up", ""] == 1
    told = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).text
    assert not re.search(r"@|[0-9a-f]{8}-[0-9a-f]{4}|Otso|Salo", told)


def test_a_pdf_and_a_failure_are_counted(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("documents.pdf.render_to_string", lambda *_given: "<p>Lyhyt</p>")
    render("pdf/contract.html", {}, "fi", draft=False)
    counting.add("failed task")
    counting.request_failed()
    counts = read(client)
    assert counts["tyonohjaus_pdf_seconds_count", ""] == 1
    assert counts["tyonohjaus_pdf_seconds_bucket", "+Inf"] == 1
    assert counts["tyonohjaus_failures_total", "task"] == counts["tyonohjaus_failures_total", "request"] == 1


def test_where_valkey_is_gone_nothing_else_fails(client: Client, cast: Cast, settings: Any) -> None:
    counting.valkey.cache_clear()
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    try:
        counting.add("failed task")
        with counting.timed("pdf"):
            pass
        assert read(client)["tyonohjaus_failures_total", "task"] == 0
    finally:
        counting.valkey.cache_clear()


def test_a_database_that_does_not_answer_is_said(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_given: Any, **_more: Any) -> None:
        raise DatabaseError

    with monkeypatch.context() as broken:
        broken.setattr(connection, "cursor", gone)
        told = read(client)
    assert told["tyonohjaus_database_up", ""] == 0


def test_every_alert_names_a_metric_that_is_told(client: Client, cast: Cast) -> None:
    rules = YAML(typ="safe").load(Path(configured.BASE_DIR) / "deploy" / "alerts.yml")
    asked = {
        name
        for group in rules["groups"]
        for rule in group["rules"]
        for name in re.findall(r"tyonohjaus_\w+", rule["expr"])
    }
    answer = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).text
    told = set(re.findall(r"^# TYPE (\w+)", answer, re.MULTILINE))
    assert {name.removesuffix("_bucket") for name in asked} <= told
