"""What bin/check refuses in a migration that runs while the version before it still works."""

from typing import Any

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

from environment.migrations import refused

TABLE: list[tuple[str, Any]] = [
    ("id", models.BigAutoField(primary_key=True)),
    ("name", models.CharField(max_length=20, null=True)),
]
INDEX = models.Index(fields=["name"], name="by_name")


class Loader:
    """Knows of one table that is in use."""

    def project_state(self, _node: Any, at_end: bool) -> ProjectState:
        state = ProjectState()
        state.add_model(ModelState("accounts", "Thing", TABLE))
        return state


def said(*operations: Operation, name: str = "0099_a_thing", **attributes: Any) -> list[str]:
    made = type("Migration", (migrations.Migration,), {"operations": list(operations), **attributes})
    return list(refused([made(name, "accounts")], Loader()))


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (migrations.RemoveField("thing", "name"), "breaks the version that still runs"),
        (migrations.DeleteModel("Thing"), "breaks the version that still runs"),
        (migrations.RenameField("thing", "name", "title"), "breaks the version that still runs"),
        (migrations.AddField("thing", "more", models.IntegerField(default=0)), "null=True or db_default"),
        (migrations.AlterField("thing", "name", models.CharField(max_length=10, null=True)), "narrower"),
        (migrations.AlterField("thing", "name", models.CharField(max_length=20)), "narrower"),
        (migrations.AddIndex("thing", INDEX), "AddIndexConcurrently"),
        (
            migrations.AddConstraint("thing", models.CheckConstraint(condition=models.Q(name="a"), name="a")),
            "AddConstraintNotValid",
        ),
        (migrations.RunSQL("SELECT 1"), "no way back"),
        (migrations.RunPython(lambda apps, editor: None), "no way back"),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Operation) else "",
)
def test_what_old_code_would_not_survive_is_refused(operation: Operation, words: str) -> None:
    [sentence] = said(operation)
    assert sentence.startswith("accounts.0099_a_thing: ")
    assert words in sentence


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("thing", "more", models.IntegerField(null=True)),
        migrations.AddField("thing", "more", models.IntegerField(db_default=0)),
        migrations.AlterField("thing", "name", models.CharField(max_length=40, null=True)),
        AddIndexConcurrently("thing", INDEX),
        migrations.RunSQL("SELECT 1", "SELECT 1"),
    ],
)
def test_what_only_adds_is_let_through(operation: Operation) -> None:
    assert said(operation) == []


def test_a_new_table_may_have_what_it_likes() -> None:
    made = migrations.CreateModel("Fresh", TABLE)
    assert said(made, migrations.AddIndex("fresh", INDEX)) == []


def test_what_nobody_uses_any_more_goes_when_the_migration_says_since_when() -> None:
    assert said(migrations.RemoveField("thing", "name"), contracts="unused since 1.2") == []


def test_a_name_that_says_nothing_is_refused() -> None:
    [sentence] = said(name="0099_auto_20261127_0800")
    assert "a name that says" in sentence
