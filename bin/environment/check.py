"""bin/check: everything that can be said about the code without running it; all steps run, each says one line."""

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

from environment import packages, system
from environment.place import ROOT, VAR, Refusal

# Addresses that nobody answers: checks look at code and settings, never at a database.
PRODUCTION_LIKE = {
    "DEBUG": "0",
    "DEMONSTRATION": "0",
    "TYONOHJAUS_TESTING": "0",
    "SECRET_KEY": "for-bin-check-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ",
    "FACTOR_KEY": "for-bin-check-only-abcdefghijklmnopqrstuvwxyz-0123456789-ABCDEFGHIJ",
    "VAULT_PEPPER": "for-bin-check-only-pepper-abcdefghijklmnopqrstuvwxyz-0123456789",
    "CONTENT_KEY": "for-bin-check-only-content-abcdefghijklmnopqrstuvwxyz-0123456789",
    "CALENDAR_KEY": "for-bin-check-only-calendar-abcdefghijklmnopqrstuvwxyz-0123456789",
    "DATABASE_URL": "postgresql://tyonohjaus_owner@/tyonohjaus?host=/nonexistent",
    "REDIS_URL": "unix:///nonexistent/valkey.sock?db=0",
    "SITE_URL": "https://tyonohjaus.example",
    "ALLOWED_HOSTS": "tyonohjaus.example",
}


def check(arguments: list[str]) -> int:
    """Run every step, or those whose names contain one of the arguments; 1 when one of them failed."""
    system.ensure(system.COMMANDS_FOR_CHECKS)
    packages.ensure("test")
    # Settings name this folder, which bin/run fills; a missing one would be a warning.
    (VAR / "assets").mkdir(parents=True, exist_ok=True)
    environment = packages.environment() | PRODUCTION_LIKE | {"PYTHONPATH": str(ROOT / "bin")}
    environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # a setting of tests, which the check of a deployment refuses
    every = _steps()
    # Needs the network, and says something else tomorrow: only for who asks for it by its name.
    asked = {"vulnerabilities": [*every["dependencies"], "--known"]} if "vulnerabilities" in arguments else {}
    chosen = asked | {
        name: command for name, command in every.items() if not arguments or any(word in name for word in arguments)
    }
    if not chosen:
        raise Refusal(f"No step has such a name; there are {', '.join(every)} and vulnerabilities.")
    # One on each core: mypy takes as long as all the others.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(_passes, chosen, chosen.values(), repeat(environment)))
    return 0 if all(results) else 1


def _steps() -> dict[str, list[str]]:
    python = str(packages.PYTHON)
    django = [python, "-W", "ignore::RuntimeWarning", "manage.py"]
    templates = [str(file) for file in sorted(Path(ROOT / "templates").rglob("*.html"))]
    return {
        "ruff": ["ruff", "check", "--quiet", "."],
        "format": ["ruff", "format", "--check", "."],
        "types": ["mypy", "--no-error-summary"],
        "rooms": ["lint-imports", "--no-logo"],
        "templates": ["djade", "--target-version", "5.2", "--check", *templates],
        "migrations": [python, "-W", "ignore::RuntimeWarning", "-m", "environment.migrations"],
        "translations": [python, "-m", "environment.catalogues"],
        "deployment": [*django, "check", "--deploy", "--fail-level", "WARNING"],
        "locks": [python, "-m", "environment.locks"],
        "dependencies": [python, "-m", "environment.dependencies"],
        "compose": ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
    }


def _passes(name: str, command: list[str], environment: dict[str, str]) -> bool:
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    passed = done.returncode == 0
    lines = [f"{'ok  ' if passed else 'FAIL'}  {name:<13} {time.monotonic() - began:5.1f} s"]
    if not passed:
        lines += [f"      {line}" for line in (done.stdout + done.stderr).strip().splitlines()]
    print("\n".join(lines), flush=True)  # in one piece, since others speak too
    return passed
