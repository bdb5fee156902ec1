import django.contrib.postgres.constraints
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from audit.rls import protect

OWN = "user_id = (SELECT sec.uid())"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_rows_stay_in_their_practice"),
        ("supervision", "0007_a_series_is_checked_as_a_whole"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WorkingTime",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="working_time",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("travel_minutes", models.PositiveSmallIntegerField(default=0, verbose_name="Time to travel")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("travel_minutes__range", (0, 240))), name="working_travel_in_bounds"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkingHours",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("weekday", models.PositiveSmallIntegerField()),
                ("part", models.PositiveSmallIntegerField()),
                ("begins", models.PositiveSmallIntegerField()),
                ("ends", models.PositiveSmallIntegerField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="working_hours",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("weekday__range", (0, 6))), name="working_hours_on_a_weekday"
                    ),
                    models.CheckConstraint(condition=models.Q(("part__in", (1, 2))), name="working_hours_in_two_parts"),
                    models.CheckConstraint(
                        condition=models.Q(("ends__gt", models.F("begins")), ("ends__lte", 1440)),
                        name="working_hours_end_after_start",
                    ),
                    models.UniqueConstraint(fields=("user", "weekday", "part"), name="working_hours_once_a_part"),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("user", "="),
                            ("weekday", "="),
                            (models.Func(models.F("begins"), models.F("ends"), function="int4range"), "&&"),
                        ],
                        name="working_hours_no_overlap",
                    ),
                ],
            },
        ),
        # Nobody else sees when somebody works: no colleague, no worker, no administrator.
        *protect("supervision_workingtime", select=OWN, insert=OWN, update=OWN, delete=OWN),
        *protect("supervision_workinghours", select=OWN, insert=OWN, update=OWN, delete=OWN),
    ]
