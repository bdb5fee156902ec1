"""What a failing task leaves in the log."""

import logging
import sys

from tyonohjaus.reporting import WithoutPaths, formatter

#: As celery.app.trace says it.
FAILED = "Task %(name)s[%(id)s] %(description)s: %(exc)s\n%(traceback)s"
RETURNED = "Task %(name)s[%(id)s] succeeded in %(runtime)ss: %(return_value)s"


def written(message: str, values: dict[str, object], *, failing: bool) -> str:
    try:
        raise ValueError("what somebody typed")
    except ValueError:
        info = sys.exc_info() if failing else None
    record = logging.LogRecord("celery.app.trace", logging.ERROR, "", 0, message, (values,), info)
    WithoutPaths().filter(record)
    return formatter().format(record)


def test_a_task_that_fails_is_named_with_the_kind_and_place_of_its_error_alone() -> None:
    values: dict[str, object] = {"name": "plan", "id": "7", "description": "raised unexpected"}
    line = written(FAILED, values | {"exc": "what somebody typed", "traceback": "what somebody typed"}, failing=True)
    assert "what somebody typed" not in line
    assert "Task plan[7] raised unexpected" in line
    assert "ValueError at test_logs.py" in line


def test_what_a_task_returns_is_not_written() -> None:
    line = written(
        RETURNED, {"name": "plan", "id": "7", "runtime": 0.1, "return_value": "what somebody typed"}, failing=False
    )
    assert "what somebody typed" not in line
    assert "Task plan[7] succeeded in 0.1s" in line


def test_an_address_that_gunicorn_could_not_answer_is_not_written() -> None:
    record = logging.LogRecord(
        "gunicorn.error", logging.ERROR, "", 0, "Error handling request %s %s", ("GET", "/links/secret/"), None
    )
    WithoutPaths().filter(record)
    line = formatter().format(record)
    assert "Error handling request" in line
    assert "secret" not in line


def test_what_gunicorn_says_of_itself_is_written_whole() -> None:
    record = logging.LogRecord("gunicorn.error", logging.INFO, "", 0, "Booting worker with pid: %s", (7,), None)
    WithoutPaths().filter(record)
    assert "Booting worker with pid: 7" in formatter().format(record)
