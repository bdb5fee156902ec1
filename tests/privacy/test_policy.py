"""Every field that can hold something about a person has a rule, and a field without one is noticed."""

from typing import Any

import pytest
from django.core import checks
from django.db import models

from accounts.models import Person
from privacy import policy
from privacy.policy.checks import every_field_has_its_rule, findings
from privacy.policy.kinds import Erased

PLANTED = [
    ("words", models.TextField()),
    ("address", models.EmailField()),
    ("structure", models.JSONField(default=dict)),
    ("content", models.BinaryField()),
    ("came_from", models.GenericIPAddressField()),
    ("scan", models.FileField()),
    ("whom", models.ForeignKey(Person, models.CASCADE, related_name="+")),
    ("subject", models.UUIDField()),
]


def make(name: str, **fields: Any) -> type[models.Model]:
    meta = type("Meta", (), {"app_label": "privacy"})
    return type(name, (models.Model,), {"__module__": __name__, "Meta": meta, **fields})


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models that a test makes are forgotten after it."""
    from django.apps import apps

    before = {label: dict(found) for label, found in apps.all_models.items()}
    monkeypatch.setattr(apps, "all_models", {label: dict(found) for label, found in before.items()})


def test_the_policy_is_complete() -> None:
    assert every_field_has_its_rule() == []


def test_it_is_asked_by_every_check_of_the_system() -> None:
    assert "every_field_has_its_rule" in {
        getattr(each, "__name__", "") for each in checks.registry.registry.get_checks()
    }


@pytest.mark.parametrize(("name", "field"), PLANTED, ids=[name for name, _field in PLANTED])
def test_a_field_that_somebody_adds_and_forgets_is_named(registry: None, name: str, field: models.Field) -> None:  # type: ignore[type-arg]
    planted = make(f"Planted{name.replace('_', '').title()}", **{name: field})
    found = [each.msg for each in findings([planted]) if each.id == "privacy.E001"]
    assert found == [f"privacy.{planted.__name__} has no rule for {name}."]


def test_a_field_that_tells_nothing_by_its_type_needs_no_rule(registry: None) -> None:
    planted = make(
        "PlantedNumber", number=models.IntegerField(), yes=models.BooleanField(), day=models.DateField(),
        state=models.CharField(max_length=3, choices=[("a", "a")]),
    )  # fmt: skip
    assert [each for each in findings([planted]) if each.id == "privacy.E001"] == []


def test_a_rule_whose_field_is_gone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = policy.said()
    rules["accounts.Person"]["nickname"] = rules["accounts.Person"]["email"]
    rules["accounts.Gone"] = {}
    monkeypatch.setattr("privacy.policy.checks.said", lambda: rules)
    assert [each.msg for each in every_field_has_its_rule()] == [
        "accounts.Person has a rule for nickname, which is no field of it.",
        "There is a rule for accounts.Gone, which is no model.",
    ]


def test_every_kind_says_until_when_and_what_outlives_an_erasure_says_by_which_law() -> None:
    for kind in policy.periods():
        assert all(str(words) for words in (kind.what, kind.whose, kind.purpose, kind.goes, kind.basis.label)), kind
        assert kind.law or kind.erased is not Erased.KEPT, kind.what
        assert set(kind.rules) <= set(policy.RULES)
    assert {rule for kind in policy.kinds() for rule in kind.rules} == set(policy.RULES)
