import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from audit.rls import function, protect

UID = "(SELECT sec.uid())"
PERSONS = "ANY(ARRAY(SELECT sec.own_persons()))"
ADMINISTERED = "ANY(ARRAY(SELECT sec.administered_practices()))"
# A practice's defaults are read by those who work in it, and by its persons.
PRACTICES = (
    "practice_id = ANY(ARRAY(SELECT sec.practices())) OR practice_id IN"
    f" (SELECT p.practice_id FROM accounts_person p WHERE p.user_id = {UID})"
)
WRITTEN = f"user_id = {UID} OR person_id = {PERSONS} OR practice_id = {ADMINISTERED}"
# By the sealed address in a mail, without a log-in: that a person is known, and what they have chosen.
HELD = """
  SELECT coalesce(f.declined, d.declined, '{}'::varchar[])::text[], f.hours::int, r.reminder_hours::int
    FROM accounts_person p JOIN accounts_practice r ON r.id = p.practice_id
    LEFT JOIN notifications_preference f ON f.person_id = p.id
    LEFT JOIN notifications_preference d ON d.practice_id = p.practice_id
   WHERE p.id = who
"""
CHOOSE = """
  INSERT INTO notifications_preference (id, person_id, declined, hours, rhythm, changed_at)
  SELECT gen_random_uuid(), p.id, names, before, '', clock_timestamp() FROM accounts_person p WHERE p.id = who
  ON CONFLICT (person_id) DO UPDATE
     SET declined = EXCLUDED.declined, hours = EXCLUDED.hours, changed_at = EXCLUDED.changed_at
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_smallest_group"),
        ("notifications", "0006_given_up_in_a_practice"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Preference",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "declined",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), blank=True, default=list, size=None
                    ),
                ),
                ("hours", models.PositiveSmallIntegerField(null=True, verbose_name="Reminder of a session")),
                (
                    "rhythm",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("single", "each by itself"),
                            ("daily", "gathered into one mail every morning"),
                            ("weekly", "gathered into one mail on Monday mornings"),
                        ],
                        max_length=6,
                        verbose_name="What can wait",
                    ),
                ),
                ("quiet_from", models.PositiveSmallIntegerField(null=True, verbose_name="Quiet from")),
                ("quiet_until", models.PositiveSmallIntegerField(null=True, verbose_name="Quiet until")),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                *[
                    (
                        name,
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="preference",
                            to=to,
                        ),
                    )
                    for name, to in (
                        ("user", settings.AUTH_USER_MODEL),
                        ("person", "accounts.person"),
                        ("practice", "accounts.practice"),
                    )
                ],
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(user__isnull=False, person=None, practice=None)
                        | Q(user=None, person__isnull=False, practice=None)
                        | Q(user=None, person=None, practice__isnull=False),
                        name="preference_of_one",
                    ),
                    models.CheckConstraint(
                        condition=Q(hours=None) | Q(hours__range=(1, 168)), name="preference_reminder_within_a_week"
                    ),
                    models.CheckConstraint(
                        condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                        | Q(
                            quiet_from__isnull=False,
                            quiet_until__isnull=False,
                            quiet_from__range=(17, 23),
                            quiet_until__range=(5, 10),
                        ),
                        name="preference_quiet_hours",
                    ),
                ]
            },
        ),
        migrations.AlterField(
            model_name="message",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "waiting"),
                    ("sending", "being sent"),
                    ("sent", "sent"),
                    ("gathered", "waiting to be told with others"),
                    ("dropped", "not needed any more"),
                    ("dead", "given up"),
                ],
                default="pending",
                max_length=8,
                verbose_name="State",
            ),
        ),
        *protect(
            "notifications_preference",
            select=f"user_id = {UID} OR person_id = {PERSONS} OR {PRACTICES}",
            insert=WRITTEN,
            update=WRITTEN,
            worker="SELECT",
        ),
        function("reminders_of(who uuid)", "TABLE (declined text[], hours int, usual int)", HELD),
        function("choose_reminders(who uuid, names text[], before int)", "void", CHOOSE, volatile=True),
    ]
