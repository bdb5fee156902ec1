"""A field that can hold something about a person and has no rule stops `manage.py check`, and so the start."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core import checks
from django.db import models

from accounts.models import Person, User
from privacy.policy import said

#: What can hold something about a person: words, bytes, structures, addresses, files, ids of somebody.
CAN = (
    models.CharField, models.TextField, models.JSONField, models.BinaryField, models.GenericIPAddressField,
    models.FileField, models.UUIDField, ArrayField,
)  # fmt: skip


def register() -> None:
    checks.register(every_field_has_its_rule, "privacy")


def every_field_has_its_rule(app_configs: Any = None, **_: Any) -> list[checks.CheckMessage]:
    return list(findings(apps.get_models()))


def findings(every: Iterable[type[models.Model]]) -> Iterator[checks.CheckMessage]:
    """Yield an error for each field that has no rule and each rule that has no field."""
    rules = said()
    there = set()
    for model in every:
        label = model._meta.label
        there.add(label)
        ruled = rules.get(label, {})
        asked = {field.name for field in model._meta.concrete_fields if can_tell(field)}
        if label not in rules and asked and model._meta.managed:
            yield error(model, "privacy.E001", f"{label} has no rule for {', '.join(sorted(asked))}.")
            continue
        for name in sorted(asked - set(ruled) if model._meta.managed else ()):
            yield error(model, "privacy.E001", f"{label}.{name} has no rule.")
        for name in sorted(set(ruled) - {field.name for field in model._meta.concrete_fields}):
            yield error(model, "privacy.E002", f"{label} has a rule for {name}, which is no field of it.")
    for label in sorted(set(rules) - there):
        yield error(None, "privacy.E002", f"There is a rule for {label}, which is no model.")


def error(model: type[models.Model] | None, key: str, why: str) -> checks.CheckMessage:
    hint = "Say in privacy/policy/of_….py what it is, or why it tells nothing of anybody."
    return checks.Error(why, hint=hint, obj=model, id=key)


def can_tell(field: "models.Field[Any, Any]") -> bool:
    """Whether a field can hold something about a person, by its type: fixed choices and own keys cannot."""
    if isinstance(field, models.ForeignKey):
        return issubclass(field.related_model, (Person, User))
    if isinstance(field, models.GeneratedField):
        return isinstance(field.output_field, CAN)
    if field.choices or (field.primary_key and isinstance(field, models.UUIDField)):
        return False
    return isinstance(field, CAN)
