from django.db import migrations

from audit.rls import function, protect, role
from audit.roles import Role

UID = "(SELECT sec.uid())"
LED = "ANY(ARRAY(SELECT sec.led_engagements()))"
ATTENDED = "ANY(ARRAY(SELECT sec.attended_engagements()))"
AUTHORED = f"text_key_id IN (SELECT k.id FROM vault_textkey k WHERE k.author = {UID})"
OWN_KEY = f"key_id IN (SELECT k.id FROM vault_vaultkey k WHERE k.owner = {UID})"
CONTENT = f"owner = {UID} OR owner = {LED} OR owner = {ATTENDED}"

# Who leads an engagement together with the person asking, that person included.
FELLOWS = """
  SELECT e.id, e.lead_id FROM engagements_engagement e WHERE e.id IN (SELECT sec.led_engagements())
  UNION SELECT c.engagement_id, c.user_id FROM engagements_cosupervisor c
   WHERE c.until IS NULL AND c.engagement_id IN (SELECT sec.led_engagements())
"""
READABLE = "SELECT w.text_key_id FROM vault_textkeywrap w WHERE w.reader = sec.uid()"

# Who leaves an engagement opens what others shared with them there no more. Their own texts stay theirs.
LEAVES = f"""
CREATE FUNCTION sec.reader_leaves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  UPDATE vault_textkey k SET retired_at = clock_timestamp() FROM vault_textkeywrap w
   WHERE w.text_key_id = k.id AND w.reader = OLD.user_id AND k.engagement = OLD.engagement_id
     AND k.author <> OLD.user_id AND k.retired_at IS NULL;
  DELETE FROM vault_textkeywrap w USING vault_textkey k
   WHERE w.text_key_id = k.id AND w.reader = OLD.user_id AND k.engagement = OLD.engagement_id
     AND k.author <> OLD.user_id;
  RETURN NULL;
END $fn$;
ALTER FUNCTION sec.reader_leaves() OWNER TO {role(Role.SEC)};
CREATE TRIGGER reader_leaves AFTER UPDATE OF until ON engagements_cosupervisor
  FOR EACH ROW WHEN (OLD.until IS NULL AND NEW.until IS NOT NULL) EXECUTE FUNCTION sec.reader_leaves();
CREATE TRIGGER reader_removed AFTER DELETE ON engagements_cosupervisor
  FOR EACH ROW EXECUTE FUNCTION sec.reader_leaves();

CREATE FUNCTION sec.keys_go() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  DELETE FROM vault_textkeywrap w USING vault_textkey k WHERE w.text_key_id = k.id AND k.engagement = OLD.id;
  DELETE FROM vault_textkey WHERE engagement = OLD.id;
  DELETE FROM vault_contentkey WHERE owner = OLD.id;
  RETURN NULL;
END $fn$;
ALTER FUNCTION sec.keys_go() OWNER TO {role(Role.SEC)};
CREATE TRIGGER keys_go AFTER DELETE ON engagements_engagement FOR EACH ROW EXECUTE FUNCTION sec.keys_go();
"""
STAYS = """
DROP TRIGGER keys_go ON engagements_engagement; DROP FUNCTION sec.keys_go();
DROP TRIGGER reader_removed ON engagements_cosupervisor; DROP TRIGGER reader_leaves ON engagements_cosupervisor;
DROP FUNCTION sec.reader_leaves();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("vault", "0001_keys"),
        ("engagements", "0018_versions_in_force"),
    ]
    operations = [
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role(Role.SEC)}",
            migrations.RunSQL.noop,
        ),
        function("fellow_supervisors()", "TABLE (engagement uuid, supervisor uuid)", FELLOWS),
        function("readable_text_keys()", "SETOF uuid", READABLE),
        *protect(
            "vault_vaultkey",
            select=f"owner = {UID} OR owner IN (SELECT f.supervisor FROM sec.fellow_supervisors() f)",
            insert=f"owner = {UID}",
            update=f"owner = {UID}",
        ),
        *protect("vault_wrap", select=OWN_KEY, insert=OWN_KEY, update=OWN_KEY, delete=OWN_KEY),
        *protect(
            "vault_opening",
            select=f"owner = {UID}",
            insert=f"owner = {UID}",
            update=f"owner = {UID}",
            delete=f"owner = {UID}",
        ),
        *protect(
            "vault_tries",
            select=f"owner = {UID}",
            insert=f"owner = {UID}",
            update=f"owner = {UID}",
            delete=f"owner = {UID}",
        ),
        *protect(
            "vault_textkey",
            select=f"author = {UID} OR id = ANY(ARRAY(SELECT sec.readable_text_keys()))",
            insert=f"author = {UID} AND engagement = {LED}",
            update=f"author = {UID}",
            delete=f"author = {UID}",
        ),
        *protect(
            "vault_textkeywrap",
            select=f"reader = {UID} OR by = {UID}",
            insert=f"by = {UID} AND {AUTHORED} AND (reader = {UID} OR EXISTS (SELECT FROM sec.fellow_supervisors() f"
            " JOIN vault_textkey k ON k.engagement = f.engagement"
            " WHERE k.id = text_key_id AND f.supervisor = reader))",
            update=f"reader = {UID}",
            delete=f"reader = {UID} OR by = {UID}",
        ),
        *protect(
            "vault_contentkey",
            select=CONTENT,
            insert=CONTENT,
            delete=f"owner = {UID}",
        ),
        migrations.RunSQL(LEAVES, STAYS),
    ]
