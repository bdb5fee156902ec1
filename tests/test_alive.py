"""Worker and beat say that they are at work, to whoever looks after them."""

import socket
from pathlib import Path
from typing import Any

import pytest
from celery.beat import PersistentScheduler
from celery.signals import heartbeat_sent

from sessions.busy import tasks
from tyonohjaus import alive


def test_each_leaves_a_file_of_its_own(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ALIVE = str(tmp_path)
    monkeypatch.setattr(PersistentScheduler, "tick", lambda self: 7.0)
    heartbeat_sent.send(sender=None)
    assert [file.name for file in tmp_path.iterdir()] == ["worker"]
    assert alive.Scheduler.tick(object.__new__(alive.Scheduler)) == 7.0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["beat", "worker"]


def test_a_beat_that_hangs_says_nothing(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(self: Any) -> float:
        raise TimeoutError

    settings.ALIVE = str(tmp_path)
    monkeypatch.setattr(PersistentScheduler, "tick", hang)
    with pytest.raises(TimeoutError):
        alive.Scheduler.tick(object.__new__(alive.Scheduler))
    assert list(tmp_path.iterdir()) == []


def test_systemd_hears_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        alive.say("worker")
        assert systemd.recv(100) == b"READY=1\nWATCHDOG=1"


def test_celery_is_told_to_use_it(settings: Any) -> None:
    told = (settings.CELERY_IMPORTS, settings.CELERY_BEAT_SCHEDULER)
    assert told == ([alive.__name__, tasks.__name__], f"{alive.__name__}:{alive.Scheduler.__name__}")
