"""Whether the lock files still hold what the .in files ask for, without asking any index."""

import sys
from itertools import pairwise

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from environment.place import ROOT

FOLDER = ROOT / "requirements"
HOW = "uv pip compile --universal --python-version 3.11 --generate-hashes requirements/{0}.in -o requirements/{0}.lock"


# Each holds what the ones before it hold, in the same versions.
LOCKS = ("prod", "base", "test")


def main() -> int:
    every = {name: locked(name) for name in LOCKS}
    complaints = [
        complaint
        for lock in LOCKS
        for name in LOCKS[: LOCKS.index(lock) + 1]
        for complaint in _unmet(name, every[lock])
    ]
    for smaller, larger in pairwise(LOCKS):
        complaints += [
            f"{name} is {version} in {smaller}.lock and {every[larger].get(name, 'missing')} in {larger}.lock"
            for name, version in every[smaller].items()
            if every[larger].get(name) != version
        ]
    print("\n".join(complaints))
    return 1 if complaints else 0


def _unmet(name: str, versions: dict[str, str]) -> list[str]:
    complaints = []
    for line in (FOLDER / f"{name}.in").read_text().splitlines():
        text = line.partition("#")[0].strip()
        if not text or text.startswith("-"):
            continue
        requirement = Requirement(text)
        version = versions.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version):
            complaints.append(f"{name}.in asks for {text}, the lock has {version or 'none'}: {HOW.format(name)}")
    return complaints


def locked(name: str) -> dict[str, str]:
    """Names and versions; a package with two versions for two systems counts by its last."""
    return {package: versions[-1] for package, versions in all_locked(name).items()}


def all_locked(name: str) -> dict[str, list[str]]:
    """Names, and the versions of each: one that has several has them for different systems."""
    found: dict[str, list[str]] = {}
    for line in (FOLDER / f"{name}.lock").read_text().splitlines():
        package, separator, rest = line.partition("==")
        if separator and not line.startswith((" ", "#")):
            found.setdefault(canonicalize_name(package), []).append(rest.split()[0])
    return found


if __name__ == "__main__":
    sys.exit(main())
