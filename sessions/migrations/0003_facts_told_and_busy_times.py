from django.db import migrations

from audit.rls import function

# When the supervisors of an engagement are taken within a stretch of time: asked by who leads it, to say in words why
# a booking was refused. It names the supervisor and the time, never whom they meet.
BUSY = """
  SELECT b.user_id, b.session_id, lower(b.during), upper(b.during) FROM supervision_booking b
   WHERE led IN (SELECT sec.led_engagements()) AND last - first <= interval '10 hours'
     AND b.session_id IS DISTINCT FROM moving AND b.during && tstzrange(first, last)
     AND b.user_id IN (
       SELECT e.lead_id FROM engagements_engagement e WHERE e.id = led
       UNION SELECT c.user_id FROM engagements_cosupervisor c WHERE c.engagement_id = led AND c.until IS NULL)
   ORDER BY 3
"""

# The facts of held sessions, as far as the clause tells them to the asker; NULL is what it does not tell.
FACTS = """
  WITH t AS (
    SELECT told.engagement_id, max(told.until) FILTER (WHERE told.what = 'dates') AS dates,
           max(told.until) FILTER (WHERE told.what = 'minutes') AS minutes,
           max(told.until) FILTER (WHERE told.what = 'counts') AS counts
      FROM sec.told(at) WHERE told.what IN ('dates', 'minutes', 'counts') GROUP BY told.engagement_id)
  SELECT t.engagement_id,
    CASE WHEN t.dates IS NOT NULL THEN ARRAY(
      SELECT s.starts_at FROM supervision_session s
       WHERE s.engagement_id = t.engagement_id AND s.state = 'held' AND s.starts_at < t.dates ORDER BY 1) END,
    CASE WHEN t.minutes IS NOT NULL THEN (
      SELECT coalesce(sum(extract(epoch FROM s.ends_at - s.starts_at) / 60), 0)::int FROM supervision_session s
       WHERE s.engagement_id = t.engagement_id AND s.state = 'held' AND s.starts_at < t.minutes) END,
    CASE WHEN t.counts IS NOT NULL THEN (
      SELECT count(*)::int FROM supervision_attendance a JOIN supervision_session s ON s.id = a.session_id
       WHERE s.engagement_id = t.engagement_id AND s.state = 'held' AND s.starts_at < t.counts
         AND a.presence = 'present') END,
    greatest(t.dates, t.minutes, t.counts)
    FROM t
"""


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0002_row_level_security_and_bookings"),
        ("engagements", "0003_facts_told_to_clients"),
    ]
    operations = [
        function(
            "busy(led uuid, first timestamptz, last timestamptz, moving uuid)",
            "TABLE (user_id uuid, session_id uuid, starts_at timestamptz, ends_at timestamptz)",
            BUSY,
        ),
        function(
            "told_facts(at timestamptz)",
            "TABLE (engagement_id uuid, dates timestamptz[], minutes int, present int, until timestamptz)",
            FACTS,
        ),
    ]
