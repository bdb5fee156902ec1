from django.db import migrations, models

from audit.rls import policy, role
from audit.roles import Role

UID = "(SELECT sec.uid())"
OF_CONTRACT = "kind = 'contract'"
LED = "obj = ANY(ARRAY(SELECT sec.led_contracts()))"
SHOWN = "shown_to = 'parties' AND obj = ANY(ARRAY(SELECT sec.visible_contracts()))"
ADMINISTERED = """obj IN (SELECT k.id FROM engagements_contract k
  WHERE k.state <> 'draft' AND k.engagement_id = ANY(ARRAY(SELECT sec.administered_engagements())))"""
# Bytes follow their row; only whoever adds it writes them, once, and they go when it is withdrawn.
SEEN = f"EXISTS (SELECT FROM documents_attachment a WHERE a.id = attachment_id AND a.{OF_CONTRACT})"
ADDED = f"""EXISTS (SELECT FROM documents_attachment a WHERE a.id = attachment_id AND a.{OF_CONTRACT}
  AND a.{LED} AND a.added_by_id = {UID} AND a.withdrawn_at IS NULL)"""
WITHDRAWN = f"""EXISTS (SELECT FROM documents_attachment a WHERE a.id = attachment_id AND a.{OF_CONTRACT}
  AND a.{LED} AND a.withdrawn_at IS NOT NULL)"""

# A scan is of a contract that was agreed, in its own practice; ten stand beside one at most. There is no foreign
# key to what an attachment belongs to, so this holds it: a scan goes with its contract, and not before. A contract that
# was agreed goes only with an example (0008).
KEPT = f"""
CREATE FUNCTION sec.scan_of_an_agreement() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF NOT EXISTS (SELECT FROM engagements_contract k JOIN engagements_engagement e ON e.id = k.engagement_id
                  WHERE k.id = NEW.obj AND e.practice_id = NEW.practice_id
                    AND k.state IN ('agreed', 'superseded')) THEN
    RAISE EXCEPTION 'a scan is of a contract that was agreed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF (SELECT count(*) FROM documents_attachment a
       WHERE a.kind = NEW.kind AND a.obj = NEW.obj AND a.withdrawn_at IS NULL) >= 10 THEN
    RAISE EXCEPTION 'ten scans stand beside a contract at most' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.scan_of_an_agreement() OWNER TO {role(Role.SEC)};
CREATE TRIGGER scan_of_an_agreement BEFORE INSERT ON documents_attachment
  FOR EACH ROW WHEN (NEW.kind = 'contract') EXECUTE FUNCTION sec.scan_of_an_agreement();

CREATE FUNCTION sec.scan_stays() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF EXISTS (SELECT FROM engagements_contract k WHERE k.id = OLD.obj) THEN
    RAISE EXCEPTION 'a scan stays with its contract' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN OLD;
END $fn$;
ALTER FUNCTION sec.scan_stays() OWNER TO {role(Role.SEC)};
CREATE TRIGGER scan_stays BEFORE DELETE ON documents_attachment
  FOR EACH ROW WHEN (OLD.kind = 'contract') EXECUTE FUNCTION sec.scan_stays();

CREATE FUNCTION sec.scans_go() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  DELETE FROM documents_attachmentcontent c USING documents_attachment a
   WHERE a.id = c.attachment_id AND a.kind = 'contract' AND a.obj = OLD.id;
  DELETE FROM documents_attachment a WHERE a.kind = 'contract' AND a.obj = OLD.id;
  RETURN NULL;
END $fn$;
ALTER FUNCTION sec.scans_go() OWNER TO {role(Role.SEC)};
CREATE TRIGGER scans_go AFTER DELETE ON engagements_contract FOR EACH ROW EXECUTE FUNCTION sec.scans_go();
"""
GO = """
DROP TRIGGER scans_go ON engagements_contract;
DROP TRIGGER scan_stays ON documents_attachment;
DROP TRIGGER scan_of_an_agreement ON documents_attachment;
DROP FUNCTION sec.scans_go();
DROP FUNCTION sec.scan_stays();
DROP FUNCTION sec.scan_of_an_agreement();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0002_attachments"),
        ("engagements", "0015_sealed_files"),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("created", "The process was opened"),
                    ("copied", "The process was opened from an earlier one"),
                    ("offered", "The contract was offered"),
                    ("withdrawn", "The offer was withdrawn"),
                    ("agreed", "The contract was agreed"),
                    ("started", "The process started"),
                    ("paused", "The process was paused"),
                    ("resumed", "The process continued"),
                    ("closed", "The process was closed"),
                    ("joined", "A supervisee joined"),
                    ("left", "A supervisee left"),
                    ("booked", "A session was booked"),
                    ("moved", "A session was moved"),
                    ("relocated", "The place of a session changed"),
                    ("cancelled", "A session was cancelled"),
                    ("held", "A session was held"),
                    ("no_show", "Nobody came to a session"),
                    ("imported", "The process was imported"),
                    ("series_booked", "A series of sessions was booked"),
                    ("series_moved", "Several sessions were moved"),
                    ("series_relocated", "The place of several sessions changed"),
                    ("series_cancelled", "Several sessions were cancelled"),
                    ("signed", "Somebody signed"),
                    ("declined", "Somebody declined to sign"),
                    ("scan_added", "A scanned agreement was added"),
                    ("scan_withdrawn", "A scanned agreement was withdrawn"),
                ],
                max_length=16,
            ),
        ),
        policy(
            "documents_attachment",
            "app_scan_select",
            Role.APP,
            "SELECT",
            f"USING ({OF_CONTRACT} AND ({LED} OR {SHOWN} OR {ADMINISTERED}))",
        ),
        policy(
            "documents_attachment",
            "app_scan_insert",
            Role.APP,
            "INSERT",
            f"WITH CHECK ({OF_CONTRACT} AND {LED} AND added_by_id = {UID} AND withdrawn_at IS NULL)",
        ),
        policy(
            "documents_attachment",
            "app_scan_update",
            Role.APP,
            "UPDATE",
            f"USING ({OF_CONTRACT} AND {LED}) WITH CHECK ({OF_CONTRACT} AND {LED} AND withdrawn_by_id = {UID})",
        ),
        policy("documents_attachmentcontent", "app_scan_select", Role.APP, "SELECT", f"USING ({SEEN})"),
        policy("documents_attachmentcontent", "app_scan_insert", Role.APP, "INSERT", f"WITH CHECK ({ADDED})"),
        policy("documents_attachmentcontent", "app_scan_delete", Role.APP, "DELETE", f"USING ({WITHDRAWN})"),
        migrations.RunSQL(KEPT, GO),
    ]
