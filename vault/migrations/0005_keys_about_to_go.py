"""Whoever has written notes is told before their keys are destroyed; the worker learns whose, of which process and when."""

from django.db import migrations

from audit.rls import function
from audit.roles import Role

# As `sec.destroy_due_keys` reckons: by the contract in force when the process was closed.
GOING = """
SELECT DISTINCT e.id, k.author,
       ((e.closed_at AT TIME ZONE 'Europe/Helsinki')::date + make_interval(months => agreed.months))::date AS goes_on
  FROM engagements_engagement e JOIN LATERAL (
       SELECT c.notes_months AS months FROM engagements_contract c
        WHERE c.engagement_id = e.id AND c.state = 'agreed'
          AND coalesce(c.valid_from, c.agreed_on) <= (e.closed_at AT TIME ZONE 'Europe/Helsinki')::date
        ORDER BY c.version DESC LIMIT 1) agreed ON true
  JOIN vault_textkey k ON k.engagement = e.id
 WHERE e.state = 'closed' AND NOT e.example AND agreed.months IS NOT NULL
   AND ((e.closed_at AT TIME ZONE 'Europe/Helsinki')::date + make_interval(months => agreed.months))::date
       BETWEEN first AND last
"""


class Migration(migrations.Migration):
    dependencies = [("vault", "0004_destruction"), ("engagements", "0008_example_process")]
    operations = [
        function(
            "keys_going(first date, last date)",
            "TABLE (engagement uuid, author uuid, goes_on date)",
            GOING,
            caller=Role.WORKER,
        )
    ]
