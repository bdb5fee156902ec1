"""What a process becomes by an agreed version, who sees the parts of a work community, and that a part is of its own."""

from django.db import migrations

from audit.rls import protect, role
from audit.roles import Role

SEC = role(Role.SEC)
LED = "ANY(ARRAY(SELECT sec.led_engagements()))"
ATTENDED = "ANY(ARRAY(SELECT sec.attended_engagements()))"
OF_LED = f"sub_group_id IN (SELECT g.id FROM engagements_subgroup g WHERE g.engagement_id = {LED})"
OF_SEEN = (
    "sub_group_id IN (SELECT g.id FROM engagements_subgroup g"
    f" WHERE g.engagement_id = {LED} OR g.engagement_id = {ATTENDED})"
)


def rule(name: str, table: str, fires: str, body: str, condition: str = "") -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION sec.{name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
          SET search_path = pg_catalog, public, pg_temp AS $fn$ BEGIN {body} RETURN NEW; END $fn$;
        ALTER FUNCTION sec.{name}() OWNER TO {SEC};
        CREATE TRIGGER {name} {fires} ON {table} FOR EACH ROW {condition} EXECUTE FUNCTION sec.{name}();
        """,
        f"DROP TRIGGER {name} ON {table}; DROP FUNCTION sec.{name}()",
    )


# Whether it was signed or written down, the version that makes a process an ordinary one makes it so when it is agreed.
BECOMES = """
  UPDATE engagements_engagement e SET urgent = false,
         form = coalesce(nullif(NEW.new_form, ''), e.form),
         focus = coalesce(nullif(NEW.new_focus, ''), e.focus),
         process = coalesce(nullif(NEW.new_process, ''), e.process)
   WHERE e.id = NEW.engagement_id;
"""
IN_COMMUNITY = """
  IF NOT EXISTS (SELECT FROM engagements_engagement e
                  WHERE e.id = NEW.engagement_id AND e.form = 'community' AND NOT e.example) THEN
    RAISE EXCEPTION 'a sub-group is of a work community' USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.engagement_id IS DISTINCT FROM OLD.engagement_id THEN
    RAISE EXCEPTION 'a sub-group stays in its process' USING ERRCODE = 'restrict_violation';
  END IF;
"""
OF_ITS_OWN = """
  IF NOT EXISTS (SELECT FROM engagements_subgroup g JOIN engagements_participation a ON a.engagement_id = g.engagement_id
                  WHERE g.id = NEW.sub_group_id AND a.id = NEW.participation_id) THEN
    RAISE EXCEPTION 'a member of a sub-group is in its process' USING ERRCODE = 'restrict_violation';
  END IF;
"""


class Migration(migrations.Migration):
    dependencies = [("engagements", "0025_urgent_and_sub_groups")]
    operations = [
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {SEC}", migrations.RunSQL.noop
        ),
        *protect(
            "engagements_subgroup",
            select=f"engagement_id = {LED} OR engagement_id = {ATTENDED}",
            insert=f"engagement_id = {LED}",
            update=f"engagement_id = {LED}",
            worker="SELECT",
        ),
        *protect(
            "engagements_subgroupmember", select=OF_SEEN, insert=OF_LED, update=OF_LED, delete=OF_LED, worker="SELECT"
        ),
        rule(
            "becomes",
            "engagements_contract",
            "AFTER UPDATE",
            BECOMES,
            "WHEN (NEW.state = 'agreed' AND OLD.state <> 'agreed' AND NEW.new_process <> '')",
        ),
        rule("sub_group_fits", "engagements_subgroup", "BEFORE INSERT OR UPDATE", IN_COMMUNITY),
        rule("sub_group_member_fits", "engagements_subgroupmember", "BEFORE INSERT OR UPDATE", OF_ITS_OWN),
    ]
