"""The installation's own keys, sealed to somebody else than the backups: both together open everything."""

import io
import json
from pathlib import Path
from typing import Final

from django.conf import settings

from audit.roles import told
from backups.age import Refused, identities_of, recipients_of, seal, unseal

#: What no backup of the database holds, and without which it opens no more, or only in part.
KEPT: Final = (
    "SECRET_KEY",
    "FACTOR_KEY",
    "VAULT_PEPPER",
    "CONTENT_KEY",
    "CALENDAR_KEY",
    "SEAL_KEY",
    "SEAL_CERTIFICATE",
)
#: Without these what people wrote is gone.
NEEDED: Final = ("FACTOR_KEY", "VAULT_PEPPER", "CONTENT_KEY")


def keep(file: Path, secrets: Path | None = None) -> list[str]:
    """Seal keys into `file`: those of the folder `secrets`, else those that this process is given. Return their names.

    Raises Refused.
    """
    words = settings.KEY_RECIPIENTS
    if set(words) & set(settings.BACKUP_RECIPIENTS):
        raise Refused("KEY_RECIPIENTS and BACKUP_RECIPIENTS must be different people's: together they open everything.")
    if file.exists():
        raise Refused(f"{file} is there already.")
    found = {name: value for name in KEPT if (value := of_folder(secrets, name) if secrets else told(name))}
    if missing := [name for name in NEEDED if name not in found]:
        raise Refused(f"There is no {', '.join(missing)}: name the folder of the secrets (--secrets).")
    recipients = recipients_of(words)
    with file.open("xb") as target:
        file.chmod(0o600)
        seal(io.BytesIO(json.dumps(found).encode()), target, recipients)
    return list(found)


def of_folder(secrets: Path, name: str) -> str:
    file = secrets / name.lower()
    return file.read_text().strip() if file.is_file() else ""


def bring_back(file: Path, identity: Path, folder: Path) -> list[str]:
    """Write the keys into files of `folder` as deploy/make-secrets names them, over none. Raises Refused."""
    content = io.BytesIO()
    unseal(file, content, identities_of(identity))
    found: dict[str, str] = json.loads(content.getvalue())
    if there := [name for name in found if (folder / name.lower()).exists()]:
        raise Refused(f"{folder} has {', '.join(there)} already: nothing was written.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, value in found.items():
        (folder / name.lower()).write_text(value)
        (folder / name.lower()).chmod(0o444)
    return list(found)
