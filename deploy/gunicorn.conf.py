"""The web process, as measured on two cores: sync workers behind a proxy that buffers slow clients."""

import os
from typing import Any

wsgi_app = "tyonohjaus.wsgi:application"
# systemd hands over a socket instead; containers say BIND=0.0.0.0:8000.
bind = os.environ.get("BIND", "127.0.0.1:8000")
# Three for every two cores; pages spend their time in Python, so threads would add nothing and spoil the tail.
workers = int(os.environ.get("WEB_CONCURRENCY") or (3 * len(os.sched_getaffinity(0)) + 1) // 2)
# Loaded once and shared: workers start at once, and four processes take 220 MB where each for itself took 310.
preload_app = True
# The longest honest answer is a report of many pages, a few seconds; after this a worker is taken to be stuck.
timeout = 60
graceful_timeout = 30
# What native libraries of the PDFs do not give back goes with the process.
max_requests = 2000
max_requests_jitter = 400
# Workers prove here that they live: on a disk a slow write would look like death.
worker_tmp_dir = "/dev/shm"  # noqa: S108 (it is the memory that is wanted, and the file is unlinked at once)
control_socket_disable = True
# No access log: a path may hold a link that opens something. Errors pass through the product's own formatter.
accesslog = None
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "tyonohjaus.reporting.formatter"}},
    "filters": {"without_paths": {"()": "tyonohjaus.reporting.WithoutPaths"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["without_paths"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "gunicorn.error": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "gunicorn.access": {"handlers": [], "propagate": False},
    },
}


def when_ready(server: Any) -> None:
    """Before workers are made: what makes the first page and the first document of a process slow is done once."""
    from django.urls import get_resolver

    from documents.pdf import warm

    # Django loads the addresses, and with them every view, with the first request of each worker: over a second of CPU.
    _ = get_resolver().url_patterns
    warm()
