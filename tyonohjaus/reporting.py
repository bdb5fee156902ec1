"""What leaves the process when something fails: where and what kind, never whose or what text."""

import logging
from collections.abc import ItemsView
from types import TracebackType
from typing import Any

import structlog
from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter
from structlog.typing import EventDict


class NoLocalVariables(SafeExceptionReporterFilter):
    """Error reports carry neither local variables nor what was posted."""

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return {}

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> ItemsView[str, Any]:
        return {}.items()


#: The only fields a log line may have.
ALLOWED = {
    "event", "level", "logger", "timestamp", "request_id", "user_id", "code", "method", "task", "task_id",
    "exception", "kind", "message", "count", "seconds", "state",
}  # fmt: skip


def only_allowed(_logger: Any, _name: str, event: EventDict) -> EventDict:
    return {key: value for key, value in event.items() if key in ALLOWED or key.startswith("_")}


def type_and_place(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Replace an exception by its type and the lines it passed: its text may hold what somebody typed."""
    info = event.pop("exc_info", None)
    if isinstance(info, tuple) and info[0]:
        event["exception"] = f"{info[0].__name__} at {' < '.join(places(info[2]))}"
    return event


def places(tb: TracebackType | None) -> list[str]:
    found = []
    while tb:
        code = tb.tb_frame.f_code
        found.append(f"{code.co_filename.rpartition('/')[2]}:{tb.tb_lineno} {code.co_name}")
        tb = tb.tb_next
    return found[::-1][:12]


def formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso"),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            type_and_place,
            only_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
