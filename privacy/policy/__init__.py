"""What is kept of whom, why, until when, and what becomes of it when somebody is erased: beside the code, and checked.

Every field that can hold something about a person stands in one of the files of this package, under its kind; a field
that stands nowhere stops the start (`checks`). The days themselves are reckoned by the database (`sec.retention_due`).
"""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from privacy.policy.kinds import Basis, Erased, Excuse, Kind

#: The rules of the nightly run, in their order: what hangs on something goes before it.
RULES: Final = (
    "notes", "content", "books", "trips", "contract", "abandoned", "contacts", "people", "accounts", "messages",
    "mail_replies", "invitations", "signing_links", "answer_links", "log_ins", "devices", "addresses_to_prove",
    "busy_times", "former", "admin_log", "holds", "runs", "requests", "duties",
    "incidents", "imports",
)  # fmt: skip
#: What each file says: for a model (app label and name), fields to their kind, or to why they tell nothing of anybody.
Said = Mapping[str, Mapping[str, Kind | Excuse]]

__all__ = ["RULES", "Basis", "Erased", "Excuse", "Kind", "Said", "kinds", "periods", "said"]


def said() -> dict[str, dict[str, Kind | Excuse]]:
    """Return the whole policy: by model and field, what it is. A new room adds a file `of_….py` with its `KEPT`."""
    every: dict[str, dict[str, Kind | Excuse]] = {}
    for module in iter_modules(__path__):
        if module.name.startswith("of_"):
            kept: Said = import_module(f"{__name__}.{module.name}").KEPT
            for model, fields in kept.items():
                for names, kind in fields.items():
                    every.setdefault(model, {}).update(dict.fromkeys(names.split(), kind))
    return every


def kinds() -> list[Kind]:
    """Return every kind that some field is of, in the order of `privacy.policy.kinds`."""
    used = {kind for fields in said().values() for kind in fields.values() if isinstance(kind, Kind)}
    return sorted(used, key=lambda kind: kind.place)


def periods() -> list[Kind]:
    """Return what a notice or a record of processing has to tell: each kind with its purpose, basis and period."""
    return [kind for kind in kinds() if kind.erased is not Erased.NOBODY]
