"""PostgreSQL refuses to run as root. Root hands it to a user of its own, with what that user must be able to reach."""

import os
import pwd
import shutil
import signal
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import IO

from environment.place import VAR, Refusal, say
from environment.processes import dies_with_us

SYSTEM_USER = "tyonohjaus"
AS_ROOT = os.geteuid() == 0


def make_system_user() -> None:
    """Make the user unless it is there; raises Refusal with useradd's words."""
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        done = subprocess.run([*command, "--shell", "/usr/sbin/nologin", SYSTEM_USER], capture_output=True, text=True)
        if done.returncode != 0:
            raise Refusal(f"PostgreSQL's user {SYSTEM_USER} could not be made: {done.stderr.strip()}") from None


def as_system_user(command: list[str], log: IO[bytes], *, tied: bool) -> subprocess.Popen[bytes]:
    """Start the command as that user, or as ourselves when we are not root; a tied one ends when we do."""
    return subprocess.Popen(
        command,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        umask=0o077,
        user=SYSTEM_USER if AS_ROOT else None,
        group=SYSTEM_USER if AS_ROOT else None,
        extra_groups=[] if AS_ROOT else None,
        preexec_fn=dies_with_us(signal.SIGINT) if tied else None,
    )


def runs_as_system_user(program: Path) -> bool:
    """Whether that user can reach the program and what it links to."""
    try:
        done = subprocess.run(
            [str(program), "--version"],
            cwd="/",
            capture_output=True,
            user=SYSTEM_USER,
            group=SYSTEM_USER,
            extra_groups=[],
        )
    except PermissionError:
        return False
    return done.returncode == 0


def others_may_enter(folder: Path) -> bool:
    """Whether the folder and all above it let anybody pass; nothing is opened to make it so."""
    return all(part.stat().st_mode & 0o001 for part in [folder, *folder.parents])


def system_folder() -> Path:
    """The folder outside the project for what that user must reach, one for each var/."""
    folder = Path("/var/lib/tyonohjaus") / short(VAR)
    if not folder.exists():
        say(f"PostgreSQL's user cannot enter {VAR}: its data lies in {folder}.")
        folder.mkdir(parents=True)
    for made in (folder.parent, folder):
        made.chmod(0o711)
    return folder


def owned_folder(folder: Path) -> None:
    """Make a folder that only PostgreSQL's user (and root) may enter."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in {os.geteuid(), system_uid()}:
        raise Refusal(f"{folder} belongs to somebody else: remove it and start again.")
    folder.chmod(0o700)
    if AS_ROOT:
        shutil.chown(folder, SYSTEM_USER, SYSTEM_USER)


def system_uid() -> int:
    if not AS_ROOT:
        return os.geteuid()
    make_system_user()
    return pwd.getpwnam(SYSTEM_USER).pw_uid


def short(path: Path) -> str:
    return sha256(os.fsencode(path)).hexdigest()[:12]
