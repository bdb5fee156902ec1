"""The virtual environment, made from the hashed lock and only when the lock has changed."""

import json
import os
import subprocess
import sys

from environment.place import ROOT, VAR, VENV, Refusal, fingerprint, only_one, say

PYTHON = VENV / "bin" / "python"
STAMP = VENV / "locks.json"


def ensure(wanted: str) -> None:
    """Install requirements/<wanted>.lock, "base" or "test"; an environment that has the tests' keeps them."""
    with only_one(VAR / "locks" / "venv"):
        done = _installed()
        locks = {name: fingerprint(ROOT / "requirements" / f"{name}.lock") for name in ("base", "test")}
        name = "test" if "test" in done else wanted
        if done.get(name) == locks[name]:
            return
        if not _works():
            say("Making the virtual environment …")
            _run([sys.executable, "-m", "venv", "--clear", str(VENV)], "The virtual environment could not be made")
        say(f"Installing the packages of requirements/{name}.lock …")
        install = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        lock = str(ROOT / "requirements" / f"{name}.lock")
        _run([*install, "--requirement", lock], "The packages could not be installed")
        held = locks if name == "test" else {"base": locks["base"]}
        STAMP.write_text(json.dumps({**held, "python": str(PYTHON.resolve())}))


def environment() -> dict[str, str]:
    """The environment in which the packages' own programs are found first."""
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**os.environ, "PATH": path, "VIRTUAL_ENV": str(VENV), "PYTHONUNBUFFERED": "1"}


def folder_of(package: str) -> str:
    """Where a package of the environment lies, without importing it."""
    for folder in VENV.glob(f"lib/python3.*/site-packages/{package}"):
        return str(folder)
    raise Refusal(f"The package {package} is missing from .venv: remove .venv and start again.")


def _installed() -> dict[str, str]:
    """What the stamp says, or nothing when the system's Python was changed under the environment."""
    if not PYTHON.exists() or not STAMP.is_file():
        return {}
    stamp: dict[str, str] = json.loads(STAMP.read_text())
    return stamp if stamp.get("python") == str(PYTHON.resolve()) else {}


def _works() -> bool:
    return PYTHON.exists() and subprocess.run([str(PYTHON), "-c", "import pip"], capture_output=True).returncode == 0


def _run(command: list[str], failure: str) -> None:
    if subprocess.run(command, stdin=subprocess.DEVNULL).returncode != 0:
        raise Refusal(f"{failure}; the words of {command[0].rpartition('/')[2]} stand above.")
