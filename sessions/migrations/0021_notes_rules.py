from django.db import migrations

from audit.rls import protect, role
from audit.roles import Role

UID = "(SELECT sec.uid())"
LED = "ANY(ARRAY(SELECT sec.led_engagements()))"
SUPERVISED = "ANY(ARRAY(SELECT sec.supervised_practices()))"
READABLE = "ANY(ARRAY(SELECT sec.readable_text_keys()))"
OWN_NOTE = f"note_id IN (SELECT n.id FROM supervision_note n WHERE n.author_id = {UID})"
OFFERED = f"practice_id = {SUPERVISED} AND (author_id IS NULL OR author_id = {UID})"

# A draft that its lead discards goes with the notes of all its supervisors, which its lead does not see.
# A note stays where it was written, is not unlocked, and once it is locked loses no text of it. Its key changes without
# a new text only when the old key is retired: when somebody who read with its author does so no more.
RULES = f"""
CREATE FUNCTION sec.place_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF NEW.session_id IS NOT NULL AND NOT EXISTS (SELECT FROM supervision_session s
       WHERE s.id = NEW.session_id AND s.engagement_id = NEW.engagement_id) THEN
    RAISE EXCEPTION 'a note is of a session of its own process' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.place_note() OWNER TO {role(Role.SEC)};
CREATE TRIGGER place_note BEFORE INSERT ON supervision_note FOR EACH ROW EXECUTE FUNCTION sec.place_note();

CREATE FUNCTION sec.keep_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF (NEW.id, NEW.engagement_id, NEW.author_id, NEW.created_at)
       IS DISTINCT FROM (OLD.id, OLD.engagement_id, OLD.author_id, OLD.created_at)
     OR NEW.session_id IS DISTINCT FROM OLD.session_id AND NEW.session_id IS NOT NULL THEN
    RAISE EXCEPTION 'a note stays where it was written' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF OLD.locks_at IS NOT NULL AND (NEW.locks_at IS NULL OR NEW.locks_at > OLD.locks_at) THEN
    RAISE EXCEPTION 'a note is not unlocked' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.sealed IS DISTINCT FROM OLD.sealed THEN
    IF NEW.rev = OLD.rev THEN
      IF NOT EXISTS (SELECT FROM vault_textkey k WHERE k.id = OLD.text_key AND k.retired_at IS NOT NULL) THEN
        RAISE EXCEPTION 'another text has another number' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
    ELSIF NEW.rev <> OLD.rev + 1 THEN
      RAISE EXCEPTION 'texts are numbered one by one' USING ERRCODE = 'integrity_constraint_violation';
    ELSIF OLD.locks_at <= clock_timestamp() AND NOT EXISTS (SELECT FROM supervision_noteversion v
            WHERE v.note_id = OLD.id AND v.sealed = OLD.sealed AND v.why <> 'milestone') THEN
      RAISE EXCEPTION 'a locked note keeps its earlier text' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  END IF;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.keep_note() OWNER TO {role(Role.SEC)};
CREATE TRIGGER keep_note BEFORE UPDATE ON supervision_note FOR EACH ROW EXECUTE FUNCTION sec.keep_note();

CREATE FUNCTION sec.keep_note_version() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF EXISTS (SELECT FROM supervision_note n WHERE n.id = OLD.note_id) THEN
    RAISE EXCEPTION 'a locked note keeps its earlier text' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $fn$;
ALTER FUNCTION sec.keep_note_version() OWNER TO {role(Role.SEC)};
CREATE CONSTRAINT TRIGGER keep_note_version AFTER DELETE ON supervision_noteversion
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.why <> 'milestone') EXECUTE FUNCTION sec.keep_note_version();

CREATE FUNCTION sec.notes_go() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  DELETE FROM supervision_noteversion v USING supervision_note n WHERE v.note_id = n.id AND n.engagement_id = OLD.id;
  DELETE FROM supervision_note WHERE engagement_id = OLD.id;
  RETURN NULL;
END $fn$;
ALTER FUNCTION sec.notes_go() OWNER TO {role(Role.SEC)};
CREATE TRIGGER notes_go AFTER DELETE ON engagements_engagement FOR EACH ROW EXECUTE FUNCTION sec.notes_go();
"""
NO_RULES = """
DROP TRIGGER notes_go ON engagements_engagement; DROP FUNCTION sec.notes_go();
DROP TRIGGER keep_note_version ON supervision_noteversion; DROP FUNCTION sec.keep_note_version();
DROP TRIGGER keep_note ON supervision_note; DROP FUNCTION sec.keep_note();
DROP TRIGGER place_note ON supervision_note; DROP FUNCTION sec.place_note();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0020_notes"),
        ("vault", "0002_rules"),
    ]
    operations = [
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role(Role.SEC)}",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(RULES, NO_RULES),
        *protect(
            "supervision_note",
            select=f"author_id = {UID} OR text_key = {READABLE}",
            insert=f"author_id = {UID} AND engagement_id = {LED}",
            update=f"author_id = {UID}",
            delete=f"author_id = {UID}",
        ),
        *protect("supervision_noteversion", select=OWN_NOTE, insert=OWN_NOTE, delete=OWN_NOTE),
        *protect("supervision_notetemplate", select=OFFERED, insert=OFFERED, update=OFFERED),
    ]
