from django.db import migrations

from audit.rls import protect, role
from audit.roles import Role

UID = "(SELECT sec.uid())"
LED = "ANY(ARRAY(SELECT sec.led_engagements()))"
# Levels are seen by who sees their goal: its own policy decides.
SEEN = "goal_id IN (SELECT g.id FROM engagements_goal g)"
OF_LED = f"goal_id IN (SELECT g.id FROM engagements_goal g WHERE g.engagement_id = {LED})"

# What was described stands once it was offered to somebody: what is agreed later is a new version, with its reason.
STAY = f"""
CREATE FUNCTION sec.levels_stay() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
DECLARE process_state text;
BEGIN
  SELECT e.state INTO process_state FROM engagements_goal g JOIN engagements_engagement e ON e.id = g.engagement_id
   WHERE g.id = NEW.goal_id FOR NO KEY UPDATE OF g;
  IF TG_OP = 'UPDATE' THEN
    IF process_state <> 'draft' OR NEW.goal_id <> OLD.goal_id OR NEW.version <> OLD.version THEN
      RAISE EXCEPTION 'levels that were agreed never change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF process_state IN ('offered', 'closed') OR process_state <> 'draft' AND NEW.agreed_how = 'contract' THEN
    RAISE EXCEPTION 'levels are agreed before they are described anew' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.version <> (SELECT coalesce(max(l.version), 0) + 1 FROM engagements_goallevels l WHERE l.goal_id = NEW.goal_id) THEN
    RAISE EXCEPTION 'levels follow one another' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.levels_stay() OWNER TO {role(Role.SEC)};
CREATE TRIGGER levels_stay BEFORE INSERT OR UPDATE ON engagements_goallevels
  FOR EACH ROW EXECUTE FUNCTION sec.levels_stay();
"""
GO = "DROP TRIGGER levels_stay ON engagements_goallevels; DROP FUNCTION sec.levels_stay()"


class Migration(migrations.Migration):
    dependencies = [("engagements", "0020_goal_levels")]
    operations = [
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role(Role.SEC)}",
            migrations.RunSQL.noop,
        ),
        *protect(
            "engagements_goallevels",
            select=SEEN,
            insert=f"{OF_LED} AND described_by_id = {UID}",
            update=OF_LED,
            delete=OF_LED,
        ),
        migrations.RunSQL(STAY, GO),
    ]
