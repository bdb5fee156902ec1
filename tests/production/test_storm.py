"""Two machines with nothing in common but PostgreSQL and Valkey, people who write, and everything that can die does.

What was answered with a yes is in the database afterwards, whatever happened; no message is lost, and one that was said
twice is flagged. An error that says so is allowed: a yes that is not true never.
"""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.conf import settings
from django.db import connections, transaction
from django.urls import reverse
from django.utils import timezone

from audit import asking
from environment.place import ROOT
from environment.processes import is_alive, wait_until
from environment.servers import Servers
from evaluations.models import Round
from notifications.models import Message
from sessions.closing.memo import memo_of, memo_text
from sessions.models import Offer, Session, SessionState
from sessions.offers import actions as offers
from tests.conftest import make_engagement, make_session
from tests.evaluation_story import link_for, make_people, make_round
from tests.notifications.conftest import free_port as any_port
from tests.notifications.conftest import serving
from tests.notifications.test_faults import crowd, session_soon
from tests.production.conftest import Processes
from tests.production.visitors import NO_ANSWER, Answer, Visitor, signed_in
from vault.content import Content

pytestmark = [pytest.mark.deep, pytest.mark.xdist_group("production")]

REMINDERS, MARKS, OFFERS, ANSWERS, MEMOS = 120, 45, 16, 16, 4
ROUNDS_OF_FAULTS = 2
BETWEEN_FAULTS = 4.0
#: How long the mail server takes for each: so long that mail is under way while things die.
MAIL_SECONDS = 0.6


# --- servers that keep what they have said yes to, and a product on them ----------------------------------------------


@pytest.fixture
def durable(django_db_setup: None, django_db_blocker: Any) -> Iterator[Servers]:
    """PostgreSQL and Valkey as production has them: what is committed is on the disk."""
    servers = Servers(f"test/env-{os.getpid()}", durable=True)
    servers.remove()
    servers.start(tied=True)
    owner = os.environ | servers.environment() | {"DATABASE_ROLE": "owner"}
    before = {alias: dict(values) for alias, values in connections.settings.items()}
    try:
        for command in ("roles", "migrate"):
            subprocess.run([sys.executable, "manage.py", command, "-v0"], cwd=ROOT, env=owner, check=True)
        with django_db_blocker.unblock():
            for alias in before:
                point(alias, "tyonohjaus", {"host": str(servers.sockets)})
            yield servers
    finally:
        with django_db_blocker.unblock():
            for alias, values in before.items():
                point(alias, values["NAME"], values["OPTIONS"])
        servers.remove()


def point(alias: str, database: str, options: dict[str, Any]) -> None:
    """Send an alias of this process to another server."""
    connections[alias].close()
    for told in (connections.settings[alias], connections[alias].settings_dict):
        told["NAME"], told["OPTIONS"] = database, told["OPTIONS"] | options


@dataclass
class Machine:
    """Web, worker and beat as one machine runs them; what ends is started again, as systemd does."""

    processes: Processes
    name: str
    port: int
    mail: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, what: str) -> None:
        own = self.processes.folder / self.name
        own.mkdir(exist_ok=True)
        told = {"TYONOHJAUS_STATE": str(own), "TYONOHJAUS_ALIVE": str(own), "EMAIL_PORT": str(self.mail)}
        name = f"{what}-{self.name}"
        match what:
            case "web":
                self.running[what] = self.processes.web(name, self.port, "--workers", "2", **told)
            case "worker":
                self.running[what] = self.processes.worker(name, **told)
            case "beat":
                self.running[what] = self.processes.beat(name, **told)

    def tend(self) -> None:
        for what in ("web", "worker", "beat"):
            if what not in self.running or self.running[what].poll() is not None:
                self.start(what)

    def kill(self, what: str) -> None:
        self.processes.kill(self.running[what])

    def kill_a_child(self, what: str) -> None:
        """Kill -9 one of those that do the work, under the one that looks after them."""
        assert wait_until(lambda: self.has_a_child(what), 60)
        os.kill(random.choice(self.children(what)), signal.SIGKILL)

    def has_a_child(self, what: str) -> bool:
        return bool(self.children(what))

    def children(self, what: str) -> list[int]:
        pid = self.running[what].pid
        there = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(each) for each in there if is_alive(int(each))]


def restart_valkey(servers: Servers) -> None:
    pid = servers._valkey_pid()
    assert pid
    os.kill(pid, signal.SIGKILL)
    time.sleep(1)
    servers.start(tied=True)


def restart_postgres(servers: Servers) -> None:
    """As `pg_ctl restart -m immediate`: no session ends properly, and it recovers from its log."""
    pid = servers._postgres_pid()
    assert pid
    os.kill(pid, signal.SIGQUIT)
    assert wait_until(lambda: not is_alive(pid), 30)
    time.sleep(1)
    servers.start(tied=True)


# --- people ---------------------------------------------------------------------------------------------------------


class People:
    """Threads that write until they are done or stopped, each request to any of the machines.

    `acknowledged` counts what was answered with a yes, `refused` what was not; `odd` is what nobody may be told.
    """

    def __init__(self, machines: list[Machine]) -> None:
        self.ports = [machine.port for machine in machines]
        self.acknowledged: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.odd: list[str] = []
        self.stopping = threading.Event()
        self.threads: list[threading.Thread] = []

    def ask(self, visitor: Visitor, method: str, path: str, **fields: Any) -> Answer | None:
        """Ask any machine; None for what is clearly no yes: an error, or nobody there."""
        visitor.port = random.choice(self.ports)
        try:
            answer = visitor.get(path) if method == "GET" else visitor.post(path, **fields)
        except NO_ANSWER as error:
            self.refused[type(error).__name__] += 1
            return None
        if answer.status >= 500:
            self.refused[str(answer.status)] += 1
            return None
        if answer.status not in (200, 302, 409) or "/log-in" in answer.headers.get("Location", ""):
            self.odd.append(f"{answer.status} {path} {answer.headers.get('Location', '')}")
        return answer

    def each(self, things: list[Any], do: Callable[[Any], bool], what: str, pause: float) -> None:
        """Let a thread do each thing, again and again until it is answered with a yes."""

        def run() -> None:
            for thing in things:
                while not self.stopping.is_set() and not do(thing):
                    time.sleep(0.3)
                if self.stopping.is_set():
                    return
                self.acknowledged[what] += 1
                time.sleep(pause)

        self.begin(run)

    def begin(self, run: Callable[[], None]) -> None:
        def safely() -> None:
            try:
                run()
            except Exception as error:
                self.odd.append(repr(error))
                raise

        self.threads.append(threading.Thread(target=safely, daemon=True))
        self.threads[-1].start()

    def stop(self) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()


@dataclass
class MemoWriter:
    """Saves a memo every other moment, as its page does by itself: each text is a number higher than the last."""

    people: People
    visitor: Visitor
    session: UUID
    tried: int = 0
    acknowledged: int = 0
    rev: int = 0
    rev_acknowledged: int = 0

    def run(self) -> None:
        path = reverse("sessions:memo_keep", args=[self.session])
        while not self.people.stopping.wait(0.4):
            self.tried += 1
            answer = self.people.ask(self.visitor, "POST", path, memo=str(self.tried), rev=self.rev)
            if answer is None:
                continue
            told = answer.json()
            self.rev = told["rev"]
            if answer.status == 200:
                self.acknowledged, self.rev_acknowledged = self.tried, self.rev
                self.people.acknowledged["memos saved"] += 1
            elif int(told["text"]) < self.acknowledged:
                self.people.odd.append(f"A memo went back to {told['text']} from {self.acknowledged}.")


def heading(answer: Answer | None) -> str:
    found = re.search(r"<h1>(.*?)</h1>", answer.body.decode(), re.DOTALL) if answer else None
    return found[1].strip() if found else ""


def answering(people: People, token: str, link: UUID) -> bool:
    """Answer an evaluation by a link, all over again if need be; True when the page says that it is in."""
    visitor = visitors.setdefault(token, Visitor(0, {settings.LANGUAGE_COOKIE_NAME: "en"}))

    def path(name: str, *about: Any) -> str:
        return reverse(f"answer:{name}", args=[link, *about])

    steps: list[tuple[str, tuple[int, ...], dict[str, str]]] = [("enter", (), {"token": token})]
    steps += [("question", (number,), {"answer": given, "go": "next"}) for number, given in ((1, "3"), (2, "7"))]
    steps += [("question", (3,), {"go": "skip"}), ("review", (), {})]
    for name, about, fields in steps:
        if people.ask(visitor, "POST", path(name, *about), **fields) is None:
            return False
    return heading(people.ask(visitor, "GET", path("done"))) == "Thank you"


visitors: dict[str, Visitor] = {}


# --- the storm ------------------------------------------------------------------------------------------------------


@dataclass
class Work:
    """What there is to write."""

    marks: list[Session]
    memos: list[Session]
    offered: list[Offer]
    round: Round
    links: list[tuple[str, UUID]]


def prepare(cast: Any) -> Work:
    now = timezone.now()
    crowd(cast, REMINDERS)
    session_soon(cast, lasting=timedelta(minutes=20))
    hours = iter(now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=2 + n) for n in range(MARKS + MEMOS))

    def past(engagement: Any) -> Session:
        starts_at = next(hours)
        return make_session(engagement, starts_at, ends_at=starts_at + timedelta(minutes=45))

    with asking.acting_as(cast.lead):
        marked = make_engagement(cast.practice, cast.lead, None, cast.people, title="Merkinnät")
        marks, memos = [past(marked) for _ in range(MARKS)], [past(marked) for _ in range(MEMOS)]
        processes = [make_engagement(cast.practice, cast.lead, None, cast.people[:1]) for _ in range(OFFERS)]
        offered = [offer_of(cast, each, now + timedelta(days=3 + n)) for n, each in enumerate(processes)]
        asked = make_engagement(cast.practice, cast.lead, None, [], title="Arviointi")
        make_people(asked, cast.lead, ANSWERS)
        made = make_round(asked, cast.lead, closes_on=now.date() + timedelta(days=60))
        invited = list(made.invitations.all())
    tokens = [link_for(each) for each in invited]
    return Work(marks, memos, offered, made, [(token, link_of(token)) for token in tokens])


def link_of(token: str) -> UUID:
    from evaluations import links

    standing = links.standing_of(token)
    assert standing
    return standing.link


def offer_of(cast: Any, engagement: Any, at: datetime) -> Offer:
    hour = at.replace(minute=0, second=0, microsecond=0)
    return offers.offer(
        engagement, times=[hour, hour + timedelta(hours=2)], minutes=60, kind="first", mode="remote",
        place="", link="", answer_by=(timezone.now() + timedelta(days=1)).date(), by=cast.lead, now=timezone.now(),
    )  # fmt: skip


def test_whatever_dies_nothing_that_was_acknowledged_is_lost_and_no_message_goes_astray(
    durable: Servers, cast_recorded: Any, tmp_path: Path
) -> None:
    with transaction.atomic():
        cast = cast_recorded.again()
    work = prepare(cast)
    processes = Processes(
        tmp_path, **durable.environment(), EMAIL_HOST="127.0.0.1", OUTBOX_LEASE_SECONDS="5", OUTBOX_RETRY_SECONDS="1"
    )
    machines = [Machine(processes, name, any_port(), any_port()) for name in ("one", "two")]
    slowly: Callable[..., None] = lambda address, port: time.sleep(MAIL_SECONDS)  # noqa: E731
    try:
        with serving(*(machine.mail for machine in machines), after_text=slowly) as sink:
            for machine in machines:
                machine.tend()
            for machine in machines:
                assert wait_until(partial(is_ready, machine.port), 120)
                assert wait_until(partial(machine.has_a_child, "worker"), 60)
            people, writers = writing(cast, work, machines)
            try:
                faults = storm(durable, machines, lambda: len(sink.taken))
            finally:
                people.stop()
            connections.close_all()  # our own have died with the server too
            assert wait_until(settled_down, 120), Counter(Message.objects.values_list("state", flat=True))
            print_figures(people, faults, sink)
            assert people.odd == []
            everything_acknowledged_is_there(cast, work, writers, people)
            messages_are_said_once_or_flagged(sink)
            evidence_is_whole(durable)
    finally:
        for process in [*processes.started]:
            processes.kill(process)
        for log in sorted(tmp_path.glob("*.log")):
            print(f"--- {log.name}\n{log.read_text()[-1500:]}")


def is_ready(port: int) -> bool:
    try:
        return Visitor(port, {}).get("/readyz").status == 200
    except NO_ANSWER:
        return False


def writing(cast: Any, work: Work, machines: list[Machine]) -> tuple[People, list[MemoWriter]]:
    people = People(machines)
    writers = [MemoWriter(people, signed_in(cast.lead, 0), memo.pk) for memo in work.memos]
    for writer in writers:
        people.begin(writer.run)
    supervisor, supervisee = signed_in(cast.lead, 0), signed_in(cast.supervisee, 0)

    def mark(session: Session) -> bool:
        path = reverse("sessions:held", args=[session.pk])
        answer = people.ask(supervisor, "POST", path, everyone="1")
        return bool(answer and answer.status == 302 and answer.headers["Location"].endswith(f"/{session.pk}/"))

    def pick(offer: Offer) -> bool:
        path = reverse("offers:offer", args=[offer.pk])
        seen = people.ask(supervisee, "GET", path)
        time_ = re.search(rb'name="time" value="([^"]+)"', seen.body) if seen else None
        if seen and not time_:
            return True  # an earlier try, of which no answer came, was taken
        answer = people.ask(supervisee, "POST", path, time=time_[1].decode()) if time_ else None
        return bool(answer and answer.status == 302)

    people.each(work.marks, mark, "sessions marked", 0.8)
    people.each(work.offered, pick, "times picked", 2.0)
    people.each(work.links, lambda link: answering(people, *link), "evaluations answered", 1.5)
    return people, writers


def storm(servers: Servers, machines: list[Machine], mails: Callable[[], int]) -> Counter[str]:
    """Let one thing die after the other, and tend what ended as systemd does; gives what died how often.

    Worth something only while mails are under way: that is asserted.
    """
    faults: dict[str, Callable[[], None]] = {
        "a web worker killed": lambda: random.choice(machines).kill_a_child("web"),
        "a Celery process killed": lambda: random.choice(machines).kill_a_child("worker"),
        "Valkey killed and started": lambda: restart_valkey(servers),
        "a worker killed whole": lambda: random.choice(machines).kill("worker"),
        "PostgreSQL restarted at once": lambda: restart_postgres(servers),
        "a web killed whole": lambda: random.choice(machines).kill("web"),
        "a beat killed": lambda: random.choice(machines).kill("beat"),
    }
    done: Counter[str] = Counter()
    assert wait_until(lambda: mails() > 0, 120)  # beat plans a minute after its start
    for _ in range(ROUNDS_OF_FAULTS):
        assert mails() < REMINDERS, "mails were under way"
        for name, fault in faults.items():
            fault()
            done[name] += 1
            for machine in machines:
                machine.tend()
            time.sleep(BETWEEN_FAULTS)
    for machine in machines:
        machine.tend()
        assert wait_until(partial(is_ready, machine.port), 60)
    time.sleep(BETWEEN_FAULTS)
    return done


def settled_down() -> bool:
    """No message that is due is still to be said."""
    due = Message.objects.filter(next_at__lte=timezone.now() + timedelta(seconds=1))
    waiting = due.filter(state__in=(Message.State.PENDING, Message.State.SENDING)).exists()
    return not waiting and Message.objects.filter(state=Message.State.SENT).count() >= REMINDERS


def print_figures(people: People, faults: Counter[str], sink: Any) -> None:
    repeated = sum(times - 1 for times in sink.ids.values())
    flagged = Message.objects.filter(maybe_sent__gt=0).count()
    print(f"faults {dict(faults)}\nacknowledged {dict(people.acknowledged)}\nrefused {dict(people.refused)}")
    print(f"mails taken {len(sink.taken)}, messages {len(sink.ids)}, said again {repeated}, flagged {flagged}")


def everything_acknowledged_is_there(cast: Any, work: Work, writers: list[MemoWriter], people: People) -> None:
    with asking.acting_as(cast.lead):
        held = Session.objects.filter(pk__in=[each.pk for each in work.marks], state=SessionState.HELD).count()
        assert held >= people.acknowledged["sessions marked"] > 0
        picked = Offer.objects.filter(pk__in=[each.pk for each in work.offered], session__isnull=False).count()
        assert picked >= people.acknowledged["times picked"] > 0
        for writer in writers:
            session = Session.objects.get(pk=writer.session)
            memo = memo_of(session)
            assert memo
            text = memo_text(Content([session.engagement_id]), session, memo)
            assert text
            assert writer.acknowledged > 0
            assert writer.acknowledged <= int(text) <= writer.tried
            assert memo.rev >= writer.rev_acknowledged
    with psycopg.connect(superuser()) as everything:
        row = everything.execute("SELECT count(*) FROM evaluations_response WHERE round_id = %s", [work.round.pk])
        (answered,) = row.fetchone() or (0,)
    assert people.acknowledged["evaluations answered"] > 0
    assert len(work.links) >= answered >= people.acknowledged["evaluations answered"]


def superuser() -> str:
    return f"postgresql://postgres@/tyonohjaus?host={connections.settings['default']['OPTIONS']['host']}"


def messages_are_said_once_or_flagged(sink: Any) -> None:
    said = {message.message_id: message for message in Message.objects.filter(state=Message.State.SENT)}
    assert set(sink.ids) == set(said), "a message that counts as sent has arrived, and no other one has"
    assert [each for each, times in sink.ids.items() if times > 1 + said[each].maybe_sent] == []
    assert not Message.objects.filter(state=Message.State.DEAD).exists()


def evidence_is_whole(servers: Servers) -> None:
    owner = os.environ | servers.environment() | {"DATABASE_ROLE": "owner"}
    subprocess.run([sys.executable, "manage.py", "audit_verify"], cwd=ROOT, env=owner, check=True)
