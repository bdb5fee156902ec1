import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from audit.rls import function, protect, role
from audit.roles import Role

UID = "(SELECT sec.uid())"

# What is full takes nobody more, and never changes. A process stands in a crowd with two closed rounds of its own.
FITS = """
BEGIN
  PERFORM FROM evaluations_crowd c WHERE c.id = NEW.crowd_id AND c.full_at IS NULL FOR UPDATE;
  IF NOT FOUND OR NOT EXISTS (
    SELECT FROM evaluations_crowd c JOIN engagements_engagement e ON e.practice_id = c.practice_id
      JOIN evaluations_round b ON b.engagement_id = e.id JOIN evaluations_round a ON a.engagement_id = e.id
     WHERE c.id = NEW.crowd_id AND e.id = NEW.engagement_id AND NOT e.example AND e.form = c.form
       AND b.id = NEW.before_id AND b.kind = 'baseline' AND b.state = 'closed'
       AND a.id = NEW.after_id AND a.kind = 'final' AND a.state = 'closed') THEN
    RAISE EXCEPTION 'a process enters a crowd that is not full, with its rounds before and after'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
"""
STAYS = """
BEGIN
  IF OLD.full_at IS NOT NULL THEN
    RAISE EXCEPTION 'a crowd that is full stays as it is' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
"""


def trigger(name: str, body: str) -> str:
    return f"""
      CREATE FUNCTION sec.{name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, public, pg_temp AS $fn$ {body} $fn$;
      ALTER FUNCTION sec.{name}() OWNER TO {role(Role.SEC)};
    """


TRIGGERS = f"""
{trigger("entered_fits", FITS)}
CREATE TRIGGER fits BEFORE INSERT OR UPDATE ON evaluations_entered
  FOR EACH ROW EXECUTE FUNCTION sec.entered_fits();
{trigger("full_crowd_stays", STAYS)}
CREATE TRIGGER stays BEFORE UPDATE ON evaluations_crowd FOR EACH ROW EXECUTE FUNCTION sec.full_crowd_stays();
"""
NO_TRIGGERS = """
DROP TRIGGER stays ON evaluations_crowd; DROP FUNCTION sec.full_crowd_stays();
DROP TRIGGER fits ON evaluations_entered; DROP FUNCTION sec.entered_fits();
"""
# Answers of full crowds, in no order: without a practice those of the asker's own, as lead when they entered; with one
# all of it, to who supervises there. `known`: the asker sees what its group answered elsewhere, or did once.
RESPONSES = """
  WITH met AS (
    SELECT g.id FROM engagements_engagement g WHERE g.lead_id = sec.uid()
    UNION SELECT s.engagement_id FROM engagements_cosupervisor s WHERE s.user_id = sec.uid()
    UNION SELECT a.engagement_id FROM engagements_participation a JOIN accounts_person p ON p.id = a.person_id
           WHERE p.user_id = sec.uid())
  SELECT c.id, c.practice_id, c.lead_id, c.form, extract(year FROM c.full_at AT TIME ZONE 'Europe/Helsinki')::int,
         c.threshold::int, CASE WHEN NOT c.same_people THEN c.answered_both::int END, e.engagement_id,
         c.lead_id = sec.uid() OR c.kind <> 'pooled' AND e.engagement_id IN (SELECT m.id FROM met m),
         x.after, r.id, r.version_id, CASE WHEN r.mode = 'coded' THEN a.code END, a.figures
    FROM evaluations_crowd c JOIN evaluations_entered e ON e.crowd_id = c.id
    CROSS JOIN LATERAL (VALUES (e.before_id, false), (e.after_id, true)) AS x(round, after)
    JOIN evaluations_round r ON r.id = x.round JOIN evaluations_response a ON a.round_id = r.id
   WHERE c.full_at IS NOT NULL AND c.practice_id IN (SELECT sec.supervised_practices())
     AND CASE WHEN $1 IS NULL THEN c.lead_id = sec.uid() ELSE c.practice_id = $1 END
   ORDER BY random()
"""
RESPONSES_RETURN = (
    "TABLE (crowd uuid, owner uuid, lead uuid, form text, year int, threshold int, answered_both int,"
    " engagement uuid, known boolean, after boolean, round uuid, version uuid, code bytea, figures bytea)"
)
# Organisations whose yearly totals the asker sees and enters: as their contact, or leading a process agreed for them.
SERVED = """
  SELECT e.client_id FROM engagements_engagement e
   WHERE e.id IN (SELECT sec.led_engagements()) AND e.state IN ('active', 'paused', 'closed') AND NOT e.example
     AND e.client_id IS NOT NULL
"""
OF_ORGANISATION = "organisation_id = ANY(ARRAY(SELECT sec.totals_organisations()))"
REPRESENTED = "organisation_id = ANY(ARRAY(SELECT sec.represented_organisations()))"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_smallest_group"),
        ("engagements", "0021_goal_levels_rules"),
        ("evaluations", "0005_sizes_of_crowds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Crowd",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
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
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("own", "one process, whose results its own group sees"),
                            ("pooled", "several processes with too few answers each"),
                            ("named", "several processes whose answers were given by name"),
                        ],
                        max_length=6,
                    ),
                ),
                ("same_people", models.BooleanField()),
                ("threshold", models.PositiveSmallIntegerField(null=True)),
                ("people", models.PositiveSmallIntegerField(null=True)),
                ("answered_both", models.PositiveSmallIntegerField(null=True)),
                ("full_at", models.DateTimeField(null=True)),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "practice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="accounts.practice"
                    ),
                ),
            ],
            options={
                "verbose_name": "crowd",
                "verbose_name_plural": "crowds",
            },
        ),
        migrations.CreateModel(
            name="Entered",
            fields=[
                (
                    "engagement",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="engagements.engagement",
                    ),
                ),
                (
                    "after",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="evaluations.round"
                    ),
                ),
                (
                    "before",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="evaluations.round"
                    ),
                ),
                (
                    "crowd",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="evaluations.crowd"
                    ),
                ),
            ],
            options={
                "verbose_name": "process in a crowd",
                "verbose_name_plural": "processes in crowds",
            },
        ),
        migrations.CreateModel(
            name="YearTotals",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("year", models.PositiveSmallIntegerField(verbose_name="Year")),
                ("version", models.PositiveSmallIntegerField(default=1)),
                ("covers", models.CharField(blank=True, max_length=120, verbose_name="Unit")),
                ("employees", models.PositiveIntegerField(verbose_name="Employees")),
                (
                    "absence_days",
                    models.DecimalField(decimal_places=1, max_digits=9, null=True, verbose_name="Days of absence"),
                ),
                (
                    "satisfaction",
                    models.DecimalField(
                        decimal_places=2, max_digits=3, null=True, verbose_name="Customer satisfaction"
                    ),
                ),
                (
                    "satisfaction_words",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="Customer satisfaction measured otherwise"
                    ),
                ),
                ("cost", models.DecimalField(decimal_places=2, max_digits=12, null=True, verbose_name="Costs")),
                ("note", models.TextField(blank=True, max_length=1000, verbose_name="Remark")),
                ("on_behalf", models.BooleanField(default=False)),
                ("entered_at", models.DateTimeField()),
                (
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="year_totals",
                        to="accounts.clientorganisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "yearly totals",
                "verbose_name_plural": "yearly totals",
            },
        ),
        migrations.AddIndex(
            model_name="crowd",
            index=models.Index(fields=["practice", "lead"], name="crowd_of_practice"),
        ),
        migrations.AddConstraint(
            model_name="crowd",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answered_both", None), ("full_at", None), ("people", None), ("threshold", None)),
                    models.Q(
                        ("answered_both__isnull", False),
                        ("full_at__isnull", False),
                        ("people__gte", models.F("threshold")),
                        ("threshold__gte", 5),
                    ),
                    _connector="OR",
                ),
                name="crowd_full_from_its_threshold_on",
            ),
        ),
        migrations.AddConstraint(
            model_name="yeartotals",
            constraint=models.UniqueConstraint(fields=("organisation", "year", "version"), name="totals_version_once"),
        ),
        migrations.AddConstraint(
            model_name="yeartotals",
            constraint=models.CheckConstraint(
                condition=models.Q(("year__range", (2000, 2100))), name="totals_of_a_year"
            ),
        ),
        migrations.AddConstraint(
            model_name="yeartotals",
            constraint=models.CheckConstraint(
                condition=models.Q(("employees__range", (10, 1000000))), name="totals_point_at_nobody"
            ),
        ),
        migrations.AddConstraint(
            model_name="yeartotals",
            constraint=models.CheckConstraint(
                condition=models.Q(("absence_days", None), ("absence_days__gte", 0), _connector="OR"),
                name="totals_absence_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="yeartotals",
            constraint=models.CheckConstraint(
                condition=models.Q(("satisfaction", None), ("satisfaction__range", (1, 5)), _connector="OR"),
                name="totals_satisfaction_in_scale",
            ),
        ),
        migrations.AddConstraint(
            model_name="yeartotals",
            constraint=models.CheckConstraint(
                condition=models.Q(("cost", None), ("cost__gte", 0), _connector="OR"), name="totals_cost_not_negative"
            ),
        ),
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role(Role.SEC)}",
            migrations.RunSQL.noop,
        ),
        function("effect_responses(practice uuid)", RESPONSES_RETURN, RESPONSES, volatile=True),
        function("totals_organisations()", "SETOF uuid", f"SELECT sec.represented_organisations() UNION {SERVED}"),
        *protect("evaluations_crowd", select="false", insert="false", worker="ALL"),
        *protect("evaluations_entered", select="false", insert="false", worker="ALL"),
        *protect(
            "evaluations_yeartotals",
            select=OF_ORGANISATION,
            insert=f"{OF_ORGANISATION} AND entered_by_id = {UID} AND on_behalf <> ({REPRESENTED})",
        ),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
