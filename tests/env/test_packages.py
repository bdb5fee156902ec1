import json
from pathlib import Path

import pytest

from environment import packages
from environment.place import Refusal


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two locks whose environment is there, but empty."""
    (tmp_path / "requirements").mkdir()
    for name in ("base", "test"):
        (tmp_path / "requirements" / f"{name}.lock").write_text(f"{name} 1")
    (tmp_path / "python").write_text("")
    monkeypatch.setattr(packages, "ROOT", tmp_path)
    monkeypatch.setattr(packages, "VAR", tmp_path / "var")
    monkeypatch.setattr(packages, "PYTHON", tmp_path / "python")
    monkeypatch.setattr(packages, "STAMP", tmp_path / "locks.json")
    monkeypatch.setattr(packages, "_works", lambda: True)
    return tmp_path


@pytest.fixture
def installed(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The locks that were installed, in order."""
    seen: list[str] = []
    monkeypatch.setattr(packages, "_run", lambda command, failure: seen.append(Path(command[-1]).name))
    return seen


def test_an_unchanged_lock_installs_nothing_again(project: Path, installed: list[str]) -> None:
    packages.ensure("base")
    packages.ensure("base")
    assert installed == ["base.lock"]


def test_a_changed_lock_is_installed(project: Path, installed: list[str]) -> None:
    packages.ensure("base")
    (project / "requirements" / "base.lock").write_text("base 2")
    packages.ensure("base")
    assert installed == ["base.lock", "base.lock"]


def test_an_environment_for_tests_also_serves_bin_run_and_stays_one(project: Path, installed: list[str]) -> None:
    packages.ensure("test")
    packages.ensure("base")
    (project / "requirements" / "test.lock").write_text("test 2")
    packages.ensure("base")
    assert installed == ["test.lock", "test.lock"]


def test_another_python_under_the_environment_makes_it_anew(project: Path, installed: list[str]) -> None:
    packages.ensure("base")
    stamp = json.loads((project / "locks.json").read_text())
    (project / "locks.json").write_text(json.dumps({**stamp, "python": "/usr/bin/python3.9"}))
    packages.ensure("base")
    assert installed == ["base.lock", "base.lock"]


def test_every_package_must_have_the_hash_that_the_lock_names(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(packages, "_run", lambda command, failure: commands.append(command))
    packages.ensure("base")
    assert "--require-hashes" in commands[0]


def test_a_failed_installation_is_tried_again_the_next_time(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: list[str], failure: str) -> None:
        raise Refusal(failure)

    monkeypatch.setattr(packages, "_run", fail)
    with pytest.raises(Refusal):
        packages.ensure("base")
    assert not (project / "locks.json").exists()
