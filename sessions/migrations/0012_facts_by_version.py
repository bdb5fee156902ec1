from importlib import import_module

from django.db import migrations

from audit.rls import function

# The facts of held sessions, as far as the versions of the contract tell them to the asker: each of its own days. NULL is
# what is not told.
FACTS = """
  WITH t AS MATERIALIZED (SELECT * FROM sec.told(at) WHERE told.what IN ('dates', 'minutes', 'counts')),
  asked AS (
    SELECT t.engagement_id, bool_or(t.what = 'dates') AS dates, bool_or(t.what = 'minutes') AS minutes,
           bool_or(t.what = 'counts') AS counts, max(t.until) AS until
      FROM t GROUP BY t.engagement_id)
  SELECT asked.engagement_id,
    CASE WHEN asked.dates THEN ARRAY(
      SELECT s.starts_at FROM supervision_session s
       WHERE s.engagement_id = asked.engagement_id AND s.state = 'held' AND EXISTS (
         SELECT FROM t WHERE t.engagement_id = s.engagement_id AND t.what = 'dates'
            AND s.starts_at >= t.since AND s.starts_at < t.until)
       ORDER BY 1) END,
    CASE WHEN asked.minutes THEN (
      SELECT coalesce(sum(extract(epoch FROM s.ends_at - s.starts_at) / 60), 0)::int FROM supervision_session s
       WHERE s.engagement_id = asked.engagement_id AND s.state = 'held' AND EXISTS (
         SELECT FROM t WHERE t.engagement_id = s.engagement_id AND t.what = 'minutes'
            AND s.starts_at >= t.since AND s.starts_at < t.until)) END,
    CASE WHEN asked.counts THEN (
      SELECT count(*)::int FROM supervision_attendance a JOIN supervision_session s ON s.id = a.session_id
       WHERE s.engagement_id = asked.engagement_id AND s.state = 'held' AND a.presence = 'present' AND EXISTS (
         SELECT FROM t WHERE t.engagement_id = s.engagement_id AND t.what = 'counts'
            AND s.starts_at >= t.since AND s.starts_at < t.until)) END,
    asked.until
    FROM asked
"""
SIGNATURE = "told_facts(at timestamptz)"
RETURNS = "TABLE (engagement_id uuid, dates timestamptz[], minutes int, present int, until timestamptz)"
FACTS_BEFORE = import_module("sessions.migrations.0003_facts_told_and_busy_times").FACTS


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0011_frames_for_administrators"),
        ("engagements", "0018_versions_in_force"),
    ]
    operations = [
        migrations.RunSQL(function(SIGNATURE, RETURNS, FACTS).sql, function(SIGNATURE, RETURNS, FACTS_BEFORE).sql),
    ]
