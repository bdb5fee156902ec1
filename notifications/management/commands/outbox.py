import logging
import signal
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from notifications import outbox
from notifications.dispatch import Dispatcher, require_worker

log = logging.getLogger(__name__)

PLANNING_SECONDS = 60


class Command(BaseCommand):
    requires_system_checks = ()  # They load every page; what was checked at deployment need not be at each start.
    help = "Plan and send what is due, once or again and again: without Celery, or beside it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until SIGTERM or Ctrl-C")
        parser.add_argument("--interval", type=float, default=5.0, help="seconds between two looks (5)")

    def handle(self, *args: Any, **options: Any) -> None:
        require_worker()
        stopping = threading.Event()
        if options["loop"]:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stopping.set())
        planned = float("-inf")
        while True:
            try:
                if time.monotonic() - planned >= PLANNING_SECONDS:
                    outbox.plan(timezone.now())
                    planned = time.monotonic()
                Dispatcher(stopping=stopping.is_set).run()
            except (OperationalError, InterfaceError) as error:
                if not options["loop"]:
                    raise
                log.error("The database cannot be reached (%s); the outbox waits.", type(error).__name__)
                connection.close()
            if not options["loop"] or stopping.wait(options["interval"]):
                return
