"""python -m benchmarks NAME… [--json]: a line a figure; the exit code says whether all goals are met."""

import logging
import os
import subprocess
import sys
from importlib import import_module

from benchmarks.figures import HEAD, Figure


def main(arguments: list[str]) -> int:
    """Each name is measured in a process of its own, in the database role that it needs."""
    if arguments[:1] == ["--only"]:
        return measure(arguments[1], as_json="--json" in arguments)
    as_json = "--json" in arguments
    names = [each for each in arguments if each != "--json"]
    if not as_json:
        print(HEAD, flush=True)
    codes = []
    for name in names:
        command = [sys.executable, "-m", "benchmarks", "--only", name, *(["--json"] if as_json else [])]
        codes.append(subprocess.run(command, check=False).returncode)
    return max(codes)


def measure(name: str, *, as_json: bool) -> int:
    module = import_module(f"benchmarks.{name}")
    os.environ["DATABASE_ROLE"] = module.ROLE
    import django

    django.setup()
    logging.disable(logging.WARNING)
    figures: list[Figure] = []
    for figure in module.figures():
        print(figure.as_json() if as_json else figure.line(), flush=True)
        figures.append(figure)
    return 0 if figures and all(each.ok for each in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
