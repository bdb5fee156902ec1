from django.db import migrations

from audit.rls import function

# How many people have answered exactly the same of these rounds, as sizes alone: never who. Of rounds that are shown,
# to those who see their results: the pages need it to tell what would follow from several tables together.
CROWDS = """
  SELECT x.answered, count(*)::int
    FROM (SELECT array_agg(r.id ORDER BY r.id) AS answered
            FROM evaluations_round r JOIN evaluations_invitation i ON i.round_id = r.id
            JOIN evaluations_used d ON d.invitation_id = i.id
           WHERE r.id = ANY($1) AND r.state = 'closed' AND r.outcome = 'shown' AND r.mode IN ('anonymous', 'coded', 'shared')
             AND (r.engagement_id IN (SELECT sec.led_engagements())
               OR r.engagement_id IN (SELECT sec.attended_engagements()))
           GROUP BY r.engagement_id, i.person_id) x
   GROUP BY x.answered
"""


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0004_changes_agreed")]
    operations = [function("crowd_sizes(rounds uuid[])", "TABLE (answered uuid[], people int)", CROWDS)]
