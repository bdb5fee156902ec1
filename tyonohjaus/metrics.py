"""What Prometheus reads: how the installation is, in numbers. Nothing in them is about anybody."""

from collections.abc import Iterable
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from audit.counting import BOUNDS, counted

#: What `sec.metrics` tells: its meaning, and the name of its label where it has one.
GAUGES: Final = {
    "messages": ("Messages that are not done with, by how far they have come.", "state"),
    "oldest_message_seconds": ("For how long the oldest message that is due has waited.", ""),
    "beat_speaks": ("Whether some beat holds the lease.", ""),
    "task_said_seconds": ("How long ago beat last said a task.", "task"),
    "retention_seconds": ("How long ago the last nightly run ended.", ""),
}
FAILURES: Final = ("request", "task")


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer to who has the token of this installation; to anybody else there is nothing here."""
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not constant_time_compare(given, token):
        return HttpResponse(status=404)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Installation())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Installation(Collector):
    """Reads PostgreSQL and Valkey when it is asked: no process has numbers of its own."""

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        yield from gauges()
        counts = counted()
        failures = CounterMetricFamily("tyonohjaus_failures", "Requests and tasks that failed.", labels=["what"])
        for what in FAILURES:
            failures.add_metric([what], counts.get(f"failed {what}", 0))
        yield failures
        yield pdf_times(counts)


def gauges() -> Iterable[Metric]:
    up = GaugeMetricFamily("tyonohjaus_database_up", "Whether the database answered.")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, label, value FROM sec.metrics() ORDER BY 1, 2")
            rows = cursor.fetchall()
    except DatabaseError:
        up.add_metric([], 0)
        yield up
        return
    up.add_metric([], 1)
    yield up
    for name, (meaning, of) in GAUGES.items():
        gauge = GaugeMetricFamily(f"tyonohjaus_{name}", meaning, labels=[of] if of else [])
        for each, label, value in rows:
            if each == name:
                gauge.add_metric([label] if of else [], value)
        yield gauge


def pdf_times(counts: dict[str, float]) -> Any:
    times = HistogramMetricFamily("tyonohjaus_pdf_seconds", "How long a PDF took.")
    total = counts.get("pdf count", 0)
    classes = [(str(bound), counts.get(f"pdf {bound}", 0)) for bound in BOUNDS]
    times.add_metric([], [*classes, ("+Inf", total)], counts.get("pdf sum", 0))
    return times
