"""When supervisors are taken elsewhere, by other calendars of theirs: times, and nothing else of them."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

from audit.rls import function, protect, role
from audit.roles import Role

SEC = role(Role.SEC)
OWN = "user_id = (SELECT sec.uid())"
OWN_TIMES = f"calendar_id IN (SELECT c.id FROM supervision_busycalendar c WHERE c.{OWN})"

# In which of some stretches of time another supervisor of an engagement is taken elsewhere: asked by who leads it. It
# says that somebody is, never who, for how long or by what.
ELSEWHERE = """
  SELECT t.place::int - 1
    FROM unnest(starts, ends) WITH ORDINALITY AS t (begins, finishes, place)
   WHERE led IN (SELECT sec.led_engagements()) AND t.finishes - t.begins <= interval '10 hours'
     AND EXISTS (
       SELECT FROM supervision_busycalendar c JOIN supervision_busytime b ON b.calendar_id = c.id
        WHERE b.during && tstzrange(t.begins, greatest(t.begins, t.finishes)) AND c.user_id IS DISTINCT FROM sec.uid()
          AND c.user_id IN (
            SELECT e.lead_id FROM engagements_engagement e WHERE e.id = led
            UNION SELECT k.user_id FROM engagements_cosupervisor k WHERE k.engagement_id = led AND k.until IS NULL))
   ORDER BY 1
"""


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0027_invitations_by_mail"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BusyCalendar",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("place", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=80, verbose_name="Name")),
                ("sealed", models.BinaryField(null=True)),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("tried_at", models.DateTimeField(null=True)),
                ("read_at", models.DateTimeField(null=True)),
                ("whole_at", models.DateTimeField(null=True)),
                ("next_at", models.DateTimeField(null=True)),
                (
                    "fault",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("address", "The address does not lead to a calendar on the open internet."),
                            ("missing", "There is no calendar at the address, or it asks for a password."),
                            ("server", "The other service answers with an error."),
                            ("unreachable", "The other service cannot be reached."),
                            ("slow", "The other service took too long to answer."),
                            ("large", "The calendar is larger than 5 MB."),
                            ("calendar", "What is at the address is not a calendar, or not a whole one."),
                            ("much", "The calendar holds more events than can be read."),
                            ("sealed", "The address cannot be opened here any more. Remove it and add it again."),
                        ],
                        max_length=11,
                    ),
                ),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("etag", models.CharField(blank=True, max_length=200)),
                ("last_modified", models.CharField(blank=True, max_length=200)),
                ("unread", models.PositiveSmallIntegerField(default=0)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="busy_calendars",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["place"],
            },
        ),
        migrations.CreateModel(
            name="BusyTime",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("during", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                (
                    "calendar",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="times",
                        to="supervision.busycalendar",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="busycalendar",
            index=models.Index(
                condition=models.Q(("next_at__isnull", False)), fields=["next_at"], name="busy_calendar_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="busycalendar",
            constraint=models.UniqueConstraint(fields=("user", "place"), name="busy_calendar_once_a_place"),
        ),
        migrations.AddConstraint(
            model_name="busycalendar",
            constraint=models.CheckConstraint(
                condition=models.Q(("place__range", (1, 5))), name="busy_calendar_at_most_five"
            ),
        ),
        migrations.AddConstraint(
            model_name="busycalendar",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("next_at__isnull", True), ("sealed__isnull", True)),
                    models.Q(("next_at__isnull", False), ("sealed__isnull", False)),
                    _connector="OR",
                ),
                name="busy_calendar_file_is_read_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="busytime",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[("calendar", "="), ("during", "&&")], name="busy_time_no_overlap"
            ),
        ),
        migrations.AddConstraint(
            model_name="busytime",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("during__isempty", False), ("during__lower_inf", False), ("during__upper_inf", False)
                ),
                name="busy_time_begins_and_ends",
            ),
        ),
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {SEC};"
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {SEC}",
            migrations.RunSQL.noop,
        ),
        *protect("supervision_busycalendar", select=OWN, insert=OWN, update=OWN, delete=OWN, worker="ALL"),
        *protect("supervision_busytime", select=OWN_TIMES, insert=OWN_TIMES, delete=OWN_TIMES, worker="ALL"),
        function("taken_elsewhere(led uuid, starts timestamptz[], ends timestamptz[])", "SETOF int", ELSEWHERE),
    ]
