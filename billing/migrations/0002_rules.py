"""The rules of billing, held by the database: who knows what was charged, and that what was invoiced stays as it was."""

from importlib import import_module

from django.db import migrations

from audit.rls import function, protect, role
from audit.roles import Role

READS_BEFORE = import_module("reports.migrations.0003_yearly_summaries").READS
reads = import_module("evaluations.migrations.0004_changes_agreed").reads
trigger = import_module("reports.migrations.0002_rules").trigger

SEC = role(Role.SEC)
UID = "(SELECT sec.uid())"
LED = "ANY(ARRAY(SELECT sec.led_engagements()))"
ADMINISTERED = "ANY(ARRAY(SELECT sec.administered_engagements()))"
LED_SESSION = f"session_id IN (SELECT s.id FROM supervision_session s WHERE s.engagement_id = {LED})"
ADMINISTERED_PRACTICE = "practice_id = ANY(ARRAY(SELECT sec.administered_practices()))"

# Who pays for a process: its client; without one the private payer of the contract that people go by, else the
# supervisee who orders, else nobody who is named, and the process stands for them. The newest agreed version counts,
# before any is agreed the newest that was offered.
PAYER = """
  SELECT coalesce(e.client_id, (
    SELECT q.person_id FROM engagements_contract k JOIN engagements_contractparty q ON q.contract_id = k.id
     WHERE k.engagement_id = e.id AND k.state <> 'draft' AND q.person_id IS NOT NULL
       AND (q.kind = 'payer' OR q.kind = 'supervisee' AND q.orders)
     ORDER BY k.state = 'agreed' DESC, k.version DESC, q.kind = 'payer' DESC, q.position, q.id LIMIT 1), e.id)
    FROM engagements_engagement e WHERE e.id = of_process
"""

# Everything that was to be charged once, of processes that the asker leads or administers and, of those to which they
# are told the costs as a client, of the days of which they are (`inside`: not by
# the clause). What began in [since, before), and where `behind` asks for it also what is older, belongs to a month that was invoiced already, and
# was not in that invoice as it stands now. An example is never charged.
CHARGED = """
  WITH told AS MATERIALIZED (SELECT t.* FROM sec.told(moment) t WHERE t.what = 'costs'),
  known AS (
    SELECT e.id, e.id IN (SELECT sec.led_engagements()) OR e.id IN (SELECT sec.administered_engagements()) AS inside,
           e.practice_id, e.lead_id, sec.payer_of(e.id) AS payer
      FROM engagements_engagement e
     WHERE NOT e.example AND e.state <> 'draft' AND (asked IS NULL OR e.id = ANY(asked))
       AND (e.id IN (SELECT sec.led_engagements()) OR e.id IN (SELECT sec.administered_engagements())
            OR e.id IN (SELECT t.engagement_id FROM told t))),
  each AS (
    SELECT s.id AS session_id, s.engagement_id, s.starts_at, s.ends_at, s.state::text AS state,
           CASE WHEN f.waived_at IS NULL THEN coalesce(f.percent, 0) ELSE 0 END::int AS percent,
           greatest(f.since, f.waived_at) AS said_at
      FROM known k JOIN supervision_session s ON s.engagement_id = k.id
      LEFT JOIN supervision_fee f ON f.session_id = s.id
     WHERE f.session_id IS NOT NULL OR EXISTS (SELECT FROM billing_line l WHERE l.session_id = s.id)),
  charge AS (
    SELECT c.*, (sum(c.percent) OVER before_it - c.percent)::int AS earlier FROM each c
    WINDOW before_it AS (PARTITION BY c.engagement_id ORDER BY c.starts_at, c.session_id)
    UNION ALL
    SELECT NULL, e.id, e.closed_at, e.closed_at, 'rest', 100, e.closed_at,
           (SELECT coalesce(sum(c.percent), 0)::int FROM each c WHERE c.engagement_id = e.id)
      FROM known k JOIN engagements_engagement e ON e.id = k.id AND e.state = 'closed' AND e.ending = 'completed'
     WHERE EXISTS (SELECT FROM engagements_contract o WHERE o.engagement_id = e.id AND o.price_per = 'whole'))
  SELECT c.session_id, c.engagement_id, c.starts_at, c.ends_at, c.state, c.percent, c.earlier,
         coalesce(t.kilometres, 0)::int, coalesce(t.minutes, 0)::int, coalesce(t.receipts, 0), k.practice_id,
         k.lead_id, k.payer, k.inside
    FROM charge c JOIN known k ON k.id = c.engagement_id
    LEFT JOIN billing_trip t ON t.session_id = c.session_id
   WHERE (c.starts_at >= since AND c.starts_at < before
          OR behind AND c.starts_at < since AND EXISTS (
            SELECT FROM billing_basis b WHERE b.practice_id = k.practice_id AND b.lead_id = k.lead_id
               AND b.payer = k.payer AND b.month = date_trunc('month', c.starts_at AT TIME ZONE 'Europe/Helsinki')::date)
          AND coalesce((SELECT max(b.invoiced_at) FROM billing_line l JOIN billing_basis b ON b.id = l.basis_id
                         WHERE l.engagement_id = c.engagement_id AND l.session_id IS NOT DISTINCT FROM c.session_id),
                       '-infinity') < greatest(c.said_at, t.changed_at, (
                 SELECT max(o.created_at) FROM engagements_contract o WHERE o.engagement_id = k.id AND o.state = 'agreed')))
     AND (k.inside OR EXISTS (SELECT FROM told d WHERE d.engagement_id = c.engagement_id
                                 AND c.starts_at >= d.since AND c.starts_at < d.until))
   ORDER BY c.starts_at, c.session_id
"""
CHARGED_RETURNS = (
    "TABLE (session_id uuid, engagement_id uuid, starts_at timestamptz, ends_at timestamptz, state text, percent int,"
    " earlier int, kilometres int, travel_minutes int, receipts numeric, practice_id uuid, lead_id uuid, payer uuid,"
    " inside boolean)"
)

# The lines of what was invoiced that a client is told, by the days on which what they charge was done.
TOLD_LINES = """
  SELECT l.* FROM billing_line l
   WHERE EXISTS (SELECT FROM sec.told(moment) t WHERE t.what = 'costs' AND t.engagement_id = l.engagement_id
                  AND l.at >= t.since AND l.at < t.until)
"""
TOLD_BASES = """
  SELECT b.* FROM billing_basis b WHERE b.id IN (SELECT l.basis_id FROM sec.told_lines(moment) l)
"""

# What an invoice says of both parties. Asked by those who may see what is charged of one of the payer's processes.
PARTIES = """
  SELECT DISTINCT ON (e.practice_id, e.lead_id, p.payer) e.practice_id, e.lead_id, p.payer, a.name::text, u.full_name::text,
         coalesce(c.name, trim(n.given_name || ' ' || n.family_name), '')::text, c.id IS NOT NULL,
         coalesce(c.business_id, '')::text, coalesce(c.invoicing_address, '')::text, coalesce(c.einvoice_address, '')::text,
         coalesce(c.einvoice_operator, '')::text, coalesce(c.invoicing_reference, '')::text
    FROM engagements_engagement e CROSS JOIN LATERAL (SELECT sec.payer_of(e.id) AS payer) p
    JOIN accounts_practice a ON a.id = e.practice_id
    JOIN accounts_user u ON u.id = e.lead_id
    LEFT JOIN accounts_clientorganisation c ON c.id = p.payer
    LEFT JOIN accounts_person n ON n.id = p.payer
   WHERE e.id = ANY(asked) AND (e.id IN (SELECT sec.led_engagements()) OR e.id IN (SELECT sec.administered_engagements())
         OR e.id IN (SELECT t.engagement_id FROM sec.told(moment) t WHERE t.what = 'costs'))
   ORDER BY e.practice_id, e.lead_id, p.payer
"""
PARTIES_RETURN = (
    "TABLE (practice_id uuid, lead_id uuid, payer uuid, practice text, lead text, name text, organisation boolean,"
    " business_id text, invoicing_address text, einvoice_address text, einvoice_operator text, invoicing_reference text)"
)

# The one door into what was invoiced. The supervisor of these processes, or an administrator of their practice, opens
# it; every line is of one of that supervisor's processes for that payer; numbers are given in turn, by practice.
INVOICE = """
DECLARE
  made billing_basis;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('billing ' || of_practice::text, 0));
  IF of_month > date_trunc('month', moment AT TIME ZONE 'Europe/Helsinki')::date THEN
    RAISE EXCEPTION 'a month is not invoiced before it has begun' USING ERRCODE = 'check_violation';
  END IF;
  IF coalesce(jsonb_array_length(lines), 0) = 0 OR EXISTS (
      SELECT FROM jsonb_populate_recordset(NULL::billing_line, lines) l
        LEFT JOIN engagements_engagement e ON e.id = l.engagement_id
        LEFT JOIN supervision_session s ON s.id = l.session_id
       WHERE e.id IS NULL OR e.example OR e.practice_id <> of_practice OR e.lead_id <> of_lead
          OR sec.payer_of(e.id) <> of_payer OR l.session_id IS NOT NULL AND s.engagement_id IS DISTINCT FROM e.id
          OR l.at >= (of_month + interval '1 month') AT TIME ZONE 'Europe/Helsinki'
          OR NOT (of_lead = sec.uid() OR of_practice IN (SELECT sec.administered_practices()))) THEN
    RAISE EXCEPTION 'these lines are not the asker''s to invoice' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO billing_basis (id, practice_id, lead_id, payer, month, number, facts, invoice_number, invoiced_at, invoiced_by_id)
  VALUES (gen_random_uuid(), of_practice, of_lead, of_payer, of_month,
          (SELECT coalesce(max(b.number), 1000) + 1 FROM billing_basis b WHERE b.practice_id = of_practice),
          said, invoice, moment, sec.uid())
  RETURNING * INTO made;
  INSERT INTO billing_line
  SELECT (jsonb_populate_record(NULL::billing_line,
            line || jsonb_build_object('id', gen_random_uuid(), 'basis_id', made.id, 'position', place))).*
    FROM jsonb_array_elements(lines) WITH ORDINALITY AS every (line, place);
  RETURN made.id;
END
"""

STAYS = """
BEGIN
  RAISE EXCEPTION 'what was invoiced never changes' USING ERRCODE = 'restrict_violation';
END
"""

# Travel to a made-up session would be charged to nobody.
REAL = """
BEGIN
  IF EXISTS (SELECT FROM supervision_session s JOIN engagements_engagement e ON e.id = s.engagement_id
              WHERE s.id = NEW.session_id AND e.example) THEN
    RAISE EXCEPTION 'an example is never charged' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
"""

READS = READS_BEFORE.replace("'year.viewed')", "'year.viewed', 'billing.viewed')", 1).replace(
    "    ELSIF event = 'year.viewed' THEN",
    """    ELSIF event = 'billing.viewed' THEN
      about := make_timestamptz((entry.data ->> 'year')::integer, (entry.data ->> 'month')::integer, 1, 12, 0, 0,
                                'Europe/Helsinki');
      client := true;
    ELSIF event = 'year.viewed' THEN""",
    1,
)


def truncated(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER stays_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION sec.{table}_stays()",
        f"DROP TRIGGER stays_whole ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0001_billing"),
        ("reports", "0003_yearly_summaries"),
        ("supervision", "0022_an_example_goes_whole"),
    ]
    operations = [
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {SEC}", migrations.RunSQL.noop
        ),
        *protect(
            "billing_trip",
            select=LED_SESSION,
            insert=f"{LED_SESSION} AND changed_by_id = {UID}",
            update=LED_SESSION,
            delete=LED_SESSION,
        ),
        *protect("billing_line", select=f"engagement_id = {LED} OR engagement_id = {ADMINISTERED}", insert="false"),
        *protect(
            "billing_basis",
            select=f"lead_id = {UID} OR {ADMINISTERED_PRACTICE} OR id IN (SELECT l.basis_id FROM billing_line l)",
            insert="false",
        ),
        trigger("billing_basis_stays", "BEFORE UPDATE OR DELETE", "billing_basis", STAYS),
        trigger("billing_line_stays", "BEFORE UPDATE OR DELETE", "billing_line", STAYS),
        truncated("billing_basis"),
        truncated("billing_line"),
        trigger("trip_is_real", "BEFORE INSERT", "billing_trip", REAL),
        function("payer_of(of_process uuid)", "uuid", PAYER, caller=Role.SEC),
        function(
            "charged(asked uuid[], since timestamptz, before timestamptz, behind boolean, moment timestamptz)",
            CHARGED_RETURNS,
            CHARGED,
        ),
        function("told_lines(moment timestamptz)", "SETOF billing_line", TOLD_LINES),
        function("told_bases(moment timestamptz)", "SETOF billing_basis", TOLD_BASES),
        function("billing_parties(asked uuid[], moment timestamptz)", PARTIES_RETURN, PARTIES),
        function(
            "mark_invoiced(of_practice uuid, of_lead uuid, of_payer uuid, of_month date, said jsonb, invoice text,"
            " lines jsonb, moment timestamptz)",
            "uuid",
            INVOICE,
            volatile=True,
            language="plpgsql",
        ),
        migrations.RunSQL(reads(READS).sql, reads(READS_BEFORE).sql),
    ]
