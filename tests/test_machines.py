"""What programs ask: where a fault of security is reported, and what browsers say that they refused."""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from tyonohjaus.machines import about, reports_in

pytestmark = pytest.mark.django_db
KIND = "application/csp-report"


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.WARNING, logger="tyonohjaus.machines")
    return caplog


def test_a_fault_of_security_is_reported_to_whom_the_installation_names(client: Client, settings: Any) -> None:
    settings.SECURITY_CONTACT = "mailto:tietoturva@kaari.example"
    answer = client.get("/.well-known/security.txt")
    lines = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert lines["Contact"] == "mailto:tietoturva@kaari.example"
    assert lines["Preferred-Languages"] == "fi, sv, en"
    left = datetime.strptime(lines["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) - timezone.now()
    assert timedelta(days=90) < left < timedelta(days=365)


def test_where_nobody_is_named_there_is_no_such_file(client: Client, settings: Any) -> None:
    settings.SECURITY_CONTACT = ""
    assert client.get("/.well-known/security.txt").status_code == 404


@pytest.mark.parametrize("form", ["csp-report", "body"])
def test_what_a_browser_refused_is_written_down_without_addresses(client: Client, heard: Any, form: str) -> None:
    told = {
        "csp-report": {"csp-report": {
            "effective-directive": "script-src-elem", "blocked-uri": "https://evil.example/x.js?salaisuus",
            "document-uri": "https://testserver/search/?q=salaisuus",
        }},
        "body": [{"type": "csp-violation", "body": {
            "effectiveDirective": "script-src-elem", "blockedURL": "https://evil.example/x.js?salaisuus",
            "documentURL": "https://testserver/search/?q=salaisuus",
        }}],
    }[form]  # fmt: skip
    answer = client.post("/csp-report/", json.dumps(told), content_type=KIND)
    assert answer.status_code == 204
    assert [each.getMessage() for each in heard.records] == [
        "A browser refused script-src-elem from evil.example on search."
    ]


def test_every_page_tells_browsers_where_to_report(client: Client) -> None:
    assert "report-uri /csp-report/" in client.get("/account/login/")["Content-Security-Policy"]


@given(body=st.binary(max_size=200) | st.recursive(
    st.none() | st.text(max_size=20) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["csp-report", "body", "blocked-uri", "document-uri", "effectiveDirective", "x"]), inner,
        max_size=4),
).map(lambda told: json.dumps(told).encode()))  # fmt: skip
@settings(deadline=None)
def test_whatever_is_sent_is_bounded_words(body: bytes) -> None:
    for report in reports_in(body):
        assert all(len(each) <= 120 and "\n" not in each for each in about(report))
