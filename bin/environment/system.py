"""What must come from the system's own packages, and how it is got."""

import ctypes
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from environment.place import Refusal, say

# WeasyPrint opens these by name.
LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
COMMANDS_FOR_CHECKS = {"xgettext": "gettext"}
COMMANDS_FOR_TESTS = {
    **COMMANDS_FOR_CHECKS,
    "chromium-headless-shell": "chromium-headless-shell",
    "libatomic.so.1": "libatomic1",  # Playwright's own node opens it
    "qpdf": "qpdf",
    "pdfinfo": "poppler-utils",
    "pgbouncer": "pgbouncer",
}


def needed(commands: dict[str, str]) -> list[str]:
    """Debian packages that are missing here, in a fixed order."""
    packages = []
    if importlib.util.find_spec("ensurepip") is None:
        packages.append("python3-venv")
    packages += [package for library, package in LIBRARIES.items() if not _loads(library)]
    if not _has_fonts():
        packages.append("fonts-dejavu-core")
    packages += [package for name, package in commands.items() if not _is_here(name)]
    return packages


def ensure(commands: dict[str, str]) -> None:
    """Install what is missing as root; as anybody else refuse with the line an administrator has to run."""
    packages = needed(commands)
    if not packages:
        return
    names = " ".join(packages)
    if shutil.which("apt-get") is None:
        raise Refusal(f"This system lacks what Debian calls {names}: install its equivalents, then start again.")
    if os.geteuid() != 0:
        raise Refusal(f"Missing system packages: run  sudo apt-get install --no-install-recommends {names}  first.")
    say(f"Installing {names} …")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            say(done.stdout[-2000:] + done.stderr[-2000:])
            raise Refusal(f"“{' '.join(command)}” failed; its own words stand above.")


def _is_here(name: str) -> bool:
    """Whether a command, or a library when the name is one's, is here."""
    return _loads(name) if ".so." in name else command(name) is not None


def command(name: str) -> str | None:
    """Where a command is; servers lie where an ordinary user's PATH does not lead."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_fonts() -> bool:
    folders = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("~/.fonts").expanduser()]
    return any(True for folder in folders for kind in ("ttf", "otf") for _ in folder.rglob(f"*.{kind}"))
