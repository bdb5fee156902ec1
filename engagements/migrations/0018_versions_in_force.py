from importlib import import_module

from django.db import migrations

from audit.rls import function, policy, role
from audit.roles import Role

SEC = role(Role.SEC)
TODAY = "(now() AT TIME ZONE 'Europe/Helsinki')::date"

# Agreed is what was decided; which version is in force follows from the day: the newest agreed one that has begun.
PARTY_BEFORE = """
  SELECT k.engagement_id FROM engagements_contractparty q
    JOIN accounts_person p ON p.id = q.person_id
    JOIN engagements_contract k ON k.id = q.contract_id
    JOIN engagements_engagement e ON e.id = k.engagement_id
    LEFT JOIN accounts_contact c ON c.id = q.contact_id
   WHERE p.user_id = sec.uid() AND k.state IN ('offered', 'agreed') AND e.state <> 'draft'
     AND (q.contact_id IS NULL OR c.left_on IS NULL)
"""
PARTY = f"""{PARTY_BEFORE}
     AND NOT EXISTS (SELECT FROM engagements_contract l WHERE l.engagement_id = k.engagement_id
          AND l.version > k.version AND l.state = 'agreed' AND coalesce(l.valid_from, l.agreed_on) <= {TODAY})
"""

# What the client is told is what the version in force names to the asker, and of the days of an earlier version no more
# than that version told the same asker: an amendment never widens what is seen of the time before it. `since` is
# '-infinity' for the first version; of another it is not before the day on which it was begun here, so that an agreement
# that is recorded later, or dated back, tells nothing of the days before either. One that was superseded before it told
# anything is as if it had not been.
TOLD = """
  WITH agreed AS (
    SELECT k.id, k.engagement_id, k.version, k.agreed_on, coalesce(k.valid_from, k.agreed_on) AS begins,
           greatest(k.valid_from, k.agreed_on, (k.created_at AT TIME ZONE 'Europe/Helsinki')::date) AS tells
      FROM engagements_contract k
     WHERE k.state = 'agreed' AND k.engagement_id IN (
       SELECT o.engagement_id FROM accounts_person p JOIN engagements_contractparty q ON q.person_id = p.id
         JOIN engagements_contract o ON o.id = q.contract_id WHERE p.user_id = sec.uid())),
  version AS (
    SELECT a.id, a.engagement_id, a.agreed_on, a.version = max(a.version)
             FILTER (WHERE a.begins <= (at AT TIME ZONE 'Europe/Helsinki')::date) OVER whole AS in_force,
           CASE WHEN lag(a.id) OVER ordered IS NULL THEN '-infinity'
                ELSE a.tells::timestamp AT TIME ZONE 'Europe/Helsinki' END AS since,
           coalesce(min(a.tells) OVER later, 'infinity')::timestamp AT TIME ZONE 'Europe/Helsinki' AS before
      FROM agreed a
     WHERE NOT EXISTS (SELECT FROM agreed l WHERE l.engagement_id = a.engagement_id AND l.version > a.version
                        AND l.tells <= a.begins)
    WINDOW whole AS (PARTITION BY a.engagement_id),
           ordered AS (PARTITION BY a.engagement_id ORDER BY a.version),
           later AS (PARTITION BY a.engagement_id ORDER BY a.version ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)),
  line AS (
    SELECT v.*, r.what, r."when"
      FROM version v
      JOIN engagements_reportingclause r ON r.contract_id = v.id
      JOIN engagements_contractparty q ON q.contract_id = v.id
      JOIN accounts_person p ON p.id = q.person_id AND p.user_id = sec.uid()
      LEFT JOIN accounts_contact c ON c.id = q.contact_id
     WHERE r.approval = 'none' AND r.what IN ('dates', 'minutes', 'counts', 'names', 'costs')
       AND (q.contact_id IS NULL OR c.left_on IS NULL)
       AND (r."to" = 'readers' AND q.reads_reports OR r."to" = q.kind AND q.kind IN ('contact', 'line_manager')))
  SELECT l.engagement_id, l.what::text, l.since, max(least(u.until, l.before))
    FROM line l
    JOIN engagements_engagement e ON e.id = l.engagement_id AND e.state <> 'draft'
   CROSS JOIN LATERAL (SELECT coalesce(e.starts_on, l.agreed_on) AS first) d
   CROSS JOIN LATERAL (SELECT age(at AT TIME ZONE 'Europe/Helsinki', d.first::timestamp) AS lasted) a
   CROSS JOIN LATERAL (SELECT CASE l."when"
       WHEN 'request' THEN at
       WHEN 'monthly' THEN date_trunc('month', at, 'Europe/Helsinki')
       WHEN 'half_yearly' THEN
         (d.first + make_interval(months =>
           (6 * floor((12 * extract(year FROM a.lasted) + extract(month FROM a.lasted)) / 6))::int))
         AT TIME ZONE 'Europe/Helsinki'
       WHEN 'midpoint' THEN CASE
         WHEN e.ends_on IS NULL THEN CASE WHEN e.state = 'closed' THEN e.closed_at END
         ELSE (d.first + (e.ends_on - d.first) / 2)::timestamp AT TIME ZONE 'Europe/Helsinki' END
       WHEN 'end' THEN CASE WHEN e.state = 'closed' THEN at END
     END AS until) u
   WHERE EXISTS (SELECT FROM line n WHERE n.engagement_id = l.engagement_id AND n.what = l.what AND n.in_force)
     AND u.until <= at AND u.until > d.first::timestamp AT TIME ZONE 'Europe/Helsinki'
     AND least(u.until, l.before) > l.since
   GROUP BY l.engagement_id, l.what, l.since
"""

TOLD_BEFORE = import_module("engagements.migrations.0003_facts_told_to_clients").TOLD

# A signer by a link is shown what changes, so they read the version before the one that they are asked to sign.
LINKED_BEFORE = """
  SELECT b.id FROM engagements_contract k
    JOIN engagements_contract b ON b.engagement_id = k.engagement_id AND b.version = k.version - 1
   WHERE k.id = sec.linked_contract() AND k.state = 'offered' AND b.state = 'agreed'
"""

SIGNED = """
DECLARE k engagements_contract;
BEGIN
  UPDATE engagements_signaturerequest SET state = 'signed', settled_at = NEW.at WHERE id = NEW.request_id;
  SELECT * INTO k FROM engagements_contract WHERE id = NEW.contract_id;
  IF k.state <> 'offered' THEN
    RETURN NULL;
  END IF;
  PERFORM sec.ask_next(k.id, NEW.at);
  IF NOT EXISTS (SELECT FROM engagements_signaturerequest o WHERE o.contract_id = k.id
                  AND o.state IN ('waiting', 'declined')) THEN
    {supersede}
    UPDATE engagements_contract c SET state = 'agreed', agreed_how = 'signed', agreed_on =
        (SELECT max(s.signed_on) FROM engagements_signature s JOIN engagements_signaturerequest o ON o.id = s.request_id
          WHERE s.contract_id = c.id AND o.state = 'signed')
      WHERE c.id = k.id RETURNING * INTO k;
    UPDATE engagements_engagement e SET state = 'active', starts_on = coalesce(e.starts_on,
        CASE WHEN e.ends_on IS NULL OR k.agreed_on <= e.ends_on THEN k.agreed_on END)
      WHERE e.id = k.engagement_id AND e.state = 'offered';
  END IF;
  RETURN NULL;
END
"""
SUPERSEDE = (
    "UPDATE engagements_contract SET state = 'superseded' WHERE engagement_id = k.engagement_id AND state = 'agreed';"
)

# Promise 5, now to the letter: not even the state of an agreed version changes when another takes its place.
STAYS = """
CREATE OR REPLACE FUNCTION sec.agreed_stays() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
  IF TG_OP = 'DELETE' AND current_user = {sec} THEN
    IF EXISTS (SELECT FROM public.engagements_engagement e WHERE e.id = OLD.engagement_id AND e.example) THEN
      RETURN OLD;
    END IF;
  END IF;
  IF OLD.state IN ('agreed', 'superseded') AND (TG_OP = 'DELETE' OR NOT ({same})) THEN
    RAISE EXCEPTION 'an agreed contract never changes' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $fn$
"""
SAME = "to_jsonb(NEW) = to_jsonb(OLD)"
SAME_BUT_STATE = "NEW.state IN (OLD.state, 'superseded') AND (to_jsonb(NEW) - 'state') IS NOT DISTINCT FROM (to_jsonb(OLD) - 'state')"

# Time that a version in force has governed is not taken from it afterwards.
BEGINS = f"""
BEGIN
  IF EXISTS (
      SELECT FROM engagements_contract k
       WHERE k.engagement_id = NEW.engagement_id AND k.version < NEW.version AND k.state = 'agreed'
         AND coalesce(k.valid_from, k.agreed_on) <= greatest({TODAY}, NEW.agreed_on)
         AND coalesce(k.valid_from, k.agreed_on) > coalesce(NEW.valid_from, NEW.agreed_on)) THEN
    RAISE EXCEPTION 'contract_begins_in_order' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
"""


def replaced(name: str, body: str) -> str:
    """Return the SQL that gives a trigger function another body.

    Who replaces a function must be allowed to call it, which `audit/grants.py` takes back from trigger functions.
    """
    return f"""
    GRANT EXECUTE ON FUNCTION sec.{name}() TO {SEC};
    CREATE OR REPLACE FUNCTION sec.{name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
      SET search_path = pg_catalog, public, pg_temp AS $fn$ {body} $fn$
    """


def party(query: str) -> str:
    """Return the SQL of whose contract the asker is party to; who may call it stays as it is."""
    return f"""
    CREATE OR REPLACE FUNCTION sec.party_engagements() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
      SET search_path = pg_catalog, public, pg_temp AS $fn$ {query} $fn$
    """


class Migration(migrations.Migration):
    dependencies = [("engagements", "0017_amendments")]
    operations = [
        migrations.RunSQL(party(PARTY), party(PARTY_BEFORE)),
        migrations.RunSQL(
            replaced("signed", SIGNED.format(supersede="")), replaced("signed", SIGNED.format(supersede=SUPERSEDE))
        ),
        migrations.RunSQL(
            STAYS.format(sec=SEC.replace('"', "'"), same=SAME),
            STAYS.format(sec=SEC.replace('"', "'"), same=SAME_BUT_STATE),
        ),
        migrations.RunSQL(
            f"""
            CREATE FUNCTION sec.begins_in_order() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
              SET search_path = pg_catalog, public, pg_temp AS $fn$ {BEGINS} $fn$;
            ALTER FUNCTION sec.begins_in_order() OWNER TO {SEC};
            CREATE TRIGGER begins_in_order BEFORE INSERT OR UPDATE ON engagements_contract FOR EACH ROW
              WHEN (NEW.state = 'agreed' AND NEW.version > 1) EXECUTE FUNCTION sec.begins_in_order();
            """,
            "DROP TRIGGER begins_in_order ON engagements_contract; DROP FUNCTION sec.begins_in_order()",
        ),
        migrations.RunSQL(
            "DROP FUNCTION sec.told(timestamptz)",
            function(
                "told(at timestamptz)", "TABLE (engagement_id uuid, what text, until timestamptz)", TOLD_BEFORE
            ).sql,
        ),
        function(
            "told(at timestamptz)",
            "TABLE (engagement_id uuid, what text, since timestamptz, until timestamptz)",
            TOLD,
        ),
        function("linked_before()", "uuid", LINKED_BEFORE),
        policy(
            "engagements_contract", "app_linked_before", Role.APP, "SELECT", "USING (id = (SELECT sec.linked_before()))"
        ),
    ]
