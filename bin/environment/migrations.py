"""bin/check migrations: what a new version asks of tables must leave the version that still runs beside it working.

Expand, migrate, contract: a release adds what it needs, so that old and new code run side by side; a later release
takes away what nobody uses any more, and its migration says so by an attribute `contracts`, a sentence that says since
which version. What stood before the first release (BASELINE) met no table on which two versions worked.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from environment.place import ROOT

#: The last migration of each app before the first release.
BASELINE = ROOT / "docs" / "migrations-before-the-first-release.txt"
AUTO = re.compile(r"_auto_\d{8}|_alter_|_initial$|_merge_")


def main() -> int:
    """The models first: a table nobody has described is worse than one that is changed carelessly."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", "makemigrations", "--check", "--dry-run"], cwd=ROOT
    )
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tyonohjaus.settings")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    wrong = list(refused(*_new()))
    for sentence in wrong:
        print(sentence)
    return 1 if done.returncode or wrong else 0


def _new() -> tuple[list[Any], Any]:
    """Return the migrations of our own rooms since the baseline, in their order, and the loader that knows them."""
    from django.apps import apps
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(None)
    ours = {
        app.label for app in apps.get_app_configs() if Path(app.path).is_relative_to(ROOT) and ".venv" not in app.path
    }
    before = dict(line.split() for line in BASELINE.read_text().splitlines() if line and not line.startswith("#"))
    found = [
        migration
        for (label, name), migration in sorted(loader.disk_migrations.items())
        if label in ours and name > before.get(label, "")
    ]
    return found, loader


def refused(migrations: list[Any], loader: Any) -> Iterator[str]:
    """Say of each migration what old code, or a table in use, would not survive."""
    for migration in migrations:
        where = f"{migration.app_label}.{migration.name}:"
        if AUTO.search(migration.name):
            yield f"{where} give it a name that says what it does."
        state = loader.project_state((migration.app_label, migration.name), at_end=False)
        made = set()
        for operation in migration.operations:
            if type(operation).__name__ == "CreateModel":
                made.add(operation.name_lower)
            for what in unsafe(operation, migration, state, made):
                yield f"{where} {what}"
            operation.state_forwards(migration.app_label, state)


def unsafe(operation: Any, migration: Any, state: Any, made: set[str]) -> Iterator[str]:
    kind = type(operation).__name__
    new_table = getattr(operation, "model_name_lower", None) in made
    told = getattr(migration, "contracts", "")
    if kind in {"RemoveField", "DeleteModel", "RenameField", "RenameModel", "AlterModelTable"} and not told:
        yield f"{kind} breaks the version that still runs: first release without its use, then say so by `contracts`."
    if kind == "AddField" and not new_table and _old_inserts_fail(operation.field):
        yield f"{operation.name} needs null=True or db_default: the version that still runs does not fill it."
    if kind == "AlterField" and not told and _narrows(operation, migration, state):
        yield f"{operation.name} becomes narrower: fill and check it first, then say so by `contracts`."
    if kind in {"AddIndex", "AddConstraint"} and not new_table:
        safe = (
            "AddIndexConcurrently, atomic = False"
            if kind == "AddIndex"
            else "AddConstraintNotValid, ValidateConstraint"
        )
        if kind == "AddIndex" or type(operation.constraint).__name__ == "CheckConstraint":
            yield f"{kind} locks a table in use: {safe}."
    if kind in {"RunPython", "RunSQL"} and not operation.reversible:
        yield f"{kind} has no way back."


def _old_inserts_fail(field: Any) -> bool:
    return not (field.many_to_many or field.null or field.has_db_default() or getattr(field, "generated", False))


def _narrows(operation: Any, migration: Any, state: Any) -> bool:
    model = state.models[migration.app_label, operation.model_name_lower]
    old, new = model.fields[operation.name], operation.field
    shorter = (new.max_length or 0) < (old.max_length or 0)
    return type(old) is not type(new) or shorter or (old.null and not new.null) or (new.unique and not old.unique)


if __name__ == "__main__":
    sys.exit(main())
