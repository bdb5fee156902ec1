"""In which phase a process is when its supervisors say so, and a practice's own questions for each phase."""

import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

from audit.rls import protect, role
from audit.roles import Role

LED = "engagement_id = ANY(ARRAY(SELECT sec.led_engagements()))"
# An example goes whole: what hangs on it is known by the function that removes it, and this does not.
NO_EXAMPLE = "NOT EXISTS (SELECT FROM engagements_engagement e WHERE e.id = engagement_id AND e.example)"
OF_PRACTICE = "practice_id = ANY(ARRAY(SELECT sec.supervised_practices()))"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_smallest_group"),
        ("engagements", "0024_names_told"),
        ("supervision", "0032_community_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FacilitationTemplate",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "phase",
                    models.CharField(
                        choices=[("start", "start"), ("working", "working"), ("closing", "closing")],
                        default="start",
                        max_length=7,
                        verbose_name="Phase",
                    ),
                ),
                ("title", models.CharField(max_length=80, verbose_name="Name of the template")),
                ("text", models.TextField(max_length=4000, verbose_name="Points for the agenda")),
                ("archived_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "practice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="facilitation_templates",
                        to="accounts.practice",
                    ),
                ),
            ],
            options={
                "verbose_name": "facilitation template",
                "verbose_name_plural": "facilitation templates",
                "constraints": [
                    models.CheckConstraint(
                        condition=django.db.models.lookups.LessThanOrEqual(
                            django.db.models.functions.text.Length("text"), 4000
                        ),
                        name="facilitation_text_in_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("phase__in", ["start", "working", "closing"])),
                        name="facilitation_phase_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PhaseByHand",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "phase",
                    models.CharField(
                        choices=[("start", "start"), ("working", "working"), ("closing", "closing")], max_length=7
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "engagement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="phase_by_hand",
                        to="engagements.engagement",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("engagement",), name="phase_by_hand_once"),
                    models.CheckConstraint(
                        condition=models.Q(("phase__in", ["start", "working", "closing"])), name="phase_by_hand_known"
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role(Role.SEC)}",
            migrations.RunSQL.noop,
        ),
        *protect("supervision_phasebyhand", select=LED, insert=f"{LED} AND {NO_EXAMPLE}", update=LED, delete=LED),
        *protect("supervision_facilitationtemplate", select=OF_PRACTICE, insert=OF_PRACTICE, update=OF_PRACTICE),
    ]
