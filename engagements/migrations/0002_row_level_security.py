from django.db import migrations

from audit.rls import function, policy, protect, role
from audit.roles import Role

UID = "(SELECT sec.uid())"


def any_of(name: str) -> str:
    return f"ANY(ARRAY(SELECT sec.{name}()))"


LED = """
  SELECT id FROM engagements_engagement WHERE lead_id = sec.uid()
  UNION SELECT engagement_id FROM engagements_cosupervisor WHERE user_id = sec.uid() AND until IS NULL
"""
ATTENDED = """
  SELECT a.engagement_id FROM engagements_participation a
    JOIN accounts_person p ON p.id = a.person_id
    JOIN engagements_engagement e ON e.id = a.engagement_id
   WHERE p.user_id = sec.uid() AND a.left_on IS NULL AND e.state <> 'draft'
"""
PARTY = """
  SELECT k.engagement_id FROM engagements_contractparty q
    JOIN accounts_person p ON p.id = q.person_id
    JOIN engagements_contract k ON k.id = q.contract_id
    JOIN engagements_engagement e ON e.id = k.engagement_id
    LEFT JOIN accounts_contact c ON c.id = q.contact_id
   WHERE p.user_id = sec.uid() AND k.state IN ('offered', 'agreed') AND e.state <> 'draft'
     AND (q.contact_id IS NULL OR c.left_on IS NULL)
"""
ADMINISTERED = "SELECT e.id FROM engagements_engagement e WHERE e.practice_id IN (SELECT sec.administered_practices())"
FELLOWS = """
  SELECT a.person_id FROM engagements_participation a WHERE a.engagement_id IN (SELECT sec.attended_engagements())
"""
CONTRACTS = """
  SELECT k.id FROM engagements_contract k WHERE k.engagement_id IN (SELECT sec.led_engagements())
  UNION SELECT k.id FROM engagements_contract k WHERE k.state <> 'draft' AND k.engagement_id IN
    (SELECT sec.attended_engagements() UNION SELECT sec.party_engagements())
"""
LED_CONTRACTS = "SELECT k.id FROM engagements_contract k WHERE k.engagement_id IN (SELECT sec.led_engagements())"

led = f"engagement_id = {any_of('led_engagements')}"
attended = f"engagement_id = {any_of('attended_engagements')}"
party = f"engagement_id = {any_of('party_engagements')}"
administered = f"engagement_id = {any_of('administered_engagements')}"
in_practice = f"practice_id = {any_of('supervised_practices')}"
of_template = f"template_id IN (SELECT t.id FROM engagements_contracttemplate t WHERE {in_practice})"
of_contract = f"contract_id = {any_of('visible_contracts')}"
of_led_contract = f"contract_id = {any_of('led_contracts')}"


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0001_engagements_and_contracts"),
        ("accounts", "0002_row_level_security"),
    ]
    operations = [
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role(Role.SEC)}",
            migrations.RunSQL.noop,
        ),
        function("led_engagements()", "SETOF uuid", LED),
        function("attended_engagements()", "SETOF uuid", ATTENDED),
        function("party_engagements()", "SETOF uuid", PARTY),
        function("administered_engagements()", "SETOF uuid", ADMINISTERED),
        function("fellow_persons()", "SETOF uuid", FELLOWS),
        function("visible_contracts()", "SETOF uuid", CONTRACTS),
        function("led_contracts()", "SETOF uuid", LED_CONTRACTS),
        *protect(
            "engagements_engagement",
            select=f"lead_id = {UID} OR id = {any_of('led_engagements')} OR id = {any_of('attended_engagements')}"
            f" OR id = {any_of('party_engagements')} OR practice_id = {any_of('administered_practices')}",
            insert=f"lead_id = {UID} AND {in_practice}",
            update=f"id = {any_of('led_engagements')}",
            delete=f"lead_id = {UID} AND state = 'draft'",
            worker="SELECT",
        ),
        *protect(
            "engagements_cosupervisor",
            select=f"user_id = {UID} OR {led} OR {attended} OR {administered}",
            insert=led,
            update=led,
            delete=led,
            worker="SELECT",
        ),
        *protect(
            "engagements_participation",
            select=f"{led} OR {attended} OR {administered} OR person_id = {any_of('own_persons')}",
            insert=led,
            update=led,
            delete=led,
            worker="SELECT",
        ),
        *protect(
            "engagements_goal",
            select=f"{led} OR owner_id IS NULL AND ({attended} OR {party}) OR owner_id IN"
            f" (SELECT a.id FROM engagements_participation a WHERE a.person_id = {any_of('own_persons')})",
            insert=led,
            update=led,
            delete=led,
        ),
        *protect(
            "engagements_librarygoal", select=in_practice, insert=in_practice, update=in_practice, delete=in_practice
        ),
        *protect(
            "engagements_contracttemplate",
            select=in_practice,
            insert=in_practice,
            update=in_practice,
            delete=in_practice,
        ),
        *protect(
            "engagements_contract",
            select=f"{led} OR state <> 'draft' AND ({attended} OR {party})",
            insert=led,
            update=led,
            delete=f"{led} AND state = 'draft'",
        ),
        *protect(
            "engagements_contractparty",
            select=of_contract,
            insert=of_led_contract,
            update=of_led_contract,
            delete=of_led_contract,
        ),
        *protect(
            "engagements_reportingclause",
            select=f"{of_contract} OR {of_template}",
            insert=f"{of_led_contract} OR {of_template}",
            update=f"{of_led_contract} OR {of_template}",
            delete=f"{of_led_contract} OR {of_template}",
        ),
        *protect(
            "engagements_event",
            select=f"{led} OR audience IN ('participants', 'client') AND {attended} OR audience = 'client' AND {party}",
            insert=f"{led} OR {attended} OR {party}",
            delete=led,
        ),
        # Those who meet see one another's names.
        policy("accounts_person", "app_fellows", Role.APP, "SELECT", f"USING (id = {any_of('fellow_persons')})"),
    ]
