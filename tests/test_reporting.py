"""Logs and error reports say where and what kind, never whose words."""

import json
import logging
from typing import Any

import pytest
import structlog
from django.test import Client

from tyonohjaus.reporting import NoLocalVariables, WithoutPaths, formatter

Cast = Any
MARK = "salainen-merkki-8431"


def written(record: logging.LogRecord) -> dict[str, Any]:
    assert WithoutPaths().filter(record)
    line: dict[str, Any] = json.loads(formatter().format(record))
    return line


def test_a_line_has_only_allowed_fields(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        structlog.get_logger("test").info(
            "done", user_id="u", ip="10.0.0.1", request=f"GET /{MARK}", body=MARK, code=200
        )
    line = written(caplog.records[-1])
    assert line.keys() == {"event", "level", "logger", "timestamp", "user_id", "code"}


def test_an_exception_is_its_kind_and_place_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError(MARK)
    except ValueError:
        logging.getLogger("test").exception("failed")
    line = formatter().format(caplog.records[-1])
    assert "ValueError at test_reporting.py" in line
    assert MARK not in line


def test_a_refused_path_is_not_written(cast: Cast, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.force_login(cast.supervisee)
    client.get(f"/invitation/{MARK}/nowhere/?q={MARK}")
    refused = [record for record in caplog.records if record.name == "django.request"]
    lines = [written(record) for record in refused]
    assert [line["event"] for line in lines] == ["Not Found"]
    assert MARK not in json.dumps(lines)


def test_error_reports_hold_no_variables() -> None:
    reporter = NoLocalVariables()
    assert not reporter.get_traceback_frame_variables(None, None)
    assert reporter.get_post_parameters(None) == {}
