from django.db import migrations

from audit.rls import function, protect, role
from audit.roles import Role

UID = "(SELECT sec.uid())"
TODAY = "(clock_timestamp() AT TIME ZONE 'Europe/Helsinki')::date"


def due(months: str) -> str:
    """Return the engagements whose keys the contract in force when they were closed lets live no longer than today.

    No day is taken from the caller: nobody who can call this destroys anything early.
    """
    return f"""
    SELECT e.id FROM engagements_engagement e JOIN LATERAL (
        SELECT c.{months} AS months FROM engagements_contract c
         WHERE c.engagement_id = e.id AND c.state = 'agreed'
           AND coalesce(c.valid_from, c.agreed_on) <= (e.closed_at AT TIME ZONE 'Europe/Helsinki')::date
         ORDER BY c.version DESC LIMIT 1) agreed ON true
     WHERE e.state = 'closed' AND NOT e.example AND agreed.months IS NOT NULL
       AND ((e.closed_at AT TIME ZONE 'Europe/Helsinki')::date + make_interval(months => agreed.months))::date <= {TODAY}
    """


# What is destroyed is written down in the same transaction; it is forgotten here once it stands in the ledger (`written`).
DESTROY = f"""
#variable_conflict use_column
BEGIN
  DELETE FROM vault_erasure e WHERE e.id = ANY(written);
  DELETE FROM vault_opening o WHERE o.seen_at < clock_timestamp() - interval '15 minutes'
     OR o.opened_at < clock_timestamp() - interval '8 hours';
  RETURN QUERY
  WITH texts AS (
    SELECT k.id, k.engagement FROM vault_textkey k WHERE k.engagement IN ({due("notes_months")})
  ), wraps AS (
    DELETE FROM vault_textkeywrap w USING texts t WHERE w.text_key_id = t.id RETURNING w.text_key_id
  ), gone AS (
    DELETE FROM vault_textkey k USING texts t
     WHERE k.id = t.id AND (SELECT count(*) FROM wraps) >= 0 RETURNING k.engagement
  ), content AS (
    DELETE FROM vault_contentkey c WHERE c.owner IN ({due("memo_months")}) RETURNING c.owner
  )
  INSERT INTO vault_erasure (id, what, obj, at, keys)
  SELECT gen_random_uuid(), 'texts', g.engagement, clock_timestamp(), count(*) FROM gone g GROUP BY g.engagement
  UNION ALL
  SELECT gen_random_uuid(), 'content', c.owner, clock_timestamp(), count(*) FROM content c GROUP BY c.owner
  RETURNING id, what::text, obj, at, keys, true;
  RETURN QUERY
  SELECT e.id, e.what::text, e.obj, e.at, e.keys, false FROM vault_erasure e WHERE e.at < transaction_timestamp();
END
"""

# Who supervises in a practice no longer has no open vault any more, in whichever way the membership ended.
ENDS = f"""
CREATE FUNCTION sec.supervising_ends() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  DELETE FROM vault_opening o WHERE o.owner = NEW.user_id;
  IF FOUND THEN
    INSERT INTO audit_entry (stream, event, obj, data, number, previous, hash)
    VALUES ('vault ' || NEW.user_id, 'vault.locked', NEW.user_id, '{{"why": "membership"}}', 0, '', '');
  END IF;
  RETURN NULL;
END $fn$;
ALTER FUNCTION sec.supervising_ends() OWNER TO {role(Role.SEC)};
CREATE TRIGGER supervising_ends AFTER UPDATE OF until ON accounts_membership FOR EACH ROW
  WHEN (NEW.kind = 'supervisor' AND OLD.until IS NULL AND NEW.until IS NOT NULL)
  EXECUTE FUNCTION sec.supervising_ends();
"""
GOES_ON = "DROP TRIGGER supervising_ends ON accounts_membership; DROP FUNCTION sec.supervising_ends();"


class Migration(migrations.Migration):
    dependencies = [
        ("vault", "0003_sheets_and_erasures"),
        ("accounts", "0006_administrators_and_invitations"),
        ("audit", "0002_actor_is_who_asks"),
    ]
    operations = [
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role(Role.SEC)}",
            migrations.RunSQL.noop,
        ),
        # Whoever erases a text says so before its key goes; nobody reads it here again but the function below.
        *protect(
            "vault_erasure",
            select="false",
            insert="what = 'text' AND EXISTS (SELECT FROM vault_textkey k"
            f" WHERE k.about = vault_erasure.obj AND k.author = {UID})",
        ),
        function(
            "destroy_due_keys(written uuid[])",
            "TABLE (id uuid, what text, obj uuid, at timestamptz, keys integer, fresh boolean)",
            DESTROY,
            volatile=True,
            language="plpgsql",
            caller=Role.WORKER,
        ),
        migrations.RunSQL(ENDS, GOES_ON),
    ]
