import uuid
from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from audit.rls import function, protect, role
from audit.roles import Role

RULES = import_module("evaluations.migrations.0002_rules")
READS_BEFORE = import_module("sessions.migrations.0016_progress_diary_board_rules").READS
UID, LED, ATTENDED, SEC = RULES.UID, RULES.LED, RULES.ATTENDED, role(Role.SEC)

# A change is agreed over the results of a closed round of its own process, and looked at again at a later one, once.
FITS = """
  IF NOT EXISTS (SELECT FROM evaluations_round r WHERE r.id = NEW.round_id AND r.engagement_id = NEW.engagement_id
                    AND r.state = 'closed' AND r.mode <> 'own')
     OR NEW.looked_at_in_id IS NOT NULL AND NOT EXISTS (
       SELECT FROM evaluations_round r JOIN evaluations_round b ON b.id = NEW.round_id
        WHERE r.id = NEW.looked_at_in_id AND r.engagement_id = NEW.engagement_id AND r.state = 'closed'
          AND r.mode <> 'own' AND r.id <> b.id AND r.closed_at >= b.closed_at)
     OR TG_OP = 'UPDATE' AND OLD.outcome <> '' THEN
    RAISE EXCEPTION 'a change is agreed over results, and looked at again once, over later ones'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
"""
TRIGGER = f"""
CREATE FUNCTION sec.agreed_change_fits() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$ BEGIN {FITS} RETURN NEW; END $fn$;
ALTER FUNCTION sec.agreed_change_fits() OWNER TO {SEC};
CREATE TRIGGER fits BEFORE INSERT OR UPDATE ON evaluations_agreedchange
  FOR EACH ROW EXECUTE FUNCTION sec.agreed_change_fits();
"""
NO_TRIGGER = "DROP TRIGGER fits ON evaluations_agreedchange; DROP FUNCTION sec.agreed_change_fits();"

OF_CHANGES = "  DELETE FROM evaluations_agreedchange c WHERE c.engagement_id = target;\n"
REMOVE = RULES.REMOVE.replace("  DELETE FROM evaluations_draft", f"{OF_CHANGES}  DELETE FROM evaluations_draft", 1)

# Answers that are by name are somebody's: who else has read them is told to them.
READS = READS_BEFORE.replace("'contract.viewed')", "'contract.viewed', 'evaluation.read')", 1).replace(
    "    ELSIF event = 'progress.read' THEN",
    """    ELSIF event = 'evaluation.read' THEN
      SELECT r.closed_at INTO about FROM evaluations_round r
       WHERE r.id = entry.obj AND r.mode = 'named' AND r.kind <> 'orderer' AND EXISTS (
         SELECT FROM evaluations_invitation i WHERE i.round_id = r.id AND i.participation_id = ANY(mine));
      CONTINUE WHEN NOT FOUND;
    ELSIF event = 'progress.read' THEN""",
    1,
)


def reads(body: str) -> migrations.RunSQL:
    returns = "TABLE (at timestamptz, actor uuid, event text, about timestamptz, client boolean, version integer)"
    return function("reads_of(process uuid)", returns, body, language="plpgsql")


class Migration(migrations.Migration):
    dependencies = [
        ("evaluations", "0003_own_open_rounds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="AgreedChange",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("text", models.BinaryField()),
                ("agreed_on", models.DateField()),
                ("at", models.DateTimeField()),
                ("looked_at", models.DateTimeField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("done", "done"),
                            ("partly", "partly done"),
                            ("not", "not done"),
                            ("dropped", "given up together"),
                        ],
                        max_length=7,
                    ),
                ),
                ("remark", models.BinaryField(default=b"")),
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
                        related_name="agreed_changes",
                        to="engagements.engagement",
                    ),
                ),
                (
                    "looked_at_in",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes_looked_at",
                        to="evaluations.round",
                    ),
                ),
                (
                    "looked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agreed_changes",
                        to="evaluations.round",
                    ),
                ),
            ],
            options={
                "verbose_name": "agreed change",
                "verbose_name_plural": "agreed changes",
                "indexes": [models.Index(fields=["engagement", "at"], name="agreed_change_of_engagement")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("looked_at", None),
                                ("looked_at_in", None),
                                ("looked_by", None),
                                ("outcome", ""),
                                ("remark", b""),
                            ),
                            models.Q(
                                models.Q(("outcome", ""), _negated=True),
                                ("looked_at__isnull", False),
                                ("looked_at_in__isnull", False),
                                ("looked_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="agreed_change_looked_at_says_where",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text", b""), _negated=True), name="agreed_change_says_something"
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {SEC}", migrations.RunSQL.noop
        ),
        *protect(
            "evaluations_agreedchange",
            select=f"engagement_id = {LED} OR engagement_id = {ATTENDED}",
            insert=f"engagement_id = {LED} AND by_id = {UID}",
            update=f"engagement_id = {LED}",
            delete=f"engagement_id = {LED} AND outcome = ''",
        ),
        migrations.RunSQL(TRIGGER, NO_TRIGGER),
        migrations.RunSQL(RULES.remove(REMOVE).sql, RULES.remove(RULES.REMOVE).sql),
        migrations.RunSQL(reads(READS).sql, reads(READS_BEFORE).sql),
    ]
