"""Cases that supervisors take to their own supervision: their author's alone, and no process's."""

import django.db.models.deletion
import django.db.models.lookups
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

from audit.rls import protect, role
from audit.roles import Role

UID = "(SELECT sec.uid())"
OWN = f"author_id = {UID}"
LED = "ANY(ARRAY(SELECT sec.led_engagements()))"


def keys(engagement: str) -> str:
    """Return what lets a private text be sealed of `engagement` alone."""
    return (
        "DROP POLICY app_insert ON vault_textkey; CREATE POLICY app_insert ON vault_textkey FOR INSERT"
        f" TO {role(Role.APP)} WITH CHECK (author = {UID} AND {engagement})"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("vault", "0005_keys_about_to_go"),
        ("engagements", "0024_names_told"),
        ("portfolio", "0002_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Case",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("taken_on", models.DateField(blank=True, null=True, verbose_name="Taken to ToTo on")),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "case for ToTo",
                "verbose_name_plural": "cases for ToTo",
                "indexes": [models.Index(fields=["author", "-created_at", "-id"], name="case_of_author")],
                "constraints": [
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Range(
                            models.Func("sealed", function="octet_length", output_field=models.IntegerField()),
                            (46, 300000),
                        ),
                        name="case_is_sealed",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role(Role.SEC)}",
            migrations.RunSQL.noop,
        ),
        *protect("portfolio_case", select=OWN, insert=OWN, update=OWN, delete=OWN),
        # The texts of a case are of no process: their keys have their author's id in the place of one.
        migrations.RunSQL(keys(f"(engagement = {LED} OR engagement = author)"), keys(f"engagement = {LED}")),
    ]
