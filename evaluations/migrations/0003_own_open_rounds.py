from django.db import migrations

from audit.rls import function, policy, role
from audit.roles import Role

# What is asked of the asker and not answered yet. Nobody learns of anybody else whether they have answered.
OWN = """
  SELECT r.id, r.kind, r.closes_on, e.title
    FROM evaluations_invitation i JOIN evaluations_round r ON r.id = i.round_id
    JOIN engagements_engagement e ON e.id = r.engagement_id
    LEFT JOIN accounts_person p ON p.id = i.person_id
    LEFT JOIN engagements_participation a ON a.id = i.participation_id
   WHERE r.state = 'open' AND (i.user_id = sec.uid() OR p.user_id = sec.uid()) AND a.left_on IS NULL
     AND NOT EXISTS (SELECT FROM evaluations_used d WHERE d.invitation_id = i.id)
   ORDER BY r.closes_on, r.id
"""
# The rounds that are shown already and ask something that `target` asks too: beside these its figures must not tell
# anybody's answer. Which questions there are the worker does not learn.
ALIKE = """
  SELECT r.id
    FROM evaluations_round t JOIN evaluations_version w ON w.id = t.version_id
    JOIN evaluations_round r ON r.engagement_id = t.engagement_id AND r.id <> t.id
    JOIN evaluations_version v ON v.id = r.version_id
   WHERE t.id = target AND r.state = 'closed' AND r.outcome = 'shown'
     AND r.mode IN ('anonymous', 'coded', 'shared')
     AND EXISTS (SELECT FROM jsonb_array_elements(v.questions) x, jsonb_array_elements(w.questions) y
                  WHERE x->>'key' = y->>'key' OR x->>'kind' = 'goals' AND y->>'kind' = 'goals')
"""
# Whom of the client a round of the process `target` asks on its date: who is party, for the client, to the contract that
# it goes by. The pages ask the same of the contract itself (`evaluations.rounds.opening`).
ORDERERS = """
  SELECT q.person_id
    FROM engagements_contractparty q LEFT JOIN accounts_contact c ON c.id = q.contact_id
   WHERE q.kind = 'contact' AND c.left_on IS NULL AND q.contract_id = (
     SELECT k.id FROM engagements_contract k
      WHERE k.engagement_id = target AND (k.version = 1 OR k.state = 'agreed'
        AND coalesce(k.valid_from, k.agreed_on) <= (now() AT TIME ZONE 'Europe/Helsinki')::date)
      ORDER BY k.version DESC LIMIT 1)
"""
# Of what is called off nothing stays. The lock is the one under which answers come in.
FORGETS = f"""
CREATE FUNCTION sec.called_off_forgets() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(NEW.id::text, 41));
  DELETE FROM evaluations_response a WHERE a.round_id = NEW.id;
  DELETE FROM evaluations_draft d WHERE d.round_id = NEW.id;
  RETURN NULL;
END $fn$;
ALTER FUNCTION sec.called_off_forgets() OWNER TO {role(Role.SEC)};
CREATE TRIGGER called_off_forgets AFTER UPDATE OF state ON evaluations_round
  FOR EACH ROW WHEN (NEW.state = 'called_off') EXECUTE FUNCTION sec.called_off_forgets();
"""
NO_FORGETTING = """
DROP TRIGGER called_off_forgets ON evaluations_round; DROP FUNCTION sec.called_off_forgets();
"""


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0002_rules"), ("engagements", "0022_events_of_rounds")]
    operations = [
        function("own_open_rounds()", "TABLE (round uuid, kind text, closes_on date, title text)", OWN),
        function("rounds_alike(target uuid)", "SETOF uuid", ALIKE, caller=Role.WORKER),
        migrations.RunSQL(FORGETS, NO_FORGETTING),
        function("orderers_of(target uuid)", "SETOF uuid", ORDERERS, caller=Role.WORKER),
        # On the timeline it tells what it has done.
        policy("engagements_event", "worker_tells", Role.WORKER, "INSERT", "WITH CHECK (true)"),
    ]
