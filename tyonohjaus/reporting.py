"""What leaves the process when something fails: where and what kind, never whose or what text."""

import logging
import sys
from collections.abc import ItemsView
from types import TracebackType
from typing import Any, Final

import structlog
from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter
from structlog.typing import EventDict, Processor


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
    if info is True:
        info = sys.exc_info()
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


class WithoutPaths(logging.Filter):
    """Django names the path of a refused request in its message; a path may hold a token, so it is cut off.

    gunicorn names the address of a request that it could not answer or read. Celery writes out what a task raised or
    returned, text included. Both are cut off too.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith(("django.request", "django.security")):
            # "%s: %s" is what kind of refusal, "Not Found", and which path.
            kind = str(record.args[0]) if isinstance(record.args, tuple) and record.msg == "%s: %s" else str(record.msg)
            record.msg, record.args = kind.partition(":")[0].partition("%")[0].strip(), ()
        elif record.name == "gunicorn.error" and "request" in str(record.msg):
            record.msg, record.args = str(record.msg).partition("%")[0].strip(), ()
        elif record.name == "celery.app.trace":
            record.msg = str(record.msg).partition(":")[0]
        return True


BEFORE: Final[list[Processor]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
]


def formatter() -> logging.Formatter:
    """Return the one formatter of all logs, structlog's and the standard library's: JSON of allowed fields."""
    structlog.configure(
        processors=[*BEFORE, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=BEFORE,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            type_and_place,
            only_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
