import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from audit.rls import protect

LED = "ANY(ARRAY(SELECT sec.led_engagements()))"
ATTENDED = "ANY(ARRAY(SELECT sec.attended_engagements()))"
LED_SESSION = f"session_id IN (SELECT s.id FROM supervision_session s WHERE s.engagement_id = {LED})"

# A session is in a series of its own process. The column is new, so nothing has to be looked through; NOT VALID spares
# the lock that looking would take, and what is written from now on is checked.
OWN_SERIES = """
ALTER TABLE supervision_session ADD CONSTRAINT session_series_of_its_process
  FOREIGN KEY (series_id, engagement_id) REFERENCES supervision_series (id, engagement_id)
  DEFERRABLE INITIALLY DEFERRED NOT VALID;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0007_agreed_contracts_stay"),
        ("supervision", "0005_bookings_take_turns"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Series",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("every", models.PositiveSmallIntegerField(verbose_name="Every how many")),
                (
                    "unit",
                    models.CharField(
                        choices=[("weeks", "weeks"), ("months", "months"), ("agreed", "as agreed each time")],
                        max_length=8,
                        verbose_name="Rhythm",
                    ),
                ),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "Monday"),
                            (2, "Tuesday"),
                            (3, "Wednesday"),
                            (4, "Thursday"),
                            (5, "Friday"),
                            (6, "Saturday"),
                            (7, "Sunday"),
                        ],
                        verbose_name="Weekday",
                    ),
                ),
                ("clock", models.TimeField(verbose_name="Starts at")),
                ("minutes", models.PositiveSmallIntegerField(verbose_name="Length")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "engagement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="series",
                        to="engagements.engagement",
                    ),
                ),
            ],
            options={
                "verbose_name": "series",
                "verbose_name_plural": "series",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("every__range", (1, 26)),
                            ("unit__in", ["weeks", "months"]),
                            ("weekday__range", (1, 7)),
                            ("minutes__range", (10, 600)),
                        ),
                        name="series_rhythm_can_be",
                    ),
                    models.UniqueConstraint(fields=("id", "engagement"), name="series_of_engagement"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Shift",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("edit", models.UUIDField()),
                ("number", models.PositiveSmallIntegerField()),
                ("before", models.DateTimeField()),
                ("after", models.DateTimeField()),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="shifts", to="supervision.session"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("edit", "session"), name="shift_once_an_edit")],
            },
        ),
        migrations.AddField(
            model_name="session",
            name="series",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="sessions",
                to="supervision.series",
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=models.Q(("series__isnull", False)), fields=["series", "starts_at"], name="session_of_series"
            ),
        ),
        migrations.RunSQL(OWN_SERIES, "ALTER TABLE supervision_session DROP CONSTRAINT session_series_of_its_process"),
        *protect(
            "supervision_series",
            select=f"engagement_id = {LED} OR engagement_id = {ATTENDED}",
            insert=f"engagement_id = {LED}",
        ),
        *protect(
            "supervision_shift",
            select=LED_SESSION,
            insert=LED_SESSION,
            worker="SELECT",
        ),
    ]
