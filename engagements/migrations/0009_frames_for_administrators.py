from django.db import migrations, models

from audit.rls import policy, window
from audit.roles import Role

FRAME = """
  SELECT id, practice_id, lead_id, form, focus, process, language, state, starts_on, ends_on, ending, created_at, closed_at
    FROM engagements_engagement
"""


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0008_example_process"),
        ("accounts", "0006_administrators_and_invitations"),
    ]
    operations = [
        window("engagements_frame", FRAME),
        migrations.CreateModel(
            name="EngagementFrame",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "form",
                    models.CharField(
                        choices=[
                            ("individual", "individual supervision"),
                            ("pair", "pair supervision"),
                            ("group", "group supervision"),
                            ("community", "work-community supervision"),
                        ],
                        max_length=12,
                        verbose_name="Form",
                    ),
                ),
                (
                    "focus",
                    models.CharField(
                        choices=[
                            ("general", "general"),
                            ("leadership", "leadership"),
                            ("crisis", "crisis"),
                            ("situational", "situational"),
                            ("toto", "supervision of supervision (ToTo)"),
                        ],
                        max_length=12,
                        verbose_name="Focus",
                    ),
                ),
                (
                    "process",
                    models.CharField(
                        choices=[("long", "long process"), ("short", "short process"), ("single", "single session")],
                        max_length=8,
                        verbose_name="Duration",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("fi", "suomi"), ("sv", "svenska"), ("en", "English")],
                        max_length=2,
                        verbose_name="Language of the process",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("offered", "offered"),
                            ("active", "active"),
                            ("paused", "paused"),
                            ("closed", "closed"),
                        ],
                        max_length=8,
                        verbose_name="State",
                    ),
                ),
                ("starts_on", models.DateField(null=True, verbose_name="Starts on")),
                ("ends_on", models.DateField(null=True, verbose_name="Ends on")),
                (
                    "ending",
                    models.CharField(
                        choices=[("completed", "completed"), ("early", "ended early")],
                        max_length=10,
                        verbose_name="How it ended",
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="Opened")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="Closed")),
            ],
            options={
                "verbose_name": "engagement",
                "verbose_name_plural": "engagements",
                "db_table": "engagements_frame",
                "managed": False,
            },
        ),
        policy("engagements_contracttemplate", "admin_select", Role.ADMIN, "SELECT", "USING (true)"),
        policy("engagements_contracttemplate", "admin_update", Role.ADMIN, "UPDATE", "USING (true) WITH CHECK (true)"),
    ]
