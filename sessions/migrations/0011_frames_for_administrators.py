from django.db import migrations, models

from audit.rls import window

# The month, not the day: administrators count sessions, they do not follow them.
FRAME = """
  SELECT id, engagement_id, date_trunc('month', starts_at AT TIME ZONE 'Europe/Helsinki')::date AS month,
         (extract(epoch FROM ends_at - starts_at) / 60)::int AS minutes, mode, trial, state, sequence AS changes, created_at
    FROM supervision_session
"""


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0010_counts_for_the_practice"),
        ("engagements", "0009_frames_for_administrators"),
    ]
    operations = [
        window("supervision_frame", FRAME),
        migrations.CreateModel(
            name="SessionFrame",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(verbose_name="Month")),
                ("minutes", models.PositiveSmallIntegerField(verbose_name="Minutes")),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("in_person", "in person"),
                            ("remote", "remote"),
                            ("hybrid", "hybrid: sessions alternate"),
                            ("mixed", "mixed-location: some in the room, some remote"),
                        ],
                        max_length=10,
                        verbose_name="How we meet",
                    ),
                ),
                ("trial", models.BooleanField(verbose_name="Trial session")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "planned"),
                            ("held", "held"),
                            ("cancelled", "cancelled"),
                            ("cancelled_late", "cancelled late"),
                            ("no_show", "nobody came"),
                        ],
                        max_length=14,
                        verbose_name="State",
                    ),
                ),
                ("changes", models.PositiveSmallIntegerField(verbose_name="Changes")),
                ("created_at", models.DateTimeField(verbose_name="Booked")),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "db_table": "supervision_frame",
                "managed": False,
            },
        ),
    ]
