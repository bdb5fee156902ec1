import subprocess
from typing import Any

import pytest

from environment import system
from environment.place import Refusal


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would have been run, on a system with apt that lacks Pango."""
    ran: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(system, "_loads", lambda library: "pango-" not in library)
    monkeypatch.setattr(system, "_has_fonts", lambda: True)
    monkeypatch.setattr("shutil.which", lambda command: f"/usr/bin/{command}")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    monkeypatch.setattr("subprocess.run", run)
    return ran


def test_an_ordinary_user_is_told_in_one_sentence_what_is_missing(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(Refusal) as refusal:
        system.ensure({})
    sentence = str(refusal.value)
    assert "sudo apt-get install --no-install-recommends libpango-1.0-0 " in sentence
    assert "\n" not in sentence
    assert commands == []


def test_root_installs_only_what_is_missing(commands: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    system.ensure({"sh": "dash"})
    assert commands == [
        ["apt-get", "update"],
        ["apt-get", "install", "--yes", "--no-install-recommends", "libpango-1.0-0"],
    ]


def test_nothing_is_fetched_when_nothing_is_missing(commands: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "_loads", lambda library: True)
    system.ensure({"sh": "dash"})
    assert commands == []


def test_a_failed_installation_stops_the_start(commands: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    failed = subprocess.CompletedProcess([], 100, "", "E: no network")
    monkeypatch.setattr("subprocess.run", lambda command, **_: failed)
    with pytest.raises(Refusal, match="apt-get update"):
        system.ensure({})
