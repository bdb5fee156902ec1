"""Worker and beat say that they are at work, to whoever looks after them."""

import socket
from pathlib import Path
from typing import Any

import pytest
from celery.beat import Scheduler
from celery.signals import heartbeat_sent

from sessions.busy import tasks
from tyonohjaus import alive, beat


def a_beat(monkeypatch: pytest.MonkeyPatch) -> beat.Scheduler:
    """One that may speak, and has nothing to say."""
    monkeypatch.setattr(beat.Scheduler, "takes_the_lease", lambda self: True)
    made: beat.Scheduler = object.__new__(beat.Scheduler)
    return made


def test_each_leaves_a_file_of_its_own(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ALIVE = str(tmp_path)
    monkeypatch.setattr(Scheduler, "tick", lambda self: 7.0)
    heartbeat_sent.send(sender=None)
    assert [file.name for file in tmp_path.iterdir()] == ["worker"]
    assert a_beat(monkeypatch).tick() == beat.RENEW_SECONDS
    assert sorted(file.name for file in tmp_path.iterdir()) == ["beat", "worker"]


def test_a_beat_that_hangs_says_nothing(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(self: Any) -> float:
        raise TimeoutError

    settings.ALIVE = str(tmp_path)
    monkeypatch.setattr(Scheduler, "tick", hang)
    with pytest.raises(TimeoutError):
        a_beat(monkeypatch).tick()
    assert list(tmp_path.iterdir()) == []


def test_systemd_hears_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        alive.say("worker")
        assert systemd.recv(100) == b"READY=1\nWATCHDOG=1"


def test_celery_is_told_to_use_it(settings: Any) -> None:
    told = (settings.CELERY_IMPORTS, settings.CELERY_BEAT_SCHEDULER)
    assert told == ([alive.__name__, tasks.__name__], f"{beat.__name__}:{beat.Scheduler.__name__}")
