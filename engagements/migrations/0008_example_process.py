from django.db import migrations, models

from audit.rls import role
from audit.roles import Role

APP, WORKER, ADMIN, SEC = (role(which) for which in (Role.APP, Role.WORKER, Role.ADMIN, Role.SEC))

# Whose made-up people and client an engagement may have: its lead's when it is an example, else nobody's.
OWNER = "CASE WHEN e.example THEN e.lead_id END"

# An example stays one, and its lead's; nothing real is tied to it, and it is tied to nothing real.
APART = {
    "engagements_engagement": (
        "example, lead_id, client_id, copied_from_id",
        """
  TG_OP = 'UPDATE' AND (NEW.example <> OLD.example OR NEW.example AND NEW.lead_id <> OLD.lead_id)
  OR EXISTS (SELECT FROM accounts_clientorganisation o WHERE o.id = NEW.client_id
              AND o.example_of_id IS DISTINCT FROM CASE WHEN NEW.example THEN NEW.lead_id END)
  OR EXISTS (SELECT FROM engagements_engagement e WHERE e.id = NEW.copied_from_id AND e.example)
""",
    ),
    "engagements_participation": (
        "engagement_id, person_id",
        f"""
  EXISTS (SELECT FROM engagements_engagement e JOIN accounts_person p ON p.id = NEW.person_id
           WHERE e.id = NEW.engagement_id AND p.example_of_id IS DISTINCT FROM {OWNER})
""",
    ),
    "engagements_contractparty": (
        "contract_id, person_id, user_id",
        f"""
  EXISTS (SELECT FROM engagements_contract k JOIN engagements_engagement e ON e.id = k.engagement_id
            LEFT JOIN accounts_person p ON p.id = NEW.person_id
           WHERE k.id = NEW.contract_id AND (NEW.person_id IS NOT NULL AND p.example_of_id IS DISTINCT FROM {OWNER}
             OR e.example AND NEW.user_id <> e.lead_id))
""",
    ),
    "engagements_cosupervisor": (
        "engagement_id",
        "EXISTS (SELECT FROM engagements_engagement e WHERE e.id = NEW.engagement_id AND e.example)",
    ),
}


def apart(table: str, columns: str, breach: str) -> migrations.RunSQL:
    name = f"sec.{table.removeprefix('engagements_')}_example"
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
          SET search_path = pg_catalog, public, pg_temp AS $fn$
        BEGIN
          IF {breach} THEN
            RAISE EXCEPTION 'an example keeps to itself' USING ERRCODE = 'integrity_constraint_violation';
          END IF;
          RETURN NEW;
        END $fn$;
        ALTER FUNCTION {name}() OWNER TO {SEC};
        CREATE TRIGGER example_apart BEFORE INSERT OR UPDATE OF {columns} ON {table}
          FOR EACH ROW EXECUTE FUNCTION {name}();
        """,
        f"DROP TRIGGER example_apart ON {table}; DROP FUNCTION {name}()",
    )


# Only its lead knows of an example. The worker, who plans and sends messages, does not see it: nothing is ever sent.
SEEN = f"""
CREATE POLICY example_own ON engagements_engagement AS RESTRICTIVE TO {APP}
  USING (NOT example OR lead_id = (SELECT sec.uid()));
CREATE POLICY example_none ON engagements_engagement AS RESTRICTIVE TO {WORKER}, {ADMIN} USING (NOT example);
"""
UNSEEN = "DROP POLICY example_none ON engagements_engagement; DROP POLICY example_own ON engagements_engagement"


def administered(more: str) -> str:
    """Return the SQL of what a practice's administrator administers; who may call it stays as it is."""
    return f"""
    CREATE OR REPLACE FUNCTION sec.administered_engagements() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
      SET search_path = pg_catalog, public, pg_temp AS $fn$
      SELECT e.id FROM engagements_engagement e WHERE e.practice_id IN (SELECT sec.administered_practices()){more} $fn$
    """


# What was agreed never changes (promise 5). An example was never agreed by anybody: it goes, but by one door alone,
# `sec.remove_example`, inside which the role `sec` asks.
STAYS = """
CREATE OR REPLACE FUNCTION sec.agreed_stays() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
  {exception}
  IF OLD.state IN ('agreed', 'superseded') AND (TG_OP = 'DELETE' OR NOT (
      NEW.state IN (OLD.state, 'superseded') AND
      (to_jsonb(NEW) - 'state') IS NOT DISTINCT FROM (to_jsonb(OLD) - 'state'))) THEN
    RAISE EXCEPTION 'an agreed contract never changes' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $fn$
"""
EXCEPTION = f"""
  IF TG_OP = 'DELETE' AND current_user = {SEC.replace('"', "'")} THEN
    IF EXISTS (SELECT FROM public.engagements_engagement e WHERE e.id = OLD.engagement_id AND e.example) THEN
      RETURN OLD;
    END IF;
  END IF;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0007_agreed_contracts_stay"),
        ("accounts", "0005_example_people"),
    ]
    operations = [
        migrations.AddField(
            model_name="engagement",
            name="example",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddConstraint(
            model_name="engagement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("example", True)), fields=("lead",), name="engagement_example_once_a_lead"
            ),
        ),
        *[apart(table, columns, breach) for table, (columns, breach) in APART.items()],
        migrations.RunSQL(SEEN, UNSEEN),
        migrations.RunSQL(administered(" AND NOT e.example"), administered("")),
        migrations.RunSQL(STAYS.format(exception=EXCEPTION), STAYS.format(exception="")),
    ]
