"""Who receives a report as long as they speak for the client, and whose word counts of one who left and came back."""

from importlib import import_module

from django.db import migrations

from audit.rls import function, policy
from audit.roles import Role

RULES = import_module("reports.migrations.0002_rules")

# A contact of the client reads what was handed over to them for as long as they are one, also where a later version of
# the contract names another; somebody else (a line manager, a private payer), for as long as the contract names them.
RECEIVED = """
  SELECT i.report_id FROM reports_recipient i JOIN accounts_person p ON p.id = i.person_id AND p.user_id = sec.uid()
    JOIN reports_report r ON r.id = i.report_id AND r.state IN ('released', 'withdrawn')
    JOIN engagements_engagement e ON e.id = r.engagement_id
   WHERE EXISTS (SELECT FROM accounts_contact c
                  WHERE c.person_id = p.id AND c.organisation_id = e.client_id AND c.left_on IS NULL)
      OR NOT EXISTS (SELECT FROM accounts_contact c WHERE c.person_id = p.id AND c.organisation_id = e.client_id)
         AND EXISTS (
           SELECT FROM engagements_contractparty q JOIN engagements_contract k ON k.id = q.contract_id
            WHERE q.person_id = p.id AND q.kind <> 'supervisee' AND k.engagement_id = e.id AND k.state IN ('offered', 'agreed')
              AND NOT EXISTS (SELECT FROM engagements_contract l WHERE l.engagement_id = e.id AND l.version > k.version
                    AND l.state = 'agreed'
                    AND coalesce(l.valid_from, l.agreed_on) <= (now() AT TIME ZONE 'Europe/Helsinki')::date))
"""
# The frame of the process that a report is about is known to who receives it, and to who is asked about it after leaving.
PROCESSES = """
  SELECT r.engagement_id FROM reports_report r
   WHERE r.id IN (SELECT sec.received_reports()) OR r.id IN (SELECT sec.readable_reports())
"""

# Who left and came back is asked once, as the one who is there now, and their latest word counts, whenever it was said:
# so nobody's objection is removed by removing them.
STANDING = (
    RULES.STANDING.replace(
        "SELECT a.id, a.left_on IS NULL AS current,", "SELECT a.id, a.person_id, a.left_on IS NULL AS current,", 1
    )
    .replace(
        "WHERE a.left_on IS NULL OR q.id IS NOT NULL)",
        """WHERE a.left_on IS NULL OR q.id IS NOT NULL AND NOT EXISTS (
             SELECT FROM engagements_participation n
              WHERE n.engagement_id = a.engagement_id AND n.person_id = a.person_id AND n.left_on IS NULL))""",
        1,
    )
    .replace(
        "WHERE n.revision_id = r.wording AND n.participation_id = p.id AND n.hash = r.hash",
        """JOIN engagements_participation o ON o.id = n.participation_id AND o.person_id = p.person_id
       WHERE n.revision_id = r.wording AND n.hash = r.hash""",
        1,
    )
)


def people(body: str) -> str:
    return str(RULES.worker("report_people(asked uuid, moment timestamptz)", RULES.STANDING_RETURNS, body).sql)


def received(body: str) -> str:
    return str(function("received_reports()", "SETOF uuid", body).sql)


class Migration(migrations.Migration):
    dependencies = [("reports", "0004_stopped_on_the_way"), ("engagements", "0024_names_told")]
    operations = [
        migrations.RunSQL(received(RECEIVED), received(RULES.RECEIVED)),
        migrations.RunSQL(people(STANDING), people(RULES.STANDING)),
        function("reported_engagements()", "SETOF uuid", PROCESSES),
        policy(
            "engagements_engagement",
            "app_reported",
            Role.APP,
            "SELECT",
            "USING (id = ANY(ARRAY(SELECT sec.reported_engagements())))",
        ),
    ]
