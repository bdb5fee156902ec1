from django.db import migrations

from audit.rls import function

# Whom the asker meets in the processes they lead: supervisees, parties of a contract, contacts of the client. The list
# of persons is narrowed by these ids first: asked through the policies of five tables it would cost ten times as much.
MET = """
  SELECT a.person_id FROM engagements_participation a WHERE a.engagement_id IN (SELECT sec.led_engagements())
  UNION SELECT q.person_id FROM engagements_contractparty q JOIN engagements_contract k ON k.id = q.contract_id
   WHERE q.person_id IS NOT NULL AND k.engagement_id IN (SELECT sec.led_engagements())
  UNION SELECT c.person_id FROM accounts_contact c JOIN engagements_engagement e ON e.client_id = c.organisation_id
   WHERE e.id IN (SELECT sec.led_engagements())
"""

# Whether an administrator of a practice writes to a person of it: a supervisee of what has been offered, or a contact.
# Whoever stands in a draft alone is known to its supervisors alone. In which process they meet is not answered.
WRITTEN_TO = """
  SELECT EXISTS (SELECT FROM accounts_person p WHERE p.id = person AND p.practice_id IN (SELECT sec.administered_practices()))
    AND (EXISTS (SELECT FROM engagements_participation a JOIN engagements_engagement e ON e.id = a.engagement_id
                  WHERE a.person_id = person AND e.state <> 'draft')
      OR EXISTS (SELECT FROM accounts_contact c WHERE c.person_id = person))
"""


class Migration(migrations.Migration):
    dependencies = [("engagements", "0010_names_in_finnish_order")]
    operations = [
        function("met_persons()", "SETOF uuid", MET),
        function("is_written_to(person uuid)", "boolean", WRITTEN_TO),
    ]
