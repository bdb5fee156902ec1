"""Real processes, a real mail server, and everything that can go wrong between them.

Nothing may be lost; what is said twice must be flagged, and can only be what the mail server had in hand when the
process that sent it died.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from celery import Celery
from django.conf import settings
from django.utils import timezone
from psycopg import sql

from accounts.models import Person
from audit import asking
from audit.roles import Role
from engagements.models import Participation
from environment.processes import dies_with_us, is_alive, wait_until
from environment.servers import Servers
from notifications import outbox
from notifications.models import Message
from notifications.quiet import is_quiet, next_morning
from sessions.feeds.actions import by_mail
from sessions.messages import UNDO
from sessions.models import Session, SessionState
from tests.calendar_readers import READERS
from tyonohjaus.celery import app

Sink = Any
Servings = Callable[..., AbstractContextManager[Sink]]
ROOT = Path(__file__).resolve().parent.parent.parent
LEASE_SECONDS = 2
SHARED_VALKEY = settings.REDIS_URL.partition("?")[0] + "?db=9"
LONG_AGO = date(2020, 1, 1)
SANNA = "sanna@otso.example"


#: Has everything loaded; reads what a worker shall be like, forks it and writes its number: fifty times as fast as to
#: start one, and what runs in it is the same command.
NEST = """
import json, os, signal, sys, django
django.setup()
from importlib import import_module
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils.dateparse import parse_datetime
import_module(settings.ROOT_URLCONF)

def die_at(when, module, holder, name):
    # Whoever calls it ends as by kill -9, before it is done or after.
    owner = getattr(import_module(module), holder) if holder else import_module(module)
    real = getattr(owner, name)
    def last(*given, **named):
        done = real(*given, **named) if when == "after" else None
        if when == "before" or done:
            os.kill(os.getpid(), signal.SIGKILL)
        return done
    setattr(owner, name, last)

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in iter(sys.stdin.readline, ""):
    if child := os.fork():
        print(child, flush=True)
        continue
    wanted = json.loads(line)
    settings.EMAIL_PORT = wanted["port"]
    connections.settings["default"]["NAME"] = wanted["database"]
    if wanted["dies"]:
        die_at(*wanted["dies"])
    if wanted["clock"]:
        time_machine.travel(parse_datetime(wanted["clock"]), tick=True).start()
    call_command("outbox", "--loop", "--interval", "0.2")
    os._exit(0)
"""


# --- processes ------------------------------------------------------------------------------------------------------


def start(log: Path, *command: str, **environment: str) -> subprocess.Popen[bytes]:
    """Start a Python process of the role worker that ends when this one does."""
    given = {
        "DATABASE_ROLE": "worker",
        "DJANGO_SETTINGS_MODULE": "tyonohjaus.settings",
        "PYTHONPATH": str(ROOT),
        "EMAIL_HOST": "127.0.0.1",
        "OUTBOX_LEASE_SECONDS": str(LEASE_SECONDS),
        "OUTBOX_RETRY_SECONDS": "1",
        "REDIS_URL": SHARED_VALKEY,
    }
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=os.environ | given | environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE if command == ("-c", NEST) else output, stderr=output,
            start_new_session=True, preexec_fn=dies_with_us(signal.SIGKILL),
        )  # fmt: skip


@pytest.fixture(scope="module")
def nest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[bytes]]:
    process = start(tmp_path_factory.mktemp("nest") / "log", "-c", NEST)
    yield process
    process.communicate()


class Processes:
    """Worker processes of one test, each with a mail server of its own, so that one knows whose delivery it is."""

    def __init__(self, database: str, log: Path, nest: subprocess.Popen[bytes]) -> None:
        self.database = database
        self.log = log
        self.nest = nest
        self.started: dict[int, subprocess.Popen[bytes]] = {}
        self.hatched: dict[int, int] = {}

    def start(self, port: int, *command: str, **environment: str) -> None:
        """Start a worker that hands its mail to `port`: the outbox's loop unless another command is given."""
        url = urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{self.database}"))
        loop = ("manage.py", "outbox", "--loop", "--interval", "0.2")
        self.started[port] = start(self.log, *(command or loop), DATABASE_URL=url, EMAIL_PORT=str(port), **environment)

    def start_celery(self, port: int, **environment: str) -> None:
        worker = ("-m", "celery", "--app", "tyonohjaus", "worker", "--concurrency", "1", "--loglevel", "WARNING")
        self.start(port, *worker, "--without-gossip", "--without-mingle", "--without-heartbeat", **environment)

    def hatch(self, port: int, clock: datetime | None = None, dies: Sequence[str] = ()) -> int:
        """Let the nest fork an outbox's loop that hands its mail to `port`, and return its number.

        `dies`: "before" or "after", module, class or "", function: a step at which it ends as by kill -9.
        """
        assert self.nest.stdin
        assert self.nest.stdout
        wanted = {"port": port, "database": self.database, "clock": clock.isoformat() if clock else None}
        wanted["dies"] = list(dies)
        self.nest.stdin.write(json.dumps(wanted).encode() + b"\n")
        self.nest.stdin.flush()
        self.hatched[port] = number = int(self.nest.stdout.readline())
        return number

    def mourn(self, port: int, number: int) -> None:
        """Wait until one that dies by itself is dead."""
        assert wait_until(lambda: not is_alive(number), 30)
        del self.hatched[port]

    def kill(self, port: int) -> None:
        """Kill -9 a worker with everything it has started."""
        if port in self.hatched:
            os.kill(self.hatched.pop(port), signal.SIGKILL)
        else:
            process = self.started.pop(port)
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


@pytest.fixture
def processes(settled: Any, own_database: str, tmp_path: Path, nest: subprocess.Popen[bytes]) -> Iterator[Processes]:
    processes = Processes(own_database, tmp_path / "workers.log", nest)
    yield processes
    for port in [*processes.started, *processes.hatched]:
        processes.kill(port)
    print(processes.log.read_text()[-4000:] if processes.log.exists() else "")


def broker(redis_url: str) -> str:
    return redis_url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")


def tick(app: Celery) -> None:
    """Nudge as beat does."""
    for task in ("notifications.plan", "notifications.dispatch"):
        app.send_task(task, ignore_result=True)


@contextmanager
def beat() -> Iterator[None]:
    """Nudge as beat does, only more often."""
    stopping = threading.Event()

    def run() -> None:
        with Celery(broker=broker(SHARED_VALKEY), set_as_current=False) as app:
            while not stopping.wait(0.3):
                tick(app)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def session_soon(cast: Any, *, lasting: timedelta) -> Session:
    """Move the cast's session to where its reminder is due now and, at night, cannot wait for the morning."""
    now = timezone.now()
    if is_quiet(now) and (morning := next_morning(now)) < now + lasting:
        time.sleep((morning - now).total_seconds())
        now = morning
    starts_at = now + lasting
    with asking.acting_as(cast.stranger):
        Session.objects.filter(pk=cast.foreign_session.pk).update(state=SessionState.CANCELLED)
    with asking.acting_as(cast.lead):
        Participation.objects.filter(engagement=cast.engagement).update(joined_on=None)
        fields = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}
        Session.objects.filter(pk=cast.session.pk).update(created_at=now - timedelta(days=9), **fields)
        return Session.objects.get(pk=cast.session.pk)


def crowd(cast: Any, number: int) -> None:
    """Let `number` supervisees, and nobody else, take part in the cast's engagement."""
    with asking.acting_as(cast.lead):
        Participation.objects.filter(engagement=cast.engagement).update(joined_on=None, left_on=LONG_AGO)
        people = Person.objects.bulk_create(
            Person(practice=cast.practice, family_name=f"N{n}", email=f"n{n}@otso.example", language="fi")
            for n in range(number)
        )
        Participation.objects.bulk_create(Participation(engagement=cast.engagement, person=one) for one in people)


def only_sanna(cast: Any) -> None:
    with asking.acting_as(cast.lead):
        others = Participation.objects.filter(engagement=cast.engagement).exclude(person__email=SANNA)
        others.update(joined_on=None, left_on=LONG_AGO)


def all_sent(number: int) -> Callable[[], bool]:
    return lambda: Message.objects.filter(state=Message.State.SENT).count() == number


def assert_nothing_lost_and_every_repetition_flagged(sink: Sink) -> int:
    """Return how many messages were said more than once."""
    rows = {message.message_id: message for message in Message.objects.all()}
    assert {message.state for message in rows.values()} == {Message.State.SENT}
    assert set(sink.ids) == set(rows)
    for message_id, times in sink.ids.items():
        assert times <= 1 + rows[message_id].maybe_sent
    return sum(1 for times in sink.ids.values() if times > 1)


# --- kill -9 --------------------------------------------------------------------------------------------------------


class Hold:
    """Holds the first delivery up until it is released, and says at which port it is."""

    def __init__(self) -> None:
        self.port = 0
        self.held = threading.Event()
        self.released = threading.Event()

    def __call__(self, address: str, port: int) -> None:
        if not self.held.is_set():
            self.port = port
            self.held.set()
            self.released.wait(30)


@pytest.mark.parametrize("how", ["loop", "celery"])
def test_a_reminder_is_said_exactly_once_though_one_of_two_workers_is_killed_in_the_middle_of_it(
    how: str,
    settled: Any,
    processes: Processes,
    mail_servers: Servings,
    free_ports: list[int],
) -> None:
    only_sanna(settled)
    session_soon(settled, lasting=timedelta(minutes=8))
    hold = Hold()
    nudged = beat() if how == "celery" else nullcontext()
    with mail_servers(*free_ports[:2], at_recipient=hold) as sink, nudged:
        for port in sink.ports:
            processes.start(port) if how == "loop" else processes.start_celery(port)
        assert hold.held.wait(30)
        assert Message.objects.get().state == Message.State.SENDING
        processes.kill(hold.port)
        hold.released.set()
        assert wait_until(all_sent(1), 30)
        time.sleep(0.5)
    assert sink.recipients == [SANNA]
    message = Message.objects.get()
    assert (message.attempts, message.maybe_sent) == (2, 1)


def test_what_the_server_took_before_the_kill_may_be_said_again_and_is_flagged(
    settled: Any, processes: Processes, mail_servers: Servings, free_ports: list[int]
) -> None:
    only_sanna(settled)
    session_soon(settled, lasting=timedelta(minutes=8))
    hold = Hold()
    with mail_servers(*free_ports[:2], after_text=hold) as sink:
        for port in sink.ports:
            processes.hatch(port)
        assert hold.held.wait(30)
        processes.kill(hold.port)
        hold.released.set()
        assert wait_until(all_sent(1), 30)
    assert sink.recipients == [SANNA, SANNA]
    assert len(sink.ids) == 1, "a mail server may recognise the repetition by its Message-ID"
    assert Message.objects.get().maybe_sent == 1


DISPATCHER = ("notifications.dispatch", "Dispatcher")
#: Every step of a delivery, and whether the mail server may have had the letter when the worker died there.
STEPS: dict[str, tuple[Sequence[str], bool]] = {
    "planned": (("after", "notifications.outbox", "", "queue_all"), False),
    "leased": (("after", *DISPATCHER, "lease"), False),
    "read": (("after", *DISPATCHER, "read"), False),
    "made": (("after", *DISPATCHER, "compose"), False),
    "begun": (("after", *DISPATCHER, "begin"), True),
    "recipient named": (("before", "notifications.post", "Post", "finish"), True),
    "taken, not written down": (("before", *DISPATCHER, "settle_sent"), True),
    "written down": (("before", *DISPATCHER, "release"), False),
}


def test_a_worker_killed_at_any_step_loses_nothing_and_repeats_only_what_was_handed_over(
    settled: Any, processes: Processes, mail_servers: Servings, free_ports: list[int]
) -> None:
    """One after the other dies, each a step further; at each but the last the same one message is still to be said."""
    only_sanna(settled)
    session_soon(settled, lasting=timedelta(minutes=8))
    doubts = 0
    with mail_servers(free_ports[0]) as sink:
        for step, (dies, doubtful) in STEPS.items():
            number = processes.hatch(free_ports[0], dies=dies)
            processes.mourn(free_ports[0], number)
            Message.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
            doubts += doubtful
            said = {"taken, not written down": 1, "written down": 2}.get(step, 0)
            assert len(sink.taken) == said, step
        processes.hatch(free_ports[0])
        time.sleep(1)
    assert sink.recipients == [SANNA, SANNA]
    assert len(sink.ids) == 1
    message = Message.objects.get()
    assert (message.state, message.maybe_sent) == (Message.State.SENT, doubts)


def test_an_invitation_killed_in_the_hand_over_window_is_repeated_as_the_same_one(
    settled: Any, processes: Processes, mail_servers: Servings, free_ports: list[int]
) -> None:
    """So a calendar takes the second for the first, and a mail server may too."""
    crowd(settled, 0)
    session = session_soon(settled, lasting=timedelta(minutes=8))
    with asking.acting_as(settled.lead):
        by_mail(settled.lead, wanted=True, now=timezone.now())
    port, once_it_has_stood = free_ports[0], timezone.now() + UNDO + timedelta(seconds=5)
    with mail_servers(port) as sink:
        processes.mourn(port, processes.hatch(port, once_it_has_stood, STEPS["taken, not written down"][0]))
        processes.hatch(port, once_it_has_stood)
        assert wait_until(all_sent(1), 30)
    first, second = sink.taken
    assert first["Message-ID"] == second["Message-ID"] == Message.objects.get().message_id
    one, other = (calendar_of(letter) for letter in sink.taken)
    assert one == other
    for read in READERS:
        assert [(each.uid, each.sequence) for each in read(other).entries] == [(f"{session.pk}@tyonohjaus", 0)]
    assert Message.objects.get().maybe_sent == 1


def calendar_of(letter: Any) -> bytes:
    (part,) = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
    return bytes(part.get_payload(decode=True))


def kill_again_and_again(
    cast: Any, processes: Processes, mail_servers: Servings, ports: list[int], *, messages: int, kills: int, seed: int
) -> tuple[Sink, int]:
    """Send `messages` through `kills`, each in the middle of a delivery; return the sink and how many were repeated."""
    crowd(cast, messages)
    session_soon(cast, lasting=timedelta(minutes=8 if kills < 50 else 40))
    chance = random.Random(seed)
    doomed: set[int] = set()
    left = kills
    lock = threading.Lock()

    def perhaps_die(address: str, port: int) -> None:
        nonlocal left
        time.sleep(0.005)
        with lock:
            if left and port not in doomed and chance.random() < kills / messages:
                left -= 1
                doomed.add(port)
        if port in doomed:
            time.sleep(0.2)

    behaviour = {"at_recipient": perhaps_die, "at_text": perhaps_die, "after_text": perhaps_die}
    with mail_servers(*ports, **behaviour) as sink:
        for port in ports:
            processes.hatch(port)

        def done() -> bool:
            with lock:
                dying = set(doomed)
            for port in dying:
                processes.kill(port)
                processes.hatch(port)
            with lock:
                doomed.difference_update(dying)
            return all_sent(messages)()

        assert wait_until(done, 60 + 10 * kills)
    return sink, kills - left


def test_two_hundred_messages_survive_many_kills(
    settled: Any, processes: Processes, mail_servers: Servings, free_ports: list[int]
) -> None:
    sink, kills = kill_again_and_again(settled, processes, mail_servers, free_ports[:2], messages=200, kills=10, seed=1)
    repeated = assert_nothing_lost_and_every_repetition_flagged(sink)
    assert kills >= 5
    assert repeated <= kills


@pytest.mark.deep
def test_two_and_a_half_thousand_messages_survive_two_hundred_and_fifty_kills(
    settled: Any, processes: Processes, mail_servers: Servings, free_ports: list[int]
) -> None:
    sink, kills = kill_again_and_again(settled, processes, mail_servers, free_ports, messages=2500, kills=250, seed=2)
    repeated = assert_nothing_lost_and_every_repetition_flagged(sink)
    print(f"{kills} kills, {len(sink.ids)} messages, 0 lost, {repeated} repeated and flagged")
    assert kills >= 200
    assert repeated <= kills


# --- what they depend on goes away ------------------------------------------------------------------------------------


def test_a_mail_server_that_was_away_gets_everything_once_it_is_back(
    settled: Any, processes: Processes, mail_servers: Servings, free_ports: list[int]
) -> None:
    crowd(settled, 60)
    session_soon(settled, lasting=timedelta(minutes=8))
    port = free_ports[0]
    processes.hatch(port)
    assert wait_until(lambda: Message.objects.count() == 60, 30)
    time.sleep(1)
    assert not Message.objects.exclude(attempts=0).exists(), "what could not be tried is not a failed try"
    with mail_servers(port) as sink:
        assert wait_until(lambda: len(sink.taken) >= 20, 30)
    time.sleep(0.5)
    with mail_servers(port, sink=sink):
        assert wait_until(all_sent(60), 30)
    assert_nothing_lost_and_every_repetition_flagged(sink)


def test_a_mail_server_that_takes_longer_than_a_lease_is_told_once_all_the_same(
    settled: Any, processes: Processes, mail_servers: Servings, free_ports: list[int]
) -> None:
    """Each step in time, all of them together not: nobody may take a dispatcher for dead that is only kept waiting."""
    only_sanna(settled)
    session_soon(settled, lasting=timedelta(minutes=8))
    slowly = {
        "at_recipient": lambda address, port: time.sleep(0.75 * LEASE_SECONDS),
        "at_text": lambda address, port: time.sleep(0.6 * LEASE_SECONDS),
    }
    with mail_servers(*free_ports[:2], **slowly) as sink:
        for port in sink.ports:
            processes.hatch(port)
        assert wait_until(all_sent(1), 30)
        time.sleep(1)
    assert sink.recipients == [SANNA]
    message = Message.objects.get()
    assert (message.attempts, message.maybe_sent) == (1, 0)


def test_connections_that_the_database_ends_lose_and_repeat_nothing(
    settled: Any, own_database: str, processes: Processes, mail_servers: Servings, free_ports: list[int]
) -> None:
    crowd(settled, 100)
    session_soon(settled, lasting=timedelta(minutes=8))
    ended = 0
    worker = settings.DATABASE_ROLE_NAMES[Role.WORKER]
    with (
        psycopg.connect(os.environ["DATABASE_URL_SUPERUSER"], autocommit=True) as superuser,
        mail_servers(*free_ports[:2], after_text=lambda address, port: time.sleep(0.02)) as sink,
    ):
        for port in sink.ports:
            processes.hatch(port)
        assert wait_until(lambda: len(sink.taken) > 5, 30)
        while not all_sent(100)():
            row = superuser.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s AND usename = %s",
                [own_database, worker],
            ).fetchone()
            ended += row[0] if row else 0
            time.sleep(0.1)
    assert ended >= 5
    assert set(sink.ids.values()) == {1}
    assert assert_nothing_lost_and_every_repetition_flagged(sink) == 0


@pytest.fixture
def valkey() -> Iterator[Servers]:
    """A Valkey of this test's own, to be stopped and emptied."""
    servers = Servers(f"test/valkey-{os.getpid()}", durable=False, postgres=False)
    servers.start(tied=True)
    yield servers
    servers.remove()


def test_without_valkey_everything_is_said_and_when_it_is_back_nothing_again(
    settled: Any, processes: Processes, valkey: Servers, mail_servers: Servings, free_ports: list[int]
) -> None:
    address = valkey.environment()["REDIS_URL"]
    crowd(settled, 30)
    session_soon(settled, lasting=timedelta(minutes=8))
    valkey.stop()
    with mail_servers(*free_ports[:2]) as sink, Celery(broker=broker(address), set_as_current=False) as app:
        processes.start(sink.ports[0], REDIS_URL=address)
        assert wait_until(all_sent(30), 30)
        processes.kill(sink.ports[0])
        valkey.start(tied=True)
        processes.start_celery(sink.ports[1], REDIS_URL=address)
        for _ in range(5):
            tick(app)
        with app.connection_for_read() as connection:
            queue = connection.default_channel.client
            assert wait_until(lambda: queue.llen("celery") == 0, 30)
        time.sleep(1)
    assert len(sink.ids) == 30
    assert set(sink.ids.values()) == {1}


@pytest.mark.deep
def test_a_valkey_that_is_emptied_again_and_again_loses_and_repeats_nothing(
    settled: Any, processes: Processes, valkey: Servers, mail_servers: Servings, free_ports: list[int]
) -> None:
    address = valkey.environment()["REDIS_URL"]
    crowd(settled, 30)
    session_soon(settled, lasting=timedelta(minutes=8))
    slowly = {"after_text": lambda address, port: time.sleep(0.03)}
    with mail_servers(free_ports[0], **slowly) as sink, Celery(broker=broker(address), set_as_current=False) as app:
        processes.start_celery(sink.ports[0], REDIS_URL=address)
        with app.connection_for_read() as connection:

            def emptied() -> bool:
                connection.default_channel.client.flushall()
                tick(app)
                time.sleep(0.3)
                return all_sent(30)()

            assert wait_until(emptied, 30)
    assert len(sink.ids) == 30
    assert assert_nothing_lost_and_every_repetition_flagged(sink) == 0


def test_a_database_that_lets_nobody_in_for_a_while_loses_and_repeats_nothing(
    settled: Any, own_database: str, processes: Processes, mail_servers: Servings, free_ports: list[int]
) -> None:
    """As while it is started again: who has a connection loses it, who asks for one is refused."""
    crowd(settled, 40)
    session_soon(settled, lasting=timedelta(minutes=8))
    worker = settings.DATABASE_ROLE_NAMES[Role.WORKER]
    name = sql.Identifier(own_database)
    with (
        psycopg.connect(os.environ["DATABASE_URL_SUPERUSER"], autocommit=True) as superuser,
        mail_servers(free_ports[0], after_text=lambda address, port: time.sleep(0.02)) as sink,
    ):
        processes.hatch(free_ports[0])
        assert wait_until(lambda: len(sink.taken) > 5, 30)
        superuser.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = %s",
            [own_database, worker],
        )
        time.sleep(1)
        superuser.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
        assert wait_until(all_sent(40), 30)
    assert assert_nothing_lost_and_every_repetition_flagged(sink) == 0


@pytest.mark.deep
def test_ten_thousand_due_messages_leave_through_two_workers_once_each(
    settled: Any, processes: Processes, mail_servers: Servings, free_ports: list[int]
) -> None:
    crowd(settled, 10_000)
    session_soon(settled, lasting=timedelta(minutes=40))
    with mail_servers(*free_ports[:2]) as sink:
        for port in sink.ports:
            processes.hatch(port)
        assert wait_until(all_sent(10_000), 600)
    assert len(sink.ids) == 10_000
    assert set(sink.ids.values()) == {1}
    assert assert_nothing_lost_and_every_repetition_flagged(sink) == 0


def test_two_workers_whose_clocks_are_two_hours_apart_say_it_once(
    settled: Any, processes: Processes, mail_servers: Servings, free_ports: list[int]
) -> None:
    only_sanna(settled)
    with asking.acting_as(settled.lead):
        starts_at = Session.objects.get(pk=settled.session.pk).starts_at
    with asking.acting_as(settled.stranger):
        Session.objects.filter(pk=settled.foreign_session.pk).update(state=SessionState.CANCELLED)
    due: datetime = starts_at - timedelta(hours=23)
    with mail_servers(*free_ports[:2], after_text=lambda address, port: time.sleep(1)) as sink:
        for port, clock in zip(sink.ports, (due - timedelta(hours=1), due + timedelta(hours=1)), strict=True):
            processes.hatch(port, clock)
        assert wait_until(all_sent(1), 30)
        time.sleep(2)
    assert sink.recipients == [SANNA]
    assert Message.objects.get().maybe_sent == 0


def test_a_nudge_that_reaches_nobody_fails_nothing(
    valkey: Servers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    valkey.stop()
    monkeypatch.setattr(app.conf, "broker_write_url", broker(valkey.environment()["REDIS_URL"]))
    monkeypatch.setattr(app.amqp, "_producer_pool", None)
    began = time.monotonic()
    outbox.nudge()
    assert time.monotonic() - began < 2
    assert "The queue cannot be reached" in caplog.text
