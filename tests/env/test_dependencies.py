"""What is installed: locked, with its hash, under a licence that may go with ours."""

from pathlib import Path

import pytest

from environment import dependencies, locks

GOOD = "django==5.2.19 \\\n    --hash=sha256:ab\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (locks, dependencies):
        monkeypatch.setattr(module, "FOLDER", tmp_path)
    for lock in locks.LOCKS:
        (tmp_path / f"{lock}.lock").write_text(GOOD)
    return tmp_path


def test_ours_are_in_order() -> None:
    assert [*dependencies.unlocked(), *dependencies.unhashed(), *dependencies.unlicensed()] == []


def test_another_version_than_the_locked_one_is_noticed(folder: Path) -> None:
    (folder / "test.lock").write_text(GOOD.replace("5.2.19", "5.2.1"))
    (complaint,) = dependencies.unlocked()
    assert "the lock says 5.2.1" in complaint


def test_one_of_two_versions_for_two_systems_will_do(folder: Path) -> None:
    (folder / "test.lock").write_text(GOOD.replace("5.2.19", "5.2.1") + GOOD)
    assert list(dependencies.unlocked()) == []


def test_a_package_without_a_hash_is_noticed(folder: Path) -> None:
    (folder / "base.lock").write_text("django==5.2.19\n")
    assert list(dependencies.unhashed()) == ["base.lock has no hash for django==5.2.19"]


def test_a_licence_that_nobody_knows_is_noticed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "prod.lock").write_text("pyrage==1.4.0 --hash=sha256:ab\n")
    assert list(dependencies.unlicensed()) == []
    monkeypatch.setattr(dependencies, "BY_HAND", {})
    assert "no licence is said" in next(iter(dependencies.unlicensed()))
